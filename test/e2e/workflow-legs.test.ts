import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { readIndex } from '../support/built.ts';
import { merge } from '../support/legs.ts';
import { listTags } from '../support/oci.ts';
import { workflowWith, yamlBlocks } from '../support/workflows/documents.ts';
import { runIn } from '../support/workflows/in-bed.ts';
import { actionsOf, logOf, type WorkflowRun } from '../support/workflows/run.ts';

const DOCUMENT = 'docs/multi-arch.md';
const byTags = () => workflowWith('-${{ matrix.arch }}', DOCUMENT);
const byDigests = () => workflowWith('pushByDigest: true', DOCUMENT);

/** Without what one of the platforms needs. */
const BROKEN = 'FROM scratch\nARG TARGETARCH\nCOPY only-$TARGETARCH.txt /platform.txt\n';

let bed: Bed;
beforeEach(async () => {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'nginx' }] });
});
afterEach(() => bed.close());

/** The tag that a merge would have set. */
async function commitTags(): Promise<string[]> {
  const tags = await listTags({ registryUrl: bed.registry.url, repository: 'nginx' });
  return tags.filter((tag) => /^[0-9a-f]{40}$/.test(tag));
}

function mergeOf(run: WorkflowRun) {
  return run.jobs.merge?.legs[0]?.steps[0]?.action;
}

describe('a mistake in the matrix', () => {
  it.each([
    [
      'two legs of one platform, by digests',
      byDigests,
      '  platforms: linux/${{ matrix.arch }}',
      // The same image twice would be one part, and the second leg may find all of it in the cache.
      '  platforms: linux/amd64\n          labels: leg=${{ matrix.arch }}',
      'part-duplicate',
    ],
    [
      'two legs of one platform, by tags',
      byTags,
      '  platforms: linux/${{ matrix.arch }}',
      '  platforms: linux/amd64',
      'part-mismatch',
    ],
    [
      'legs whose outputs have no names of their own',
      byDigests,
      '          image: ${{ matrix.arch }}\n',
      '',
      'sources-malformed',
    ],
    ['a leg without a tag of its own', byTags, '-${{ matrix.arch }}', '', 'part-missing'],
  ] as const)('%s: the merge fails, and nothing has the tag', async (_, read, correct, wrong, code) => {
    const run = await runIn(bed, (await read()).replace(correct, wrong));
    expect(run.jobs.build?.result, logOf(run)).toBe('success');
    expect(mergeOf(run)?.errors).toHaveLength(1);
    expect(mergeOf(run)?.output).toContain(`title=${code}`);
    const legs = actionsOf(run).flatMap(({ outputs }) => outputs.imageFullNameTag?.match(/[0-9a-f]{40}$/) ?? []);
    expect(await commitTags()).toEqual([...new Set(legs)]);
  });

  it('a leg that fails: there is no merge, and nothing has the tag', async () => {
    const run = await runIn(bed, await byDigests(), { files: { 'only-amd64.txt': 'for amd64', Dockerfile: BROKEN } });
    expect(
      run.jobs.build?.legs.map(({ result }) => result),
      logOf(run),
    ).toEqual(['success', 'failure']);
    expect(run.jobs.merge).toMatchObject({ result: 'skipped', legs: [] });
    expect(await commitTags()).toEqual([]);
  });
});

it('all of it once more gives the same image, and moves nothing', async () => {
  const pushes = (tag: string) => bed.ecr.requests.filter(({ method, path }) => method === 'PUT' && path.endsWith(tag));
  const first = await runIn(bed, await byDigests());
  expect(first.result, logOf(first)).toBe('success');
  const [tag = ''] = await commitTags();
  expect(pushes(tag)).toHaveLength(1);
  const second = await runIn(bed, await byDigests());
  expect(second.result, logOf(second)).toBe('success');
  const digests = (run: WorkflowRun) => actionsOf(run).map(({ outputs }) => outputs.imageDigest);
  expect(digests(second)).toEqual(digests(first));
  expect(pushes(tag)).toHaveLength(1);
});

it('it does not matter which leg ends first, and so whose digest comes first', async () => {
  const run = await runIn(bed, await byDigests());
  const { amd64ImageDigest, arm64ImageDigest } = run.jobs.build?.outputs ?? {};
  const orders = [
    { amd64ImageDigest, arm64ImageDigest },
    { arm64ImageDigest, amd64ImageDigest },
  ];
  const inputs = { imageShortName: 'nginx', imageTag: 'again' };
  const merged = await Promise.all(
    orders.map((sources) => merge(bed, { ...inputs, sources: JSON.stringify(sources) })),
  );
  const digests = merged.map(({ outputs }) => outputs.imageDigest);
  expect(digests).toEqual(orders.map(() => mergeOf(run)?.outputs.imageDigest));
});

it('the annotations that the document shows are those of the index', async () => {
  const fragments = (await yamlBlocks(DOCUMENT)).filter(({ text }) => text.startsWith('annotations:'));
  expect(fragments).toHaveLength(1);
  const more = (fragments[0]?.text ?? '').replace(/^(?=.)/gm, '          ');
  const run = await runIn(
    bed,
    (await byDigests()).replace(/^ *sources: .*\n/m, (line) => line + more),
  );
  expect(run.result, logOf(run)).toBe('success');
  const [reference = ''] = await commitTags();
  const index = await readIndex({ registryUrl: bed.registry.url, repository: 'nginx', reference });
  expect(index.annotations).toEqual({ 'org.opencontainers.image.title': 'nginx' });
});
