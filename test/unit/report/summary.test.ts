import { describe, expect, it } from 'vitest';
import { NO_RECORD } from '../../../src/buildkit/record.ts';
import { Failure } from '../../../src/failure.ts';
import { type SummaryFacts, summaryMarkdown } from '../../../src/report/summary.ts';
import { mermaidBlocks, readGantt } from '../../support/mermaid.ts';
import { capturedRecord } from './records.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const OTHER = `sha256:${'1b'.repeat(32)}`;
const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const DOCS = 'https://github.com/org/buildkit-aws/blob/v1/docs/troubleshooting.md';
const PUSHED = {
  imageFullNameTag: `${HOST}/nginx:v1`,
  imageFullNameDigest: `${HOST}/nginx@${DIGEST}`,
  imageDigest: DIGEST,
  imageTags: `${HOST}/nginx:v1\n${HOST}/nginx:latest`,
  imagePushed: 'true',
  platformDigests: `{"linux/amd64":"${DIGEST}"}`,
  metadata: '{}',
} as const;

function factsOf(more: Partial<SummaryFacts> = {}): SummaryFacts {
  const facts = { name: 'nginx', done: 'Pushed', deployable: false, docs: DOCS, outputs: PUSHED };
  return { ...facts, size: undefined, cacheUse: undefined, duration: 800, ...more };
}

describe('the summary of an image', () => {
  it('says first what was pushed', () => {
    const facts = { size: 12_345_678, cacheUse: { cached: 3, cacheable: 4 }, duration: 65_400 };
    expect(summaryMarkdown(factsOf(facts))).toBe(
      `### nginx · linux/amd64

| Pushed | \`${HOST}/nginx:v1\`<br>\`${HOST}/nginx:latest\` |
| :--- | :--- |
| Digest | \`${DIGEST}\` |
| Size | 12.3 MB |
| From cache | 3 of 4 steps |
| Duration | 1 min 5 s |

`,
    );
  });

  it('has the name that was asked for when there is no registry', () => {
    const outputs = {
      ...PUSHED,
      imageFullNameTag: '',
      imageFullNameDigest: '',
      imageTags: '',
      imagePushed: 'false',
      platformDigests: '{}',
    } as const;
    expect(
      summaryMarkdown(factsOf({ name: 'team/nginx', done: 'Built, not pushed:', deployable: true, outputs })),
    ).toBe(
      `### team/nginx

| Built, not pushed | \`team/nginx\` |
| :--- | :--- |
| Digest | \`${DIGEST}\` |
| Duration | 0.8 s |

`,
    );
  });

  it('has a line with digest and size for each platform when there are several', () => {
    const platformDigests = JSON.stringify({ 'linux/amd64': DIGEST, 'linux/arm64': OTHER });
    const outputs = { ...PUSHED, platformDigests };
    const lines = summaryMarkdown(factsOf({ outputs, sizes: new Map([[DIGEST, 5_000_000]]) })).split('\n');
    expect(lines[0]).toBe('### nginx · linux/amd64, linux/arm64');
    expect(lines.slice(4, 7)).toEqual([
      `| Digest | \`${DIGEST}\` |`,
      `| linux/amd64 | \`${DIGEST}\` 5.0 MB |`,
      `| linux/arm64 | \`${OTHER}\` |`,
    ]);
  });

  it.each([
    [{ cached: 0, cacheable: 0 }, '| From cache | no steps |\n'],
    [{ cached: 1, cacheable: 2 }, '| From cache | 1 of 2 steps |\n'],
  ])('says what came from the cache: %j', (cacheUse, row) => {
    expect(summaryMarkdown(factsOf({ cacheUse }))).toContain(row);
  });

  it('shows an image of no bytes', () => {
    expect(summaryMarkdown(factsOf({ size: 0 }))).toContain('| Size | 0 B |\n');
  });

  it.each([
    [{ pushed: 12_300, reused: 4_000_000 }, '12.3 kB; the registry had the other 4.0 MB'],
    [{ pushed: 12_300, reused: 0 }, '12.3 kB; the registry had nothing of it'],
    [{ pushed: 0, reused: 4_000_000 }, 'nothing: the registry had all of it'],
  ])('says what was sent of %j', (transfer, said) => {
    expect(summaryMarkdown(factsOf({ transfer }))).toContain(`| Sent | ${said} |\n`);
  });

  it('says why it has no tag', () => {
    const refusal = new Failure({ code: 'scan-findings', message: 'found `1` <CRITICAL>', hint: 'Update it.' });
    const markdown = summaryMarkdown(factsOf({ done: 'Pushed, but not tagged as', refusal }));
    expect(markdown).toMatch(/^### ❌ nginx · linux\/amd64\n\nfound \\`1\\` \\<CRITICAL\\>\n/);
    expect(markdown).toContain(`Update it. [More about scan-findings](${DOCS}#scan-findings)`);
  });

  it('folds a long list of findings away, and shows a short one', () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({
      severity: 'HIGH',
      name: `CVE-${index}`,
      packages: '<b>|`',
      platforms: ['linux/amd64'],
    }));
    const few = summaryMarkdown(factsOf({ scan: { counts: { HIGH: 3 }, rows: rows.slice(0, 3) } }));
    expect(few).toContain('| HIGH | `CVE-0` | `<b>  ` | `linux/amd64` |');
    expect(few).not.toContain('<details>');
    const many = summaryMarkdown(factsOf({ scan: { counts: { HIGH: 200 }, rows } }));
    expect(many).toContain('<details><summary><b>Findings</b> of the scan</summary>');
    expect(many).toContain('and 100 more');
  });
});

