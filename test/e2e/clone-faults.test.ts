import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { refuse } from '../support/built.ts';
import { lfsPointer } from '../support/git-lfs.ts';
import { commitFiles, git, makeSampleRepository, publish, type SampleRepository } from '../support/git-repository.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { filesHolding } from '../support/leaks.ts';
import { openDirectory } from '../support/namespace.ts';
import { processesNaming } from '../support/processes.ts';
import { findProgram } from '../support/programs.ts';
import { startSshServer } from '../support/ssh-server.ts';
import { waitFor } from '../support/wait.ts';
import { startWorker } from '../support/worker.ts';

let bed: Bed;
let server: GitServer;
let sample: SampleRepository;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  server = await startGitServer();
  sample = await makeSampleRepository(server.root, { name: 'app', files: { Dockerfile: dockerfile(bed.baseImage) } });
});
afterAll(async () => {
  await bed.close();
  await server.close();
});

/** What a daemon is started and removed with. */
const SYSTEM = ['sh', 'setsid', 'cut', 'rm', 'sleep', 'umount', 'find', 'rmdir'];

/** A directory with some of the programs of this machine. */
async function directoryOf(names: readonly string[]): Promise<string> {
  const directory = await openDirectory();
  await Promise.all(names.map((name) => symlink(findProgram(name) ?? '', join(directory, name))));
  return directory;
}

/** Tries to clone: the step has to fail, and leave nothing of the clone behind. */
async function refuseClone(inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const job = await bed.job({ files: {}, env });
  const { code, error, result } = await refuse(job, bed, inputs);
  expect(await readdir(join(job.workspace, 'source')).catch(() => [])).toEqual([]);
  expect(processesNaming(job.workspace)).toEqual([]);
  return { code, error, result };
}

