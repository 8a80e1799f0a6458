import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { git } from '../support/git-repository.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import type { Job, JobOptions } from '../support/job.ts';
import { startRemoteDaemon } from '../support/remote-daemon.ts';
import { runnerCommands } from '../support/runner-commands.ts';

const OWN = 'https://github.com/org/app';
let bed: Bed;
let server: GitServer;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  server = await startGitServer();
});
afterAll(async () => {
  await bed.close();
  await server.close();
});

/** Runs a step. @returns the commands that the runner obeys in its output, errors and warnings apart */
async function run(job: Job, inputs: Readonly<Record<string, string>> = {}) {
  const result = await job.step({ ...bed.inputs, push: 'false', ...inputs });
  const commands = runnerCommands(result.output);
  const named = (name: string) => commands.filter((command) => command.name === name);
  const [error, ...others] = named('error');
  expect(others).toEqual([]);
  expect(result.code, result.output).toBe(error === undefined ? 0 : 1);
  return { ...result, commands, error, warnings: named('warning') };
}

/** The same with these files as the workspace. */
async function runWith(files: JobOptions['files'], inputs: Readonly<Record<string, string>> = {}) {
  return run(await bed.job(files === undefined ? {} : { files }), inputs);
}

/** Where the only error of a step is shown. */
function placeOf({ error }: Awaited<ReturnType<typeof run>>) {
  const { file, line, endLine } = error?.properties ?? {};
  return [file, line, endLine];
}

/** The lines of the log after the group of the build, which come before the error. */
function afterBuild(log: string): string[] {
  const lines = log.split('\n');
  const error = lines.findIndex((line) => line.startsWith('::error '));
  return lines.slice(lines.lastIndexOf('::endgroup::', error) + 1, error);
}

