import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { countEmulatedSteps, provenanceDigests } from '../../../src/buildkit/emulated-steps.ts';
import { parseJson } from '../../../src/json.ts';

/**
 * What BuildKit v0.32.2 on amd64 said of a Dockerfile with a stage for $BUILDPLATFORM (1 RUN), two others (2 and 1 RUN) and
 * COPY between them: its record, provenances and progress. Of record and provenances only what is read was kept.
 */
async function history(name: 'one' | 'two') {
  const read = (file: string) =>
    readFile(new URL(`../../fixtures/buildkit/history/${name}/${file}`, import.meta.url), 'utf8');
  const provenances = parseJson(await read('provenances.json'));
  return {
    record: parseJson(await read('record.json')),
    provenances: Array.isArray(provenances) ? provenances : [],
    progress: (await read('progress.jsonl')).split('\n'),
  };
}

describe('the provenance of a build', () => {
  it.each([
    ['one', 1],
    ['two', 2],
  ] as const)('of %s platforms is %i blobs', async (name, count) => {
    const digests = provenanceDigests((await history(name)).record);
    expect(digests.filter((digest) => /^sha256:[0-9a-f]{64}$/.test(digest))).toHaveLength(count);
  });

  it('is not a bill of materials, nor of another version', () => {
    const types = ['https://spdx.dev/Document', 'https://slsa.dev/provenance/v0.2', 'https://slsa.dev/provenance/v1'];
    const Attestations = types.map((type) => ({ digest: type, annotations: { 'in-toto.io/predicate-type': type } }));
    expect(provenanceDigests({ Result: { Attestations } })).toEqual(['https://slsa.dev/provenance/v1']);
  });

  it.each([[undefined], [{}], [{ Result: null, Results: null }]])('is not there: %j', (record) => {
    expect(provenanceDigests(record)).toEqual([]);
  });
});

describe('emulated RUN steps', () => {
  it.each(['one', 'two'] as const)('are those for the other platform, built with %s', async (name) => {
    const found = await countEmulatedSteps({ ...(await history(name)), platforms: ['linux/arm64'] });
    expect(found).toEqual([{ platform: 'linux/arm64', count: 3, duration: expect.any(Number) }]);
    expect(found[0]?.duration).toBeGreaterThan(0);
  });

  it('take as long as all of them together', async () => {
    const { provenances, progress } = await history('one');
    const runs = progress.flatMap((line) => [...line.matchAll(/\{"digest":"[^}]*"started":"[^}]*\}/g)].map(String));
    const times = runs.flatMap((vertex) => {
      const { name, started, completed }: Record<string, string> = JSON.parse(vertex);
      const isEmulated = /^\[(?:tools|stage-2) \d\/\d\] RUN/.test(name ?? '');
      return isEmulated && completed ? [Date.parse(completed) - Date.parse(started ?? '')] : [];
    });
    const [found] = await countEmulatedSteps({ provenances, progress, platforms: ['linux/arm64'] });
    expect(times).toHaveLength(3);
    expect(found?.duration).toBe(times.reduce((sum, time) => sum + time));
  });

  it('are none where they came from the cache, or did not run', async () => {
    const { provenances, progress } = await history('two');
    const cached = progress.map((line) => line.replaceAll(/"started":/g, '"cached":true,"started":'));
    const waiting = progress.map((line) => line.replaceAll(/"started":"[^"]*"/g, '"started":null'));
    for (const lines of [cached, waiting, []]) {
      expect(await countEmulatedSteps({ provenances, progress: lines, platforms: ['linux/arm64'] })).toEqual([]);
    }
  });

  it('are told of for the platforms that are asked for, in their order', async () => {
    const platforms = ['linux/s390x', 'linux/arm64', 'linux/amd64'];
    const found = await countEmulatedSteps({ ...(await history('two')), platforms });
    expect(found.map(({ platform, count }) => [platform, count])).toEqual([
      ['linux/arm64', 3],
      ['linux/amd64', 4],
    ]);
  });

  it.each([[undefined], [{}], [{ buildDefinition: { internalParameters: { buildConfig: { llbDefinition: {} } } } }]])(
    'are none where a provenance is of another shape: %j',
    async (provenance) => {
      const { progress } = await history('one');
      expect(await countEmulatedSteps({ provenances: [provenance], progress, platforms: ['linux/arm64'] })).toEqual([]);
    },
  );
});