describe('a clone that fails leaves nothing behind, and says why', () => {
  it.each([
    ['a branch that is not there', 'no-such-branch'],
    ['a commit that is not there', '0123456789'.repeat(4)],
    ['first digits that nothing has', '0123456'],
    ['an expression', 'v1.0'],
  ])('a revision: %s', async (_, gitRevision) => {
    const { code, error } = await refuseClone({ gitCloneUrl: `${server.origin}/app.git`, gitRevision });
    expect([code, error]).toEqual([
      'git-revision-unknown',
      expect.stringContaining(`no branch, tag or commit ${gitRevision}`),
    ]);
  });

  it('first digits that several commits have', async () => {
    const work = join(server.root, 'work', 'many');
    await mkdir(work, { recursive: true });
    await git(work, 'init', '--quiet');
    const commits: string[] = [];
    const seen = new Map<string, string>();
    let twice: string | undefined;
    while (twice === undefined) {
      const commit = await commitFiles(work, { number: String(commits.push('')) });
      const start = commit.slice(0, 4);
      twice = seen.has(start) ? start : undefined;
      seen.set(start, commit);
    }
    await publish(server.root, 'many');
    const { code, error } = await refuseClone({ gitCloneUrl: `${server.origin}/many.git`, gitRevision: twice });
    expect(code, error).toBe('git-revision-ambiguous');
    expect(error).toMatch(new RegExp(`begin with ${twice}: ${twice}\\w+, ${twice}\\w+`));
  });

  it('a repository without a commit', async () => {
    await git(server.root, 'init', '--quiet', '--bare', 'empty.git');
    const { code } = await refuseClone({ gitCloneUrl: `${server.origin}/empty.git` });
    expect(code).toBe('git-repository-empty');
  });

  it('no such repository', async () => {
    const { code, error } = await refuseClone({ gitCloneUrl: `${server.origin}/no-such.git` });
    expect([code, error]).toEqual(['git-repository-missing', expect.stringContaining(`${server.origin}/no-such.git`)]);
  });

  it('nobody who listens, after three attempts', async () => {
    const gone = await startGitServer();
    await gone.close();
    const { code, error } = await refuseClone({ gitCloneUrl: `${gone.origin}/app.git` });
    expect([code, error]).toEqual(['git-unreachable', expect.stringContaining(`${gone.host} cannot be reached`)]);
  });

  it('a program git that is not there', async () => {
    const PATH = await directoryOf(SYSTEM);
    const { code } = await refuseClone({ gitCloneUrl: `${server.origin}/app.git` }, { PATH });
    expect(code).toBe('git-missing');
  });

  it('large files without git-lfs', async () => {
    const work = join(server.root, 'work', 'app');
    await git(work, 'config', 'filter.lfs.clean', 'cat');
    await git(work, 'checkout', '--quiet', '-B', 'large', sample.commits.main);
    const { text } = lfsPointer(Buffer.from('large'));
    await commitFiles(work, { 'deep/.gitattributes': '*.bin filter=lfs\n', 'deep/large.bin': text });
    await git(sample.path, 'fetch', '--quiet', work, '+large:large');
    const inputs = { gitCloneUrl: `${server.origin}/app.git`, gitRevision: 'large' };
    const { code } = await refuseClone(inputs, { PATH: await directoryOf([...SYSTEM, 'git']) });
    expect(code).toBe('git-lfs-missing');
  });

  it('servers that stop answering, by HTTP and by SSH', { timeout: 150_000 }, async () => {
    const [silent, silentSsh] = [
      await startGitServer({ stalls: true }),
      await startSshServer({ command: 'sleep 300' }),
    ];
    try {
      await makeSampleRepository(silent.root, { name: 'app', files: {} });
      const ssh = {
        gitCloneUrl: silentSsh.address('/app.git'),
        gitSshKey: silentSsh.key,
        gitSshKnownHosts: silentSsh.knownHosts,
      };
      const results = await Promise.all([refuseClone({ gitCloneUrl: `${silent.origin}/app.git` }), refuseClone(ssh)]);
      const said = 'Git has made no progress for 60 s';
      expect(results.map(({ code, error }) => [code, error.slice(0, said.length)])).toEqual([
        ['git-stalled', said],
        ['git-stalled', said],
      ]);
    } finally {
      await silent.close();
      await silentSsh.close();
    }
  });

  it('a job that is killed, after which the next run on the machine ends what goes on', async () => {
    const silent = await startGitServer({ stalls: true, login: 'x-access-token:fake-token' });
    try {
      await makeSampleRepository(silent.root, { name: 'app', files: {} });
      const job = await bed.job({ files: {} });
      const worker = await startWorker(job, {
        ...bed.inputs,
        gitCloneUrl: `${silent.origin}/app.git`,
        gitToken: 'fake-token',
      });
      const fetching = () => silent.requests.some(({ path }) => path.endsWith('/git-upload-pack'));
      await waitFor(fetching, 'the fetch');
      await worker.kill();
      expect(processesNaming(`${silent.host}/app.git`)).not.toEqual([]);
      await (await bed.job()).step(bed.inputs);
      expect(processesNaming(`${silent.host}/app.git`)).toEqual([]);
      expect(await filesHolding(['fake-token'], ['/tmp/buildkit-aws-0', job.temp])).toEqual([]);
    } finally {
      await silent.close();
    }
  });

  it('a step that is cancelled', async () => {
    const silent = await startGitServer({ stalls: true });
    try {
      await makeSampleRepository(silent.root, { name: 'app', files: {} });
      const job = await bed.job({ files: {} });
      const cancelling = new AbortController();
      const running = job.step(
        { ...bed.inputs, gitCloneUrl: `${silent.origin}/app.git` },
        { signal: cancelling.signal },
      );
      while (!silent.requests.some(({ path }) => path.endsWith('/git-upload-pack'))) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      cancelling.abort();
      const { code, errors } = await running;
      expect([code, errors[0]?.split('\n')[0]]).toEqual([1, 'The step was cancelled.']);
      expect(await readdir(join(job.workspace, 'source'))).toEqual([]);
      expect(processesNaming(`${silent.host}/app.git`)).toEqual([]);
    } finally {
      await silent.close();
    }
  });
});
