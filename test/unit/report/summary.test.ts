import { expect, it } from 'vitest';
import { summaryMarkdown } from '../../../src/report/summary.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const PUSHED = {
  imageFullNameTag: `${HOST}/nginx:v1`,
  imageFullNameDigest: `${HOST}/nginx@${DIGEST}`,
  imageDigest: DIGEST,
  imageTags: `${HOST}/nginx:v1\n${HOST}/nginx:latest`,
  imagePushed: 'true',
  platformDigests: `{"linux/amd64":"${DIGEST}"}`,
  metadata: '{}',
} as const;

it('of an image that was pushed', () => {
  const facts = {
    name: 'nginx',
    outputs: PUSHED,
    size: 12_345_678,
    cacheUse: { cached: 3, cacheable: 4 },
    duration: 65_400,
  };
  expect(summaryMarkdown(facts)).toBe(
    `### nginx

| | |
| --- | --- |
| Image | \`${HOST}/nginx\` |
| Digest | \`${DIGEST}\` |
| Tags | \`${HOST}/nginx:v1\`<br>\`${HOST}/nginx:latest\` |
| Pushed | yes |
| Size | 12.3 MB |
| From cache | 3 of 4 steps |
| Duration | 1 min 5 s |
`,
  );
});

it('of an image without a registry', () => {
  const outputs = {
    ...PUSHED,
    imageFullNameTag: '',
    imageFullNameDigest: '',
    imageTags: '',
    imagePushed: 'false',
    platformDigests: '{}',
  } as const;
  expect(summaryMarkdown({ name: 'team/nginx', outputs, size: undefined, cacheUse: undefined, duration: 800 })).toBe(
    `### team/nginx

| | |
| --- | --- |
| Image | \`team/nginx\` |
| Digest | \`${DIGEST}\` |
| Tags | none |
| Pushed | no |
| Duration | 0.8 s |
`,
  );
});

it('has a line for each platform when there are several', () => {
  const platformDigests = JSON.stringify({ 'linux/amd64': DIGEST, 'linux/arm64': `sha256:${'1b'.repeat(32)}` });
  const outputs = { ...PUSHED, platformDigests };
  const markdown = summaryMarkdown({ name: 'nginx', outputs, size: undefined, cacheUse: undefined, duration: 0 });
  expect(markdown.split('\n').slice(5, 8)).toEqual([
    `| Digest | \`${DIGEST}\` |`,
    `| linux/amd64 | \`${DIGEST}\` |`,
    `| linux/arm64 | \`sha256:${'1b'.repeat(32)}\` |`,
  ]);
});

it('says so when there was no step to find', () => {
  const facts = { name: 'nginx', outputs: PUSHED, size: 0, cacheUse: { cached: 0, cacheable: 0 }, duration: 0 };
  expect(summaryMarkdown(facts)).toContain('| From cache | no steps |\n');
});

it('shows an image of no bytes', () => {
  expect(summaryMarkdown({ name: 'nginx', outputs: PUSHED, size: 0, cacheUse: undefined, duration: 0 })).toContain(
    '| Size | 0 B |\n',
  );
});
