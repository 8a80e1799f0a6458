import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, readLabels } from '../support/built.ts';

const PREFIX = 'org.opencontainers.image.';
const DATE = '2024-02-29T12:34:56+09:00';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

/** Labels of an image that is built from a commit, without the prefix of the standard ones. */
async function labelsOf(inputs: Readonly<Record<string, string>> = {}) {
  const job = await bed.job();
  const commit = await commitAll(job.workspace, DATE);
  const { image } = await buildIn(job, bed, inputs);
  const labels = Object.entries(await readLabels(image)).map(([key, value]) => [key.replace(PREFIX, ''), value]);
  return { commit, labels: Object.fromEntries(labels) };
}

describe('labels that the action sets', () => {
  it('say where the image comes from', async () => {
    const { commit, labels } = await labelsOf({ imageTag: 'v1.2.3\nlatest' });
    expect(labels).toEqual({
      source: 'https://github.com/org/app',
      revision: commit,
      version: 'v1.2.3',
      created: '2024-02-29T03:34:56Z',
    });
  });

  it('give way to those that are given', async () => {
    const { commit, labels } = await labelsOf({
      labels: `${PREFIX}source=https://example.com/mine\n${PREFIX}version=9\n${PREFIX}title=App, the "one"`,
    });
    expect(labels).toEqual({
      source: 'https://example.com/mine',
      revision: commit,
      version: '9',
      created: '2024-02-29T03:34:56Z',
      title: 'App, the "one"',
    });
  });

  it('are left out when they are given without a value', async () => {
    const { labels } = await labelsOf({
      labels: ['source', 'revision', 'created'].map((name) => `${PREFIX}${name}=`).join('\n'),
    });
    expect(labels).toEqual({ version: 'v1.0.0' });
  });

  it('leave those of the Dockerfile alone that they do not name', async () => {
    const job = await bed.job({
      files: { Dockerfile: dockerfile(bed.baseImage, `LABEL ${PREFIX}licenses=MIT ${PREFIX}version=old`) },
    });
    const { image } = await buildIn(job, bed);
    expect(await readLabels(image)).toEqual({ [`${PREFIX}licenses`]: 'MIT', [`${PREFIX}version`]: 'v1.0.0' });
  });

  it('are only the version where there is no commit', async () => {
    const { image } = await buildIn(await bed.job(), bed);
    expect(await readLabels(image)).toEqual({ [`${PREFIX}version`]: 'v1.0.0' });
  });
});

describe('an unchanged build', () => {
  const build = async (inputs: Readonly<Record<string, string>>) => {
    const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, 'COPY a.txt /'), 'a.txt': 'same' } });
    await commitAll(job.workspace, DATE);
    const { result } = await buildIn(job, bed, { imageTag: 'same', ...inputs });
    await bed.endJobs();
    return result.outputs.imageDigest;
  };

  it('keeps its digest on another machine, over the cache', async () => {
    expect(await build({ cache: 'registry' })).toBe(await build({ cache: 'registry' }));
  });

  it('keeps its digest on another machine without a cache, when it is to be reproducible', async () => {
    expect(await build({ reproducible: 'true' })).toBe(await build({ reproducible: 'true' }));
  });
});
