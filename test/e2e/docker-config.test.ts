import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { makeCredentialHelper } from '../support/credential-helper.ts';
import { type GuardedRegistry, startGuardedRegistry } from '../support/guarded-registry.ts';
import type { Job } from '../support/job.ts';

const LOGIN = { user: 'runner', secret: 'fake-secret-of-the-runner' };
const AUTH = Buffer.from(`${LOGIN.user}:${LOGIN.secret}`).toString('base64');
const WRONG = { user: 'AWS', secret: 'fake-wrong-token' };
const WRONG_AUTH = Buffer.from(`${WRONG.user}:${WRONG.secret}`).toString('base64');

let bed: Bed;
let guarded: GuardedRegistry;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  guarded = await startGuardedRegistry({ registry: bed.registry, login: `${LOGIN.user}:${LOGIN.secret}` });
});
afterEach(() => bed.endJobs());
afterAll(async () => {
  await guarded.close();
  await bed.close();
});

/** A job whose base image needs the runner's login. */
async function jobWith(config: unknown, env: Record<string, string> = {}): Promise<Job> {
  const job = await bed.job({ files: { Dockerfile: `FROM ${guarded.host}/base/busybox:1\nRUN true\n` }, env });
  await mkdir(join(job.home, '.docker'));
  await writeFile(configOf(job), typeof config === 'string' ? config : JSON.stringify(config), { mode: 0o600 });
  return job;
}

const configOf = (job: Job) => join(job.home, '.docker/config.json');

async function seenOf(job: Job) {
  const { mtimeMs, mode, ino } = await stat(configOf(job));
  return { text: await readFile(configOf(job), 'utf8'), mtimeMs, mode, ino };
}

describe("the runner's own Docker configuration", () => {
  it('has its logins used, is not changed, and nothing of it is shown', async () => {
    const job = await jobWith({
      auths: { [guarded.host]: { auth: AUTH, email: 'a@example.com' }, [bed.ecr.host]: { auth: WRONG_AUTH } },
      proxies: { default: { httpProxy: 'http://127.0.0.1:9' } },
    });
    const before = await seenOf(job);
    const result = await job.step(bed.inputs);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(await seenOf(job)).toEqual(before);
    expect(result.log).not.toContain(LOGIN.secret);
    expect(result.log).not.toContain(AUTH);
    expect(result.masks).toEqual(expect.arrayContaining([LOGIN.secret, AUTH]));
  });

  it('is found by DOCKER_CONFIG', async () => {
    const job = await jobWith({});
    const directory = join(job.home, 'elsewhere');
    await mkdir(directory);
    await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [guarded.host]: { auth: AUTH } } }));
    const result = await job.step(bed.inputs, { env: { DOCKER_CONFIG: directory } });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
  });

  it('comes after registryAuths', async () => {
    const job = await jobWith({ auths: { [guarded.host]: { auth: WRONG_AUTH } } });
    const result = await job.step({ ...bed.inputs, registryAuths: `${guarded.host} ${LOGIN.user} ${LOGIN.secret}` });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
  });

  it.each([
    ['no JSON', `{"auths": {"x.example": {"auth": "${AUTH}"}`, 'is not a JSON object'],
    ['no object', '[]', 'is not a JSON object'],
  ])('is passed over with a warning when it is %s', async (_, text, reason) => {
    const job = await jobWith(text);
    await writeFile(join(job.workspace, 'Dockerfile'), `FROM ${bed.baseImage}\n`);
    const result = await job.step(bed.inputs);
    expect(result.code, result.output).toBe(0);
    expect(result.warnings).toEqual([expect.stringContaining(`${configOf(job)} ${reason}`)]);
    expect(result.output).not.toContain(AUTH);
  });

  it('loses a login that is broken, which would cost buildctl the others', async () => {
    const hosts = Array.from({ length: 20 }, (_, index) => `x${index}.example`);
    const broken = Object.fromEntries(hosts.map((host) => [host, { auth: 'no base64!' }]));
    const job = await jobWith({ auths: { ...broken, [guarded.host]: { auth: AUTH } } });
    const result = await job.step(bed.inputs);
    expect(result.code, result.output).toBe(0);
    expect(result.warnings).toEqual(
      hosts.map((host) => expect.stringContaining(`a login of ${host} that cannot be read`)),
    );
  });
});

describe('a credential helper of the runner', () => {
  it('serves its host', async () => {
    const helper = await makeCredentialHelper({ [guarded.host]: LOGIN });
    const job = await jobWith(
      { credHelpers: { [guarded.host]: 'fake', [bed.ecr.host]: 'fake' } },
      { PATH: `${helper.directory}:${process.env.PATH}` },
    );
    const result = await job.step(bed.inputs);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(new Set(await helper.asked())).toEqual(new Set([guarded.host]));
    await helper.close();
  });

  it('is a warning when there is no such program', async () => {
    const job = await jobWith({ credsStore: 'missing', auths: { [guarded.host]: { auth: AUTH } } });
    const result = await job.step(bed.inputs);
    expect(result.code, result.output).toBe(0);
    expect(result.warnings).toEqual([expect.stringContaining('docker-credential-missing, which is not on the PATH')]);
  });
});

describe('a credential store of the runner', () => {
  it('is not asked for our registry, while it serves its own, listed or not', async () => {
    const helper = await makeCredentialHelper({ [guarded.host]: LOGIN }, WRONG);
    for (const auths of [{ [guarded.host]: {}, [bed.ecr.host]: {} }, {}]) {
      const job = await jobWith({ credsStore: 'fake', auths }, { PATH: `${helper.directory}:${process.env.PATH}` });
      const before = await seenOf(job);
      const result = await job.step({ ...bed.inputs, noCache: 'true' });
      expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
      expect(await seenOf(job)).toEqual(before);
    }
    const asked = await helper.asked();
    expect(asked).toContain(guarded.host);
    expect(asked).not.toContain(bed.ecr.host);
    await helper.close();
  });
});

describe('DOCKER_AUTH_CONFIG', () => {
  it('serves its own host, above the file, and does not win over our registry', async () => {
    const auths = { [guarded.host]: { auth: AUTH }, [bed.ecr.host]: { auth: WRONG_AUTH } };
    const job = await jobWith(
      { auths: { [guarded.host]: { auth: WRONG_AUTH } } },
      { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) },
    );
    const result = await job.step(bed.inputs);
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(result.log).not.toContain(AUTH);
  });
});
