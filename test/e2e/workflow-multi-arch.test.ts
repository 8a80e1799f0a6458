import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { type Bed, startBed } from '../support/bed.ts';
import { listTags, readManifest } from '../support/oci.ts';
import { isWorkflow, readText, workflowWith, yamlBlocks } from '../support/workflows/documents.ts';
import { bothOf, membersOf, runIn } from '../support/workflows/in-bed.ts';
import { actionsOf, logOf, type WorkflowRun } from '../support/workflows/run.ts';

const DOCUMENT = 'docs/multi-arch.md';

let bed: Bed;
let result: WorkflowRun;
/** Digests of what the actions have made, in the order of jobs and legs. */
let digests: readonly (string | undefined)[];

/** Runs the workflow of the document that has a text in it, against a registry that is empty. */
async function runDocumented(text: string): Promise<void> {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'nginx' }] });
  result = await runIn(bed, await workflowWith(text, DOCUMENT));
  expect(result.result, logOf(result)).toBe('success');
  digests = actionsOf(result).map(({ outputs }) => outputs.imageDigest);
}

/** All tags but those of the cache, with the commit written as `sha`. */
async function tags(): Promise<string[]> {
  const all = await listTags({ registryUrl: bed.registry.url, repository: 'nginx' });
  return all.filter((tag) => !tag.startsWith('buildcache')).map((tag) => tag.replace(/^[0-9a-f]{40}/, 'sha'));
}

/** The tag that the last action has set, which is the commit. */
function lastTag(): string {
  const name = actionsOf(result).at(-1)?.outputs.imageFullNameTag ?? '';
  expect(name).toMatch(new RegExp(`^${bed.ecr.host}/nginx:[0-9a-f]{40}$`));
  return name.slice(-40);
}

async function digestOfTag(): Promise<string> {
  return (await readManifest({ registryUrl: bed.registry.url, repository: 'nginx', reference: lastTag() })).digest;
}

describe('one step', () => {
  beforeAll(() => runDocumented('platforms: linux/amd64,linux/arm64\n      - run'));
  afterAll(() => bed.close());

  it('pushes one index of both platforms under the commit', async () => {
    expect(await tags()).toEqual(['sha']);
    expect(await digestOfTag()).toBe(digests[0]);
  });

  it('shows the digests of the images in it', async () => {
    const images = JSON.parse(result.jobs.image?.legs[0]?.steps[2]?.output ?? '');
    const both = bothOf({ amd64: images['linux/amd64'], arm64: images['linux/arm64'] });
    expect(await membersOf(bed, 'nginx', lastTag())).toEqual(both);
  });

  it('may only read the repository', () => {
    expect(result.jobs.image?.legs.map(({ permissions }) => permissions)).toEqual([{ contents: 'read' }]);
  });
});

describe.each([
  ['by tags', '-${{ matrix.arch }}', ['sha', 'sha-amd64', 'sha-arm64']],
  ['by digests', 'pushByDigest: true', ['sha']],
] as const)('a matrix and a merge %s', (_, text, expectedTags) => {
  beforeAll(() => runDocumented(text));
  afterAll(() => bed.close());

  it('gives an index of what the legs have pushed', async () => {
    const [amd64, arm64, merged] = digests;
    expect(await membersOf(bed, 'nginx', lastTag())).toEqual(bothOf({ amd64, arm64 }));
    expect(await digestOfTag()).toBe(merged);
  });

  it('leaves no tags but those that are written', async () => {
    expect(await tags()).toEqual(expectedTags);
  });

  it('runs the legs on machines of their own kind, and all with the least rights', () => {
    const legs = Object.values(result.jobs).flatMap((job) => job.legs);
    expect(legs.map(({ runsOn }) => runsOn)).toEqual(['ubuntu-24.04', 'ubuntu-24.04-arm', 'ubuntu-24.04']);
    expect(legs.map(({ permissions }) => permissions)).toEqual(legs.map(() => ({ contents: 'read' })));
  });

  it('needs no BuildKit for the merge, and says which images it has joined', () => {
    const merge = actionsOf(result).at(-1);
    const [amd64, arm64] = digests;
    expect(JSON.parse(merge?.outputs.platformDigests ?? '')).toEqual({ 'linux/amd64': amd64, 'linux/arm64': arm64 });
    expect(merge?.output).not.toMatch(/buildctl|buildkitd/);
  });
});

describe('the document', () => {
  it('has no workflow of 40 lines or more', async () => {
    const workflows = (await yamlBlocks(DOCUMENT)).filter(isWorkflow);
    expect(workflows.length).toBe(4);
    expect(workflows.filter(({ text }) => text.trimEnd().split('\n').length >= 40).map(({ line }) => line)).toEqual([]);
  });

  it('has in its other examples only inputs of the merge, or outputs of a job', async () => {
    const { inputs }: { inputs: Record<string, unknown> } = parse(await readText('merge/action.yml'));
    const fragments = (await yamlBlocks(DOCUMENT)).filter((block) => !isWorkflow(block));
    const keys = fragments.flatMap(({ text }) => Object.keys(parse(text)));
    expect(keys).toEqual(expect.arrayContaining(['sources', 'annotations', 'imageRegistryPath', 'outputs']));
    expect(keys.filter((key) => key !== 'outputs' && inputs[key] === undefined)).toEqual([]);
  });

  it('names codes that exist', async () => {
    const text = await readText(DOCUMENT);
    const codes = [...text.matchAll(/\(`([a-z]+-[a-z-]+)`\)/g)].map(([, code]) => code ?? '');
    const troubleshooting = await readText('docs/troubleshooting.md');
    expect(codes.length).toBeGreaterThan(5);
    expect(codes.filter((code) => !troubleshooting.includes(`\n## ${code}\n`))).toEqual([]);
  });
});
