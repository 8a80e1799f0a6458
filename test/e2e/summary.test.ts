import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { formatSize } from '../../src/report/format.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { ownArchitecture, readImage } from '../support/built.ts';
import type { StepResult } from '../support/job.ts';
import { BOTH, merge } from '../support/legs.ts';
import { mermaidBlocks, readGantt } from '../support/mermaid.ts';
import { startRemoteDaemon } from '../support/remote-daemon.ts';

const toolchain = inject('toolchain');
let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain, { repositories: ['app', 'other', 'scanned', 'sizes'].map((name) => ({ name })) });
});
afterAll(() => bed.close());

/** The one chart of a summary, as Mermaid understands it. */
async function chartOf({ summary }: StepResult) {
  const charts = mermaidBlocks(summary);
  expect(charts).toHaveLength(1);
  return (await readGantt(charts[0] ?? '')).tasks;
}

async function run(lines: readonly string[], inputs: Readonly<Record<string, string>> = {}): Promise<StepResult> {
  const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, ...lines) } });
  return job.step({ ...bed.inputs, cache: 'none', ...inputs });
}

describe('a build that has pushed', () => {
  let first: StepResult;
  let second: StepResult;
  beforeAll(async () => {
    const job = await bed.job({
      files: {
        Dockerfile: [
          `FROM ${bed.baseImage} AS build`,
          'RUN sleep 1 && echo "a: b; #c %%{init} | `d` <e>" > /out',
          `FROM ${bed.baseImage}`,
          'COPY --from=build /out /out',
          '',
        ].join('\n'),
      },
    });
    first = await job.step({ ...bed.inputs, cache: 'none' });
    second = await job.step({ ...bed.inputs, cache: 'none', imageShortName: 'other', imageTag: 'v2' });
  });

  it('shows what there is, where the time went, and how it is used', async () => {
    expect(first.code, first.output).toBe(0);
    expect(first.summary).toContain(
      `### app · linux/${ownArchitecture}\n\n| Pushed | \`${bed.ecr.host}/app:v1.0.0\` |`,
    );
    const { imageFullNameDigest = '' } = first.outputs;
    expect(first.summary).toContain(`docker pull ${imageFullNameDigest}`);
    const tasks = await chartOf(first);
    const [slowest] = tasks.toSorted(
      (a, b) => Number(b.endTime) - Number(b.startTime) - (Number(a.endTime) - Number(a.startTime)),
    );
    expect(slowest).toMatchObject({ section: 'build', crit: true });
    expect(slowest?.task).toMatch(/^1\.\d s RUN sleep 1 && echo "a∶ b c init \| d ‹e>" > …$/);
    expect(tasks.map(({ section }) => section)).toContain('export');
  });

  it('marks steps of a second build in the same job that it has from the first', async () => {
    expect(second.code, second.output).toBe(0);
    expect(second.summary).toContain(`### other · linux/${ownArchitecture}\n`);
    const tasks = await chartOf(second);
    expect(tasks.filter(({ done }) => done).map(({ task }) => task)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^cached \d+ ms RUN sleep 1/)]),
    );
  });
});

it('says how much was sent, and how much the registry had', async () => {
  const one = dockerfile(bed.baseImage, 'RUN dd if=/dev/urandom of=/one bs=1000 count=300');
  const job = await bed.job({
    files: { Dockerfile: one, Second: `${one}RUN dd if=/dev/urandom of=/two bs=1000 count=200\n` },
  });
  const step = (dockerfile: string) => job.step({ ...bed.inputs, imageShortName: 'sizes', cache: 'none', dockerfile });
  const sizesOf = async ({ outputs }: StepResult) => {
    const image = { registryUrl: bed.registry.url, repository: 'sizes', reference: outputs.imageDigest ?? '' };
    const { config, layers } = await readImage(image);
    return new Map([config, ...layers].map(({ digest, size }) => [digest, size]));
  };
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  const first = await step('Dockerfile');
  const sizes = await sizesOf(first);
  expect(first.summary).toContain(`| Sent | ${formatSize(sum([...sizes.values()]))}; the registry had nothing of it |`);
  expect((await step('Dockerfile')).summary).toContain('| Sent | nothing: the registry had all of it |');
  const second = await step('Second');
  const [had, sent] = [sizes, await sizesOf(second)];
  const added = sum([...sent].flatMap(([digest, size]) => (had.has(digest) ? [] : size)));
  expect(added).toBeGreaterThan(200_000);
  expect(added).toBeLessThan(300_000);
  expect(second.summary).toContain(
    `| Sent | ${formatSize(added)}; the registry had the other ${formatSize(sum([...sent.values()]) - added)} |`,
  );
});

it('has a section for each platform and stage of a long build, and few bars', async () => {
  const stages = ['deps', 'build'].flatMap((stage) => [
    `FROM --platform=$BUILDPLATFORM ${bed.baseImage} AS ${stage}`,
    'ARG TARGETARCH',
    ...Array.from({ length: 14 }, (_, index) => `RUN echo $TARGETARCH ${stage} ${index} > /out${index}`),
  ]);
  const files = {
    Dockerfile: [...stages, 'FROM scratch', 'COPY --from=deps /out1 /', 'COPY --from=build /out2 /', ''].join('\n'),
  };
  const result = await (await bed.job({ files })).step({ ...bed.inputs, cache: 'none', platforms: BOTH });
  expect(result.code, result.output).toBe(0);
  expect(result.summary).toContain('### app · linux/amd64, linux/arm64\n');
  for (const digest of Object.values<string>(JSON.parse(result.outputs.platformDigests ?? '{}'))) {
    expect(result.summary).toMatch(new RegExp(`\\| linux/\\w+ \\| \`${digest}\` \\d+ B|\`${digest}\` [\\d.]+ kB`));
  }
  const tasks = await chartOf(result);
  expect(tasks.length).toBeLessThan(36);
  const [own = '', other = ''] = ownArchitecture === 'amd64' ? ['amd64', 'arm64'] : ['arm64', 'amd64'];
  expect(new Set(tasks.map(({ section }) => section))).toEqual(
    expect.toSatisfy((sections: Set<string>) => sections.has(`${own} build`) && sections.has(`${own}->${other} build`)),
  );
}, 240_000);

