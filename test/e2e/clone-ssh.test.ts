import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, refuse } from '../support/built.ts';
import { makeSampleRepository, type SampleRepository } from '../support/git-repository.ts';
import { filesHolding } from '../support/leaks.ts';
import { readLayerFile } from '../support/oci.ts';
import { sampleArguments } from '../support/processes.ts';
import { startSshAgent } from '../support/ssh-agent.ts';
import { type SshServer, startSshServer } from '../support/ssh-server.ts';

let bed: Bed;
let server: SshServer;
let directory: string;
let sample: SampleRepository;
let inputs: { gitCloneUrl: string; gitSshKey: string; gitSshKnownHosts: string };
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  server = await startSshServer();
  directory = await mkdtemp('/tmp/bka-git-ssh-');
  const files = { Dockerfile: dockerfile(bed.baseImage, 'COPY . /src') };
  sample = await makeSampleRepository(directory, { name: 'app', files });
  inputs = { gitCloneUrl: server.address(sample.path), gitSshKey: server.key, gitSshKnownHosts: server.knownHosts };
});
afterAll(async () => {
  await bed.close();
  await server.close();
  await rm(directory, { recursive: true });
});

describe('a clone by SSH', () => {
  it('is made with the key, which is nowhere afterwards', async () => {
    const job = await bed.job({ files: {} });
    const { result: built, arguments: seen } = await sampleArguments(() =>
      buildIn(job, bed, { ...inputs, gitRevision: 'v2' }),
    );
    expect(await readLayerFile({ ...built.image, path: 'src/revision.txt' })).toBe('v2');
    expect(built.result.outputs.gitCommitId).toBe(sample.commits.v2);
    const [line = ''] = server.key.split('\n').slice(2);
    expect(built.result.masks.join('\n')).toContain(line);
    expect(built.result.log).not.toContain(line);
    expect([...seen].some((argument) => argument.includes(line))).toBe(false);
    expect([...seen].some((argument) => argument.includes('StrictHostKeyChecking=yes'))).toBe(true);
    expect(await filesHolding([line], [job.workspace, job.temp, job.home, ...job.scratch()])).toEqual([]);
  });

  it.each([
    ['a commit that is on no tip', (commits: SampleRepository['commits']) => commits.before],
    ['the first digits of one', (commits: SampleRepository['commits']) => commits.before.slice(0, 8)],
  ])('finds %s', async (_, revision) => {
    const { result } = await buildIn(await bed.job({ files: {} }), bed, {
      ...inputs,
      gitRevision: revision(sample.commits),
    });
    expect(result.outputs.gitCommitId).toBe(sample.commits.before);
  });

  it('takes a key from a file, with the line ends of Windows and none at the end', async () => {
    const job = await bed.job({ files: { 'keys/deploy': server.key.trimEnd().replaceAll('\n', '\r\n') } });
    await buildIn(job, bed, { ...inputs, gitSshKey: 'keys/deploy' });
  });

  it('uses the agent of the job where no key is given', async () => {
    const agent = await startSshAgent();
    try {
      const env = { PATH: process.env.PATH, SSH_AUTH_SOCK: agent.socket };
      await promisify(execFile)('ssh-add', ['-q', server.keyFile.path], { env });
      const job = await bed.job({ files: {}, env: { SSH_AUTH_SOCK: agent.socket } });
      const { gitSshKey, ...others } = inputs;
      await buildIn(job, bed, others);
    } finally {
      await agent.close();
    }
  });

  it('does not use a key of the agent in place of the one that is given', async () => {
    const agent = await startSshAgent();
    try {
      const env = { PATH: process.env.PATH, SSH_AUTH_SOCK: agent.socket };
      await promisify(execFile)('ssh-add', ['-q', server.keyFile.path], { env });
      const job = await bed.job({ files: {}, env: { SSH_AUTH_SOCK: agent.socket } });
      expect((await refuse(job, bed, { ...inputs, gitSshKey: server.otherKey })).code).toBe('git-denied');
    } finally {
      await agent.close();
    }
  });
});

describe('a clone by SSH is not made', () => {
  it('with a key that the repository does not know', async () => {
    const { code, error } = await refuse(await bed.job({ files: {} }), bed, { ...inputs, gitSshKey: server.otherKey });
    expect(code, error).toBe('git-denied');
    expect(error).toContain(`${server.host} does not take the SSH key`);
    expect(error).toContain('Add the public part of gitSshKey as a deploy key');
  });

  it('from a host whose key is not known', async () => {
    const { gitSshKnownHosts, ...others } = inputs;
    const { code, error } = await refuse(await bed.job({ files: {} }), bed, others);
    expect(code, error).toBe('git-host-unknown');
    expect(error).toContain(`ssh-keyscan -p ${server.host.split(':')[1]} 127.0.0.1`);
  });

  it('from a host that is not among the lines that are given', async () => {
    const given = { ...inputs, gitSshKnownHosts: 'other.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfake\n' };
    const { code, error } = await refuse(await bed.job({ files: {} }), bed, given);
    expect([code, error]).toEqual(['git-host-unknown', expect.stringContaining('A host key is not known')]);
  });

  it('from a host that has another key, and nobody has been asked for a login', async () => {
    const given = { ...inputs, gitSshKnownHosts: server.otherKnownHosts };
    const logged = server.log().length;
    const { code, error } = await refuse(await bed.job({ files: {} }), bed, given);
    expect([code, error]).toEqual([
      'git-host-unknown',
      expect.stringContaining('is another one than the one that is known'),
    ]);
    expect(server.log().slice(logged)).not.toContain('Accepted');
  });

  it('by a configuration of the machine that would take any key', async () => {
    const job = await bed.job({ files: {} });
    const config = join(directory, 'config');
    await writeFile(config, 'Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n');
    job.env.GIT_SSH_COMMAND = `ssh -F ${config}`;
    const { code } = await refuse(job, bed, { ...inputs, gitSshKnownHosts: server.otherKnownHosts });
    expect(code).toBe('git-host-unknown');
  });

  it('without a key and an agent, or with what is no key', async () => {
    const { gitSshKey, ...others } = inputs;
    expect((await refuse(await bed.job({ files: {} }), bed, others)).code).toBe('git-key-missing');
    const publicKey = await readFile(`${server.keyFile.path}.pub`, 'utf8');
    const job = await bed.job({ files: { 'id.pub': publicKey } });
    expect((await refuse(job, bed, { ...inputs, gitSshKey: 'id.pub' })).code).toBe('git-key-malformed');
  });
});
