import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ACCOUNT } from '../support/account.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { sampleArguments } from '../support/processes.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

/** Every text file below a directory, with the files that are only there while the step runs left out. */
async function filesWith(secrets: readonly string[], directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const found = await Promise.all(
    files.map(async (file) => {
      // A namespace that is mounted on a file is none that can be read.
      const text = await readFile(file, 'latin1').catch(() => '');
      return secrets.some((secret) => text.includes(secret)) ? [file] : [];
    }),
  );
  return found.flat();
}

it('keeps every secret out of log, outputs, summary, arguments and files', async () => {
  const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, 'RUN env; sleep 0.5') } });
  const { result, arguments: argv } = await sampleArguments(() => job.step(bed.inputs));
  expect(result.code, result.output).toBe(0);

  const token = result.masks.find((mask) => Buffer.from(mask, 'base64').toString().startsWith('AWS:')) ?? '';
  const secrets = [ACCOUNT.secretAccessKey, token, Buffer.from(token, 'base64').toString().slice(4)];
  expect(secrets.every((secret) => secret.length > 20)).toBe(true);
  expect(result.masks).toEqual(expect.arrayContaining(secrets));

  for (const secret of secrets) {
    expect(result.log).not.toContain(secret);
    expect(result.summary).not.toContain(secret);
    expect(JSON.stringify(result.outputs)).not.toContain(secret);
    expect([...argv].filter((argument) => argument.includes(secret))).toEqual([]);
  }
  expect([...argv]).toContain('dockerfile.v0');
  for (const directory of [job.temp, job.home, job.workspace, ...(await privateDirectories(job.scratch()))]) {
    expect(await filesWith(secrets, directory)).toEqual([]);
  }
});

it('masks neither account, region, host nor the user name AWS', async () => {
  const job = await bed.job();
  const { masks } = await job.step(bed.inputs);
  expect(masks).not.toContain('AWS');
  for (const mask of masks) {
    expect(
      [ACCOUNT.accountId, ACCOUNT.accessKeyId, bed.ecr.host, 'ap-northeast-1'].filter((text) => mask === text),
    ).toEqual([]);
  }
});

it('masks before it does anything else with a secret', async () => {
  const job = await bed.job();
  const { output } = await job.step(bed.inputs);
  expect(output.indexOf(`::add-mask::${ACCOUNT.secretAccessKey}`)).toBe(0);
});

it('exports nothing to later steps, and changes nothing under HOME', async () => {
  const job = await bed.job();
  const files = { GITHUB_ENV: join(job.temp, 'env'), GITHUB_PATH: join(job.temp, 'path') };
  await Promise.all(Object.values(files).map((file) => promisify(execFile)('touch', [file])));
  await job.step(bed.inputs, { env: files });
  expect(await readFile(files.GITHUB_ENV, 'utf8')).toBe('');
  expect(await readFile(files.GITHUB_PATH, 'utf8')).toBe('');
  expect(await readdir(job.home)).toEqual([]);
});

async function privateDirectories(directories: readonly string[]): Promise<string[]> {
  const exists = await Promise.all(
    directories.map((directory) =>
      readdir(directory).then(
        () => [directory],
        () => [],
      ),
    ),
  );
  return exists.flat();
}