describe('a build that fails', () => {
  it('shows the failing step of a heredoc first: exit code, last lines, and the place in the Dockerfile', async () => {
    const script = ['RUN <<EOF', "echo '```installing'", 'echo "the <b>reason" >&2', 'exit 42', 'EOF'];
    const result = await run(['WORKDIR /app', ...script]);
    expect(result.code).toBe(1);
    const [, failed = ''] = /^### ❌ app\n\n([\s\S]*?)\n<details>/.exec(result.summary) ?? [];
    expect(failed).toMatch(/^\*\*`+RUN <<EOF .*`\*\* failed after .* with \*\*exit code 42\*\*\.\n/);
    expect(failed).toMatch(/\n[\d.]+ the <b>reason\n/);
    expect(failed).toMatch(/`Dockerfile:3`\n`{3,}\n {3}2 \|.*\n {3}3 \| >>> RUN <<EOF\n/);
    expect(failed).toContain('#build-failed)');
    expect((await chartOf(result)).filter(({ active }) => active)).toHaveLength(1);
  });

  it('shows the line where the syntax is wrong', async () => {
    const { code, summary } = await run(['RUNN echo hello']);
    expect(code).toBe(1);
    expect(summary).toContain('unknown instruction: RUNN');
    expect(summary).toContain('   2 | >>> RUNN echo hello\n');
    expect(mermaidBlocks(summary)).toEqual([]);
  });

  it('shows that it has no repository, without a build', async () => {
    const { summary } = await run([], { imageShortName: 'missing' });
    expect(summary).toMatch(/^### ❌ missing\n\n\*\*There is no repository .*missing/);
    expect(summary).toContain('#repository-missing)');
  });

  it('shows what is wrong with the inputs', async () => {
    const { summary } = await run([], { platforms: 'linux/nothing', summary: 'perhaps' });
    expect(summary).toMatch(/^### ❌ app · linux\/nothing\n\n/);
    expect(summary).toContain('platforms: "linux/nothing" is not a platform.');
  });

  it('says nothing when no summary is wanted', async () => {
    expect(await run(['RUN false'], { summary: 'false' })).toMatchObject({ code: 1, summary: '' });
  });
});

it('shows the findings of a scan once, and why the image has no tag', async () => {
  const findings = [{ name: 'CVE-2026-0001', severity: 'HIGH', package: 'open`ssl|', version: '3.0.1' }];
  bed.ecr.addScan({ repository: 'scanned', answers: [{ status: 'COMPLETE', findings }] });
  const result = await run(['RUN echo scanned > /x'], { imageShortName: 'scanned', scanFailOn: 'high' });
  expect(result.code).toBe(1);
  expect(result.summary.match(/^### /gm)).toHaveLength(1);
  expect(result.summary).toMatch(/^### ❌ scanned · .*\n\nscanFailOn: high: the scan of /);
  expect(result.summary).toContain('| Pushed, but not tagged as |');
  expect(result.summary).toContain('| HIGH | `CVE-2026-0001` | `open ssl  3.0.1` |');
  expect(result.summary).not.toContain('docker pull');
  await chartOf(result);
});

it('tells the platforms of a build on several machines apart, and a merge has the same form', async () => {
  const daemons = await Promise.all([1, 2].map(() => startRemoteDaemon({ toolchain })));
  const [amd64, arm64] = daemons.map(({ address }) => address);
  const files = { Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY a.txt /\n', 'a.txt': 'a' };
  const hosts = { platforms: BOTH, buildkitHost: `linux/amd64=${amd64}\nlinux/arm64=${arm64}` };
  const result = await (await bed.job({ files })).step({ ...bed.inputs, cache: 'none', imageTag: 'fleet', ...hosts });
  expect(result.code, result.output).toBe(0);
  expect(result.summary).toContain('### app · linux/amd64, linux/arm64\n');
  const sections = (await chartOf(result)).map(({ section }) => section);
  expect(sections).toEqual(expect.arrayContaining(['amd64', 'arm64', 'amd64 export', 'arm64 export']));
  const digests = Object.values<string>(JSON.parse(result.outputs.platformDigests ?? '{}'));
  const merged = await merge(bed, { imageTag: 'merged', sources: digests.join('\n') });
  expect(merged.code, merged.output).toBe(0);
  expect(merged.summary).toContain(
    `### app · linux/amd64, linux/arm64\n\n| Merged | \`${bed.ecr.host}/app:merged\` |\n| :--- | :--- |\n| Digest | \`${merged.outputs.imageDigest}\` |\n| linux/amd64 | \`${digests[0]}\` |`,
  );
  const refused = await merge(bed, { imageTag: 'merged', sources: 'nothing' });
  expect(refused.summary).toMatch(/^### ❌ app\n\n/);
  await Promise.all(daemons.map((daemon) => daemon.close()));
});
