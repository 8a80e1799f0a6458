import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { listTags, readManifest } from '../support/oci.ts';
import { readText, workflowWith } from '../support/workflows/documents.ts';
import { bothOf, membersOf, runIn } from '../support/workflows/in-bed.ts';
import { actionsOf, logOf, type WorkflowRun } from '../support/workflows/run.ts';

/** The caller in the document, and the one beside the reusable workflow. */
const callers: readonly (readonly [string, readonly string[], () => Promise<string>])[] = [
  ['docs/multi-arch.md', ['sha'], () => workflowWith('./.github/workflows/image.yml', 'docs/multi-arch.md')],
  ['examples/reusable/workflow.yml', ['latest', 'sha'], () => readText('examples/reusable/workflow.yml')],
];

async function run(bed: Bed, caller: string): Promise<WorkflowRun> {
  const called = await readText('examples/reusable/image.yml');
  return runIn(bed, caller, { files: { '.github/workflows/image.yml': called } });
}

describe.each(callers)('the reusable workflow, called by that of %s', (_, expectedTags, read) => {
  let bed: Bed;
  let result: WorkflowRun;

  beforeAll(async () => {
    bed = await startBed(inject('toolchain'), { repositories: [{ name: 'nginx' }] });
    result = await run(bed, await read());
    expect(result.result, logOf(result)).toBe('success');
  });
  afterAll(() => bed.close());

  it('makes an index of what its legs have pushed', async () => {
    const [amd64, arm64, merged] = actionsOf(result).map(({ outputs }) => outputs.imageDigest);
    expect(await membersOf(bed, 'nginx', merged ?? '')).toEqual(bothOf({ amd64, arm64 }));
  });

  it('tags it as the caller wants, and nothing else', async () => {
    const location = { registryUrl: bed.registry.url, repository: 'nginx' };
    const tags = (await listTags(location)).filter((tag) => !tag.startsWith('buildcache'));
    expect(tags.map((tag) => tag.replace(/^[0-9a-f]{40}$/, 'sha')).sort()).toEqual(expectedTags);
    const merged = actionsOf(result).at(-1)?.outputs.imageDigest;
    for (const reference of tags) {
      expect((await readManifest({ ...location, reference })).digest).toBe(merged);
    }
  });

  it('hands the image to the jobs after it', () => {
    const merged = actionsOf(result).at(-1)?.outputs.imageDigest;
    expect(result.jobs.deploy?.legs[0]?.steps[0]?.output).toBe(`Deploy ${bed.ecr.host}/nginx@${merged}\n`);
  });

  it('runs its legs on machines of their own kind, with the least rights', () => {
    const jobs = result.jobs.image?.legs[0]?.called?.jobs ?? {};
    const legs = Object.values(jobs).flatMap((job) => job.legs);
    expect(legs.map(({ runsOn }) => runsOn)).toEqual(['ubuntu-24.04', 'ubuntu-24.04-arm', 'ubuntu-24.04']);
    expect(legs.map(({ permissions }) => permissions)).toEqual(legs.map(() => ({ contents: 'read' })));
  });
});
