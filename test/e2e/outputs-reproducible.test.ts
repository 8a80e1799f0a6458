import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, readImage, readImageConfig, refuse } from '../support/built.ts';
import type { Job } from '../support/job.ts';
import { type ImageLocation, readBlob } from '../support/oci.ts';

const DATE = '2024-02-29T12:34:56Z';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

/** A checkout whose build writes files at the time at which it runs. */
async function checkOut({ committed = true } = {}): Promise<Job> {
  const job = await bed.job({
    files: {
      Dockerfile: dockerfile(bed.baseImage, 'COPY a.txt /srv/a.txt', 'RUN mkdir /made && echo made > /made/file'),
      'a.txt': 'same',
    },
  });
  if (committed) {
    await commitAll(job.workspace, DATE);
  }
  return job;
}

/** Dates of the files in the layers on top of the base image, in seconds, each once. */
async function datesIn(image: ImageLocation): Promise<number[]> {
  const dates = new Set<number>();
  for (const { digest } of (await readImage(image)).layers.slice(1)) {
    const entries = extract();
    entries.end(gunzipSync(await readBlob(image, digest)));
    for await (const entry of entries) {
      dates.add((entry.header.mtime?.getTime() ?? 0) / 1000);
      entry.resume();
    }
  }
  return [...dates];
}

describe('a reproducible build', () => {
  const digestOf = async (inputs: Readonly<Record<string, string>> = {}, job?: Job) => {
    const { result } = await buildIn(job ?? (await checkOut()), bed, { reproducible: 'true', ...inputs });
    await bed.endJobs();
    return result.outputs.imageDigest;
  };

  it('has one digest on two daemons, although its files are written at other times', async () => {
    const first = await digestOf();
    // Timestamps of files are in seconds.
    await sleep(1100);
    expect(await digestOf()).toBe(first);
  });

  it('has that digest also over a cache, and on a daemon that has built the same before without', async () => {
    const first = await digestOf();
    expect(await digestOf({ cache: 'registry' })).toBe(first);
    expect(await digestOf({ cache: 'registry' })).toBe(first);
    const job = await checkOut();
    await buildIn(job, bed);
    expect(await digestOf({}, job)).toBe(first);
  });

  it.each(['zstd', 'estargz'])('has one digest with %s', async (compression) => {
    expect(await digestOf({ compression })).toBe(await digestOf({ compression }));
  });

  it('has no date but the commit’s, in files and configuration', async () => {
    const { image } = await buildIn(await checkOut(), bed, { reproducible: 'true' });
    const { created, history, config } = await readImageConfig(image);
    expect(created).toBe(DATE);
    expect(history.slice(1).map((entry) => entry.created)).toEqual([DATE, DATE]);
    expect(config.Labels?.['org.opencontainers.image.created']).toBe(DATE);
    const dates = await datesIn(image);
    expect(dates.filter((date) => date > Date.parse(DATE) / 1000)).toEqual([]);
    expect(dates).toContain(Date.parse(DATE) / 1000);
  });

  it('takes the date of the environment before the commit’s', async () => {
    const job = await checkOut();
    job.env.SOURCE_DATE_EPOCH = '1000000000';
    const { image } = await buildIn(job, bed, { reproducible: 'true' });
    expect((await readImageConfig(image)).created).toBe('2001-09-09T01:46:40Z');
    expect((await datesIn(image)).filter((date) => date > 1_000_000_000)).toEqual([]);
  });

  it('needs no commit when the environment has a date', async () => {
    const job = await checkOut({ committed: false });
    job.env.SOURCE_DATE_EPOCH = '1000000000';
    const { image } = await buildIn(job, bed, { reproducible: 'true' });
    expect((await readImageConfig(image)).created).toBe('2001-09-09T01:46:40Z');
  });

  it('is refused without a date', async () => {
    const { code, error } = await refuse(await checkOut({ committed: false }), bed, { reproducible: 'true' });
    expect(code, error).toBe('epoch-unknown');
    expect(error).toContain('SOURCE_DATE_EPOCH');
  });

  it('is refused with a date of the environment that is none', async () => {
    const job = await checkOut();
    job.env.SOURCE_DATE_EPOCH = '2024-02-29';
    const { code, error } = await refuse(job, bed, { reproducible: 'true' });
    expect(code, error).toBe('epoch-unknown');
    expect(error).toContain('"2024-02-29"');
  });
});

it('has the dates of the clock otherwise', async () => {
  const before = Date.now() - 1000;
  const { image } = await buildIn(await checkOut(), bed);
  const { created } = await readImageConfig(image);
  expect(Date.parse(created ?? '')).toBeGreaterThan(before);
});
