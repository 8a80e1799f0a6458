import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, refuse } from '../support/built.ts';
import type { Job, JobOptions } from '../support/job.ts';
import { readLayerFile } from '../support/oci.ts';
import { sampleArguments } from '../support/processes.ts';
import { copySshAdd, makeSshKey, type SshAgent, startSshAgent } from '../support/ssh-agent.ts';

let bed: Bed;
let agent: SshAgent;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  agent = await startSshAgent();
});
afterAll(async () => {
  await bed.close();
  await agent.close();
});

/** A job whose Dockerfile lists the keys of an agent: `RUN --mount=type=ssh`. */
async function jobThatLists(mount: string, options: JobOptions = {}): Promise<Job> {
  const job = await bed.job({ ...options, files: {} });
  const sshAdd = await copySshAdd(join(job.workspace, 'ssh'), '/ssh');
  const run = `RUN --mount=type=bind,source=ssh,target=/ssh --mount=${mount} ${sshAdd} -L > /keys`;
  await writeFile(join(job.workspace, 'Dockerfile'), dockerfile(bed.baseImage, run));
  return job;
}

async function keysIn(job: Job, ssh: string): Promise<string[]> {
  const { image } = await buildIn(job, bed, { ssh });
  const listed = (await readLayerFile({ ...image, path: 'keys' })) ?? '';
  return listed
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(0, 2).join(' '));
}

describe('ssh', () => {
  it('forwards the agent of the job', async () => {
    const job = await jobThatLists('type=ssh', { env: { SSH_AUTH_SOCK: agent.socket } });
    expect(await keysIn(job, 'default')).toEqual([agent.publicKey]);
  });

  it('forwards the agent at a socket, by an id', async () => {
    const job = await jobThatLists('type=ssh,id=deploy');
    expect(await keysIn(job, `deploy=${agent.socket}`)).toEqual([agent.publicKey]);
  });

  it('offers keys of files, in the workspace or elsewhere, without an agent', async () => {
    const job = await jobThatLists('type=ssh,id=deploy');
    const key = await makeSshKey(job.workspace, 'deploy key');
    const { result, arguments: seen } = await sampleArguments(() => keysIn(job, `deploy=deploy key,${agent.path}`));
    expect(result).toEqual([key.publicKey, agent.publicKey]);
    expect([...seen].filter((argument) => argument.includes('PRIVATE KEY'))).toEqual([]);
  });

  it('keeps several ids apart', async () => {
    const job = await jobThatLists('type=ssh,id=second', { env: { SSH_AUTH_SOCK: agent.socket } });
    const second = await makeSshKey(job.workspace, 'second');
    expect(await keysIn(job, 'default\nsecond=second')).toEqual([second.publicKey]);
  });
});

describe('ssh that cannot be given', () => {
  it.each([
    ['default', 'SSH_AUTH_SOCK is not set'],
    ['default=missing', 'no key or socket'],
  ])('ends the step before anything is started: %s', async (ssh, said) => {
    const before = bed.ecr.requests.length;
    const job = await bed.job();
    const { code, error } = await refuse(job, bed, { ssh });
    expect(code, error).toBe('ssh-unavailable');
    expect(error).toContain(said);
    expect(job.scratch()).toEqual([]);
    expect(bed.ecr.requests).toHaveLength(before);
  });

  it('says so of a key that is above the workspace', async () => {
    const job = await bed.job();
    await copyFile(agent.path, join(job.workspace, '..', 'key'));
    expect((await refuse(job, bed, { ssh: 'default=../key' })).code).toBe('path-outside');
  });
});