describe('how to use it', () => {
  it('names the digest, and logs in to the registry of that region', () => {
    const markdown = summaryMarkdown(factsOf({ deployable: true }));
    expect(markdown).toContain(
      `aws ecr get-login-password --region ap-northeast-1 | docker login --username AWS --password-stdin ${HOST}\ndocker pull ${HOST}/nginx@${DIGEST}\n`,
    );
    expect(markdown).toContain(`"image": "${HOST}/nginx@${DIGEST}"`);
    expect(markdown).toContain(`CONTAINER=${HOST}/nginx@${DIGEST}`);
    expect(markdown).toContain(`--image-uri ${HOST}/nginx@${DIGEST}`);
  });

  it('gives the one platform to Lambda that it takes, and nothing of a public registry', () => {
    const platformDigests = JSON.stringify({ 'linux/arm64': DIGEST, 'linux/amd64': OTHER });
    const several = summaryMarkdown(factsOf({ deployable: true, outputs: { ...PUSHED, platformDigests } }));
    expect(several).toContain(`--image-uri ${HOST}/nginx@${OTHER}`);
    const imageFullNameDigest = `public.ecr.aws/x/nginx@${DIGEST}`;
    const open = summaryMarkdown(factsOf({ deployable: true, outputs: { ...PUSHED, imageFullNameDigest } }));
    expect(open).not.toMatch(/lambda update|get-login/);
    expect(open).toContain(`docker pull ${imageFullNameDigest}`);
  });
});

describe('the timeline in a summary', () => {
  it('is open, with the slowest step in its title', async () => {
    const markdown = summaryMarkdown(factsOf({ record: await capturedRecord('build') }));
    expect(markdown).toContain(
      '<details open><summary><b>Where 1.3 s went</b>: 1.0 s for <code>RUN echo &#34;hello 1.2.3&#34;',
    );
    const [chart = ''] = mermaidBlocks(markdown);
    expect((await readGantt(chart)).tasks).toHaveLength(7);
  });

  it('lists the slowest steps with their share', async () => {
    const markdown = summaryMarkdown(factsOf({ record: await capturedRecord('build') }));
    expect(markdown).toMatch(/\n\| 1\.0 s \| 76 % \| `RUN echo "hello 1\.2\.3".* \| `build` \|\n/);
  });

  it('is left out when nothing ran', () => {
    expect(summaryMarkdown(factsOf({ record: NO_RECORD }))).not.toContain('<details');
  });
});

it('stays small for any number of tags and platforms', () => {
  const names = Array.from({ length: 5000 }, (_, index) => `${HOST}/nginx:v${index}`);
  const platforms = Object.fromEntries(names.map((_, index) => [`linux/x${index}`, DIGEST]));
  const outputs = { ...PUSHED, imageTags: names.join('\n'), platformDigests: JSON.stringify(platforms) };
  const markdown = summaryMarkdown(factsOf({ outputs }));
  expect(markdown.length).toBeLessThan(10_000);
  expect(markdown).toContain('and 4980 more, which the output imageTags has');
  expect(markdown).toContain('4970 more platforms, which the output platformDigests has');
  expect(markdown).toMatch(/^### nginx · linux\/x0, linux\/x1, linux\/x2, linux\/x3, 4996 more\n/);
});