describe('a step of a Dockerfile that fails', () => {
  it('is shown on its lines, with its command, its exit code and what it has printed last', async () => {
    const failed = await runWith({
      Dockerfile: dockerfile(
        bed.baseImage,
        'ENV A=1',
        'RUN echo before && \\',
        '  echo "the reason" && exit 42',
        'ENV B=2',
      ),
    });
    expect(failed.error?.properties).toEqual({ title: 'build-failed', file: 'Dockerfile', line: '3', endLine: '4' });
    expect(failed.error?.data).toMatch(/^process "\/bin\/sh -c echo before && .*exit code: 42\n/);
    expect(failed.error?.data).toMatch(/\nLast lines of \[2\/2\] RUN .*\n[\d.]+ before\n[\d.]+ the reason\n/);
    expect(afterBuild(failed.log)).toEqual([
      'The build failed at Dockerfile, lines 3 to 4:',
      '    2 |     ENV A=1',
      '    3 | >>> RUN echo before && \\',
      '    4 | >>>   echo "the reason" && exit 42',
      '    5 |     ENV B=2',
    ]);
  });

  const Q = ['RUN <<EOF', 'set -e', 'echo "error: no"', 'false', 'EOF'];
  it.each<readonly [string, readonly string[], readonly [string, string], string]>([
    ['a heredoc', [...Q, 'RUN true'], ['2', '6'], 'exit code: 1'],
    [
      'a long heredoc',
      ['RUN <<EOF', ...Array.from({ length: 200 }, (_, at) => `echo ${at}`), 'false', 'EOF'],
      ['2', '204'],
      'exit code: 1',
    ],
    [
      'what is no instruction',
      ['RUNN echo'],
      ['2', '2'],
      'dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
    ],
    ['a file that is not there', ['ENV A=1', 'COPY missing.txt /'], ['3', '3'], '"/missing.txt": not found'],
    [
      'a checksum that is wrong',
      ['ENV A=1', `ADD --checksum=sha256:${'0'.repeat(64)} \\`, '  URL/v2/ /x'],
      ['3', '4'],
      'digest mismatch',
    ],
    ['a later stage', ['FROM scratch AS two', 'COPY --from=0 /nothing /'], ['3', '3'], '"/nothing": not found'],
    [
      'the last of 10,000 lines',
      [...Array.from({ length: 9998 }, (_, at) => `# ${at}`), 'RUN false'],
      ['10000', '10000'],
      'exit code: 1',
    ],
    [
      'a secret that is not given',
      ['RUN --mount=type=secret,id=a,required=true true'],
      ['2', '2'],
      'secret a: not found',
    ],
  ])('is shown there: %s', async (_, lines, place, said) => {
    const text = dockerfile(bed.baseImage, ...lines).replace('URL', bed.registry.url);
    const failed = await runWith({ Dockerfile: text });
    expect(placeOf(failed)).toEqual(['Dockerfile', ...place]);
    expect(failed.error?.data).toContain(said);
    expect(afterBuild(failed.log).length).toBeLessThan(30);
  });

  it('is shown where lines end as on Windows', async () => {
    const text = dockerfile(bed.baseImage, 'RUN echo a && \\', '  exit 3').replaceAll('\n', '\r\n');
    const failed = await runWith({ Dockerfile: text });
    expect(placeOf(failed)).toEqual(['Dockerfile', '2', '3']);
    expect(afterBuild(failed.log)).toContain('    3 | >>>   exit 3');
  });

  it('is shown at FROM when the image cannot be pulled', async () => {
    const failed = await runWith({ Dockerfile: `FROM scratch\nFROM ${bed.registry.host}/base/missing:1\n` });
    expect(failed.error?.properties.title).toBe('base-image-unavailable');
    expect(placeOf(failed)).toEqual(['Dockerfile', '2', '2']);
  });

  it('is shown at the frontend that cannot be pulled', async () => {
    const failed = await runWith({ Dockerfile: `# syntax=${bed.registry.host}/base/missing:1\nFROM scratch\n` });
    expect(placeOf(failed)).toEqual(['Dockerfile', '1', '1']);
  });

  it('is shown at FROM when the base image has asked for it', async () => {
    const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, 'ONBUILD RUN echo later && false') } });
    const { outputs } = await job.step({ ...bed.inputs, imageTag: 'onbuild', cache: 'none' });
    expect(outputs.imageDigest).toMatch(/^sha256:/);
    const failed = await runWith({ Dockerfile: `# one\nFROM ${bed.registry.host}/app:onbuild\nRUN true\n` });
    expect(placeOf(failed)).toEqual(['Dockerfile', '2', '2']);
  });

  it('has no lines when it is not in the Dockerfile', async () => {
    const failed = await runWith({ Dockerfile: dockerfile(bed.baseImage) }, { target: 'nope' });
    expect(failed.error?.properties).toEqual({ title: 'target-missing' });
  });
});

