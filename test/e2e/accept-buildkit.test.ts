import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Ended, runProgram } from '../support/program-run.ts';
import { openProject, ROOT } from '../support/proposals.ts';

/** The script of .github/workflows/propose-buildkit.yml that runs where a branch may be pushed, and trusts nothing that it is handed. */

const NEW = 'v0.33.1';

let project: Awaited<ReturnType<typeof openProject>>;
beforeEach(async () => {
  project = await openProject();
});
afterEach(() => project.remove());

/** As that job has them, where no packages are installed. */
async function copyScripts(): Promise<void> {
  for (const name of ['scripts/accept-buildkit.ts', 'scripts/propose-buildkit/table.ts', 'src/json.ts']) {
    const copy = join(project.root, name);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(ROOT, name), copy);
  }
  await writeFile(join(project.root, 'package.json'), '{"type":"module"}');
}

const added = { 'linux-amd64': 'a'.repeat(64), 'linux-arm64': 'b'.repeat(64) };

describe('the job that may push', () => {
  const accept = async (proposed: unknown): Promise<Ended> => {
    const { root } = project;
    await writeFile(join(root, 'proposed.json'), JSON.stringify(proposed));
    await copyScripts();
    return runProgram([process.execPath, join(root, 'scripts/accept-buildkit.ts'), '--proposed', 'proposed.json'], {
      cwd: root,
      env: {},
    });
  };
  const table = async () => JSON.parse((await project.state())[1] ?? '');

  it('takes over what has the form of a version', async () => {
    const before = await table();
    const proposed = { ...before, releases: { [NEW]: added, ...before.releases }, other: 'text' };
    const ended = await accept(proposed);
    expect(ended).toEqual({ code: 0, output: `${NEW}\n` });
    expect(await table()).toEqual({ ...before, releases: { [NEW]: added, ...before.releases } });
    expect((await project.state())[0]).toContain('the action holds (`v0.33.1`, ');
  });

  it.each([
    ['changes a checksum', { 'v0.32.2': added }, {}, /may only add versions/],
    ['changes the default', { [NEW]: added }, { default: NEW }, /changes the default/],
    ['has a version that is none', { 'v1.0.0`\n': added }, {}, /is not a version with/],
    [
      'has a checksum that is none',
      { [NEW]: { ...added, 'linux-arm64': '$(id)' } },
      {},
      /has no SHA-256 for linux-arm64/,
    ],
    ['lacks a platform', { [NEW]: { 'linux-amd64': 'a'.repeat(64) } }, {}, /is not a version with/],
    ['adds nothing', {}, {}, /adds no version/],
  ])('refuses a table that %s', async (_, releases, others, reason) => {
    const before = await project.state();
    const proposed = await table();
    const ended = await accept({ ...proposed, releases: { ...proposed.releases, ...releases }, ...others });
    expect(ended.code).toBe(1);
    expect(ended.output).toMatch(reason);
    expect(await project.state()).toEqual(before);
  });

  it('refuses a table that takes a version away', async () => {
    const before = await project.state();
    const { releases, ...others } = await table();
    const { 'v0.31.2': _, ...fewer } = releases;
    const ended = await accept({ ...others, releases: { [NEW]: added, ...fewer } });
    expect(ended.output).toMatch(/changes v0\.31\.2; it may only add versions/);
    expect(await project.state()).toEqual(before);
  });
});

describe('the workflow', () => {
  /** The shell of a step of the job that may push. */
  async function stepOf(name: string): Promise<string> {
    const { jobs } = parse(await readFile(join(ROOT, '.github/workflows/propose-buildkit.yml'), 'utf8'));
    const { run }: { run: string } = jobs.propose.steps.find((step: { name?: string }) => step.name === name);
    return run;
  }

  it('pushes a commit of table and README, opens one pull request for it, and no second one', async () => {
    const { root } = project;
    const git = async (...args: readonly string[]) => (await promisify(execFile)('git', args, { cwd: root })).stdout;
    const [bin, temp, origin] = [join(root, 'bin'), join(root, 'temp'), join(root, 'origin')];
    await Promise.all([bin, join(temp, 'proposal')].map((directory) => mkdir(directory, { recursive: true })));
    await writeFile(join(root, '.gitignore'), '/bin\n/temp\n/tmp\n/origin\n/home\n');
    await copyScripts();
    await git('init', '--quiet', '--initial-branch=main');
    await git('init', '--quiet', '--bare', origin);
    await git('remote', 'add', 'origin', origin);
    await git('add', '--all');
    await git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message', 'begin');
    // Writes down how it was called, and what the pull request says.
    const gh = [
      '#!/bin/sh',
      'echo "$*" >>"$RUNNER_TEMP/gh"',
      'while [ $# -gt 0 ]; do',
      '[ "$1" = --body-file ] && cp "$2" "$RUNNER_TEMP/body"',
      'shift; done',
      'exit 0',
    ];
    await writeFile(join(bin, 'gh'), `${gh.join('\n')}\n`, { mode: 0o755 });
    const table = JSON.parse((await project.state())[1]);
    const releases = { [NEW]: added, 'v0.32.3': added, ...table.releases };
    await writeFile(join(temp, 'proposal/releases.json'), JSON.stringify({ ...table, releases }));
    await writeFile(join(temp, 'proposal/message.md'), 'Hold the checksums, $(touch escaped)\n\nThe evidence.\n');
    const env = {
      PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`,
      HOME: root,
      RUNNER_TEMP: temp,
      GITHUB_OUTPUT: join(temp, 'output'),
      BRANCH: 'buildkit-v0.33.1-v0.32.3',
    };
    const bash = async (script: string) => {
      const ended = await runProgram(['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
        cwd: root,
        env,
      });
      expect(ended.code, ended.output).toBe(0);
    };
    await bash(await stepOf('Take over versions and checksums'));
    expect(await readFile(env.GITHUB_OUTPUT, 'utf8')).toBe(`branch=${env.BRANCH}\n`);
    await bash(await stepOf('Push a branch and open a pull request'));
    expect(await git('--git-dir', origin, 'log', '--format=%B', env.BRANCH, '-1')).toBe(
      await readFile(join(temp, 'proposal/message.md'), 'utf8').then((text) => `${text}\n`),
    );
    expect(await git('diff', '--name-only', 'main', env.BRANCH)).toBe('README.md\nsrc/buildkit/releases.json\n');
    expect(await readFile(join(temp, 'body'), 'utf8')).toMatch(
      /^The evidence\.\n\nBefore the merge: run `npm run build`/,
    );
    await git('switch', '--quiet', 'main');
    await bash(await stepOf('Push a branch and open a pull request'));
    const calls = await readFile(join(temp, 'gh'), 'utf8');
    expect(calls.match(/^pr create .*$/gm)).toEqual([
      `pr create --head ${env.BRANCH} --title Hold the checksums, $(touch escaped) --body-file ${temp}/body.md`,
    ]);
    expect(await readdir(root)).not.toContain('escaped');
  });
});
