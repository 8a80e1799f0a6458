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
  metadata: '{}',
} as const;

it('of an image that was pushed', () => {
  const facts = { name: 'nginx', outputs: PUSHED, size: 12_345_678, duration: 65_400 };
  expect(summaryMarkdown(facts)).toBe(
    `### nginx

| | |
| --- | --- |
| Image | \`${HOST}/nginx\` |
| Digest | \`${DIGEST}\` |
| Tags | \`${HOST}/nginx:v1\`<br>\`${HOST}/nginx:latest\` |
| Pushed | yes |
| Size | 12.3 MB |
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
  } as const;
  expect(summaryMarkdown({ name: 'team/nginx', outputs, size: undefined, duration: 800 })).toBe(
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

it('shows an image of no bytes', () => {
  expect(summaryMarkdown({ name: 'nginx', outputs: PUSHED, size: 0, duration: 0 })).toContain('| Size | 0 B |\n');
});