describe('what a build prints', () => {
  const INJECTED = [
    '::error::injected',
    '##[error]injected',
    ' ::warning::injected',
    'x ##[add-mask]injected',
    '::stop-commands::injected',
    '##[set-output name=a]injected',
  ];
  const printed = (line: string) => `printf '${line}\\n'`;

  it('is text in the log, in the excerpt and in the error', async () => {
    const commands = [
      ...INJECTED.map(printed),
      `printf '\\033[31mred\\033[0m \\033]0;title\\007 nul \\000 cr\\r::error::injected\\r##[error]injected\\n'`,
      'head -c 100000 /dev/zero | tr "\\0" a',
      'echo',
      ...INJECTED.map(printed),
      `printf 'over\\r::error::injected\\033[2K\\n'`,
      'exit 9',
    ];
    const failed = await runWith({
      Dockerfile: dockerfile(bed.baseImage, `# ${INJECTED[1]}`, `RUN ${commands.join('; ')}`, `# ${INJECTED[3]}`),
    });
    const others = failed.commands.filter(
      ({ name }) => !['add-mask', 'group', 'endgroup', 'error', 'debug'].includes(name),
    );
    expect(others).toEqual([]);
    expect(failed.commands.filter(({ name, data }) => name !== 'error' && data.includes('injected'))).toEqual([]);
    expect(placeOf(failed)).toEqual(['Dockerfile', '3', '3']);
    expect(failed.error?.data).toContain('exit code: 9');
    expect(failed.error?.data).not.toContain('##[');
    expect(failed.error?.data.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(failed.error?.data.length).toBeLessThan(4096);
    expect(failed.error?.data).toMatch(/\nMore: \S+#build-failed$/);
    expect(Math.max(...afterBuild(failed.log).map((line) => line.length))).toBeLessThan(250);
  });

  it('is text in warnings', async () => {
    const lines = INJECTED.map((line) => `WORKDIR ${line.replace('::stop', 'x\\r::stop')}`);
    const { warnings, commands } = await runWith({ Dockerfile: ['FROM scratch', ...lines, ''].join('\n') });
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.filter(({ data }) => data.includes('##['))).toEqual([]);
    expect(commands.filter(({ name, data }) => name !== 'warning' && data.includes('injected'))).toEqual([]);
  });
});

const LINTED = ['FROM scratch as one', 'ENV API_TOKEN=abc', 'COPY Dockerfile /$MISSING', 'MAINTAINER me', ''].join(
  '\n',
);

describe('warnings of a build', () => {
  it('are annotations, those first that can break something', async () => {
    const { warnings, code } = await runWith({ Dockerfile: LINTED });
    expect(code).toBe(0);
    expect(warnings.map(({ properties }) => properties)).toEqual([
      { title: 'SecretsUsedInArgOrEnv', file: 'Dockerfile', line: '2', endLine: '2' },
      { title: 'UndefinedVar', file: 'Dockerfile', line: '3', endLine: '3' },
      { title: 'FromAsCasing', file: 'Dockerfile', line: '1', endLine: '1' },
      { title: 'MaintainerDeprecated', file: 'Dockerfile', line: '4', endLine: '4' },
    ]);
    expect(warnings[1]?.data).toMatch(
      /^Usage of undefined variable '\$MISSING'\n.*\nMore: https:\/\/docs\.docker\.com\/go\/dockerfile\/rule\/undefined-var\/$/,
    );
  });

  it('are ten at most, the others are counted', async () => {
    const lines = Array.from({ length: 13 }, (_, at) => `ENV a${at} b`);
    const { warnings } = await runWith({ Dockerfile: dockerfile(bed.baseImage, ...lines, 'ENV B=$MISSING') });
    expect(warnings).toHaveLength(10);
    expect(warnings[0]?.properties.title).toBe('UndefinedVar');
    expect(warnings[9]?.data).toMatch(/\n4 more warnings of BuildKit are in the log of the build\.$/);
    expect(warnings[8]?.data).not.toContain('more warnings');
  });

  it('come once for all machines', async () => {
    const daemons = await Promise.all([1, 2].map(() => startRemoteDaemon({ toolchain: bed.toolchain })));
    const [one, two] = daemons.map(({ address }) => `${address} insecure`);
    const { warnings } = await runWith(
      { Dockerfile: LINTED },
      { platforms: 'linux/amd64,linux/arm64', buildkitHost: `linux/amd64=${one}\nlinux/arm64=${two}` },
    );
    expect(warnings).toHaveLength(4);
    const failed = await runWith(
      { Dockerfile: `${LINTED}COPY missing /\n` },
      { platforms: 'linux/amd64,linux/arm64', buildkitHost: `linux/amd64=${one}\nlinux/arm64=${two}` },
    );
    expect(placeOf(failed)).toEqual(['Dockerfile', '5', '5']);
    expect(failed.error?.data).toMatch(/^linux\/(?:amd64|arm64): /);
    await Promise.all(daemons.map((daemon) => daemon.close()));
  });

  it('come once for all platforms, also of a build that fails', async () => {
    const { warnings, error } = await runWith(
      { Dockerfile: 'FROM scratch as one\nENV A=$B\nCOPY missing /\n' },
      { platforms: 'linux/amd64,linux/arm64' },
    );
    expect(error?.properties).toMatchObject({ file: 'Dockerfile', line: '3' });
    expect(warnings.map(({ properties }) => properties.title)).toEqual(['UndefinedVar', 'FromAsCasing']);
  });
});

describe('the file of an annotation', () => {
  const failing = () => dockerfile(bed.baseImage, 'RUN false');
  /** Checks files out, as actions/checkout does, from this repository. */
  async function checkOut(directory: string, remote: string, files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(directory, name, '..'), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    await commitAll(directory, '2024-02-29T12:00:00Z');
    await git(directory, 'remote', 'add', 'origin', remote);
  }

  it.each([
    ['of a checkout', '', '', { dockerfile: 'a b/Dockerfile, dev' }, 'a b/Dockerfile, dev'],
    [
      'of a checkout below the workspace',
      'main/app',
      '',
      { pathToContext: 'main/app', dockerfile: 'a b/Dockerfile, dev' },
      'a b/Dockerfile, dev',
    ],
    ['of a checkout below the context', 'main', '', { dockerfile: 'main/a b/Dockerfile, dev' }, 'a b/Dockerfile, dev'],
    ['of a context of its own', '', '', { pathToContext: 'a b', dockerfile: 'Dockerfile, dev' }, 'a b/Dockerfile, dev'],
    [
      'beside the context',
      'main',
      '',
      { pathToContext: 'main/other', dockerfile: 'WORKSPACE/main/a b/Dockerfile, dev' },
      'a b/Dockerfile, dev',
    ],
    ['through a link', '', '', { pathToContext: 'other', dockerfile: 'WORKSPACE/other/link' }, 'a b/Dockerfile, dev'],
    [
      'of a checkout by SSH',
      '',
      'git@github.com:Org/App.git',
      { dockerfile: 'a b/Dockerfile, dev' },
      'a b/Dockerfile, dev',
    ],
    [
      'of another repository',
      'tools',
      'https://github.com/org/tools',
      { pathToContext: 'tools', dockerfile: 'a b/Dockerfile, dev' },
      undefined,
    ],
  ])('%s', async (_, place, remote, inputs, file) => {
    const job = await bed.job({ files: {} });
    await checkOut(join(job.workspace, place), remote || OWN, { 'a b/Dockerfile, dev': failing(), 'other/a.txt': '' });
    await symlink('../a b/Dockerfile, dev', join(job.workspace, place, 'other/link'));
    const given = Object.entries(inputs).map(([name, value]) => [name, value.replace('WORKSPACE', job.workspace)]);
    const failed = await run(job, Object.fromEntries(given));
    expect(placeOf(failed)).toEqual(file === undefined ? [undefined, undefined, undefined] : [file, '2', '2']);
    expect(failed.error?.data.startsWith('Dockerfile, dev:2: process')).toBe(file === undefined);
  });

  it('is none outside of the workspace', async () => {
    const job = await bed.job({ files: { 'a.txt': '' } });
    const outside = join(job.temp, 'Dockerfile');
    await writeFile(outside, failing());
    expect(placeOf(await run(job, { dockerfile: outside }))).toEqual([undefined, undefined, undefined]);
    await rm(outside);
  });

  it('is none in a context that BuildKit fetches', async () => {
    const { url } = await server.addRepository('context', { Dockerfile: failing() });
    const failed = await runWith({}, { pathToContext: url });
    expect(failed.error?.properties).toEqual({ title: 'build-failed' });
    expect(failed.error?.data).toMatch(/^Dockerfile:2: process/);
    expect(failed.log).toContain('    2 | >>> RUN false');
  });

  it('is none in a clone of another repository, and there in one of its own', async () => {
    const { url } = await server.addRepository('cloned', { 'web/Dockerfile': failing() });
    const inputs = { gitCloneUrl: url, pathToContext: 'web' };
    expect(placeOf(await runWith({}, inputs))).toEqual([undefined, undefined, undefined]);
    const { origin, pathname } = new URL(url);
    const own = await bed.job({
      files: {},
      env: { GITHUB_SERVER_URL: origin, GITHUB_REPOSITORY: pathname.replace(/^\/|\.git$/g, '') },
    });
    expect(placeOf(await run(own, inputs))).toEqual(['web/Dockerfile', '2', '2']);
  });

  it('is none when an argument takes the Dockerfile from elsewhere', async () => {
    const job = await bed.job({ files: { Dockerfile: 'FROM scratch\n', 'else/Dockerfile': failing() } });
    const failed = await run(job, { extraArgs: `--local dockerfile="${job.workspace}/else"` });
    expect(failed.error?.properties).toEqual({ title: 'build-failed' });
  });
});
