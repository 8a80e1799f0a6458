import { cp, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { memberOf, ownArchitecture, readLabels } from '../support/built.ts';
import { addSubmodule, commitFiles, git, publish } from '../support/git-repository.ts';
import { type GitServer, startGitServer } from '../support/git-server.ts';
import { expectHarmless, expectHarmlessSummary, HOSTILE_LINE, HOSTILE_LINES, MARKER } from '../support/hostile.ts';
import { listen, stop } from '../support/listen.ts';

let bed: Bed;
let server: GitServer;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  server = await startGitServer();
});
afterEach(() => bed.endJobs());
afterAll(async () => {
  await bed.close();
  await server.close();
});

describe('names in the event of the workflow', () => {
  const event = { repository: { full_name: HOSTILE_LINE, default_branch: HOSTILE_LINES } };
  it.each([
    ['a branch', 'push', `refs/heads/${HOSTILE_LINE}`],
    ['a tag', 'push', `refs/tags/${HOSTILE_LINES}`],
    ['a pull request', 'pull_request', `refs/pull/${HOSTILE_LINE}/merge`],
  ])('are text: %s', async (_, name, ref) => {
    const names = [
      'GITHUB_HEAD_REF',
      'GITHUB_BASE_REF',
      'GITHUB_REF_NAME',
      'GITHUB_ACTOR',
      'GITHUB_JOB',
      'GITHUB_RUN_ID',
    ];
    const env = Object.fromEntries([...names, 'GITHUB_REPOSITORY'].map((variable) => [variable, HOSTILE_LINES]));
    const job = await bed.job({ event: { name, ref, payload: event }, env });
    await commitAll(job.workspace, '2024-02-29T12:00:00Z');
    const step = await job.step({ ...bed.inputs, imageTag: '' });
    expectHarmless(step);
    expectHarmlessSummary(step);
    expect(step.code, step.output).toBe(0);
    expect(step.outputs.imageFullNameTag).toMatch(/^[\w.:]+\/app:\w[\w.-]{0,127}$/);
    await job.post();
  });
});

describe('values of a build', () => {
  const inputs = {
    buildArgs: `A=${HOSTILE_LINE}`,
    labels: `com.example.a=${HOSTILE_LINE}`,
    annotations: `com.example.a=${HOSTILE_LINE}`,
    secrets: `a=${HOSTILE_LINE}`,
    provenance: 'max',
  };
  const lines = [
    'ARG A',
    'LABEL b="##[error]injected ::error::injected"',
    'COPY text /',
    // What a step prints is none of the action's words: all bytes of it.
    'RUN cat /text; printf "$A"; echo "$A"',
    'RUN --mount=type=secret,id=a cat /run/secrets/a',
  ];
  const text = `${HOSTILE_LINES}\0\n##[error]injected\n`;

  it('and what its steps print are text when it succeeds', async () => {
    const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, ...lines), text } });
    const step = await job.step({ ...bed.inputs, ...inputs, cache: 'none' });
    expectHarmless(step);
    expectHarmlessSummary(step);
    expect(step.code, step.output).toBe(0);
    const image = { registryUrl: bed.registry.url, repository: 'app', reference: step.outputs.imageDigest ?? '' };
    expect(await readLabels(await memberOf(image, ownArchitecture))).toMatchObject({ 'com.example.a': HOSTILE_LINE });
    expect(() => JSON.parse(step.outputs.metadata ?? '')).not.toThrow();
  });

  it.each([
    ['a step that fails', ['RUN cat /text; exit 3']],
    ['a file that is not there', [`COPY ["a ##[error]injected \\u001b[31m", "/"]`]],
    ['an instruction that is none', ['##[error]injected', '::error::injected a', 'RUNN ##[error]injected \u001b[31m']],
    ['the name of a stage', ['FROM scratch AS ##[error]injected']],
    ['an image', ['FROM x.invalid/##[error]injected:\u001b[31m']],
    ['a syntax', ['RUN --mount=type=##[error]injected,id=\u202e true']],
  ])('and what is wrong in a Dockerfile are text: %s', async (_, wrong) => {
    const Dockerfile = `# check=skip=none\n${dockerfile(bed.baseImage, ...lines, ...wrong)}`;
    const step = await (await bed.job({ files: { Dockerfile, text } })).step({
      ...bed.inputs,
      ...inputs,
      push: 'false',
    });
    expectHarmless(step);
    expectHarmlessSummary(step);
    expect(step.code, step.output).toBe(1);
  });
});

describe('names of files', () => {
  const name = `Dockerfile ##[error]injected\n::error::injected\r##[error]injected\u001b[31m\u202e $(id) <b> | \``;

  it('are text where they are proposed', async () => {
    const step = await (await bed.job({ files: { [name]: 'FROM scratch\n' } })).step({
      ...bed.inputs,
      dockerfile: 'no',
    });
    expectHarmless(step);
    expectHarmlessSummary(step);
    expect(step.output).toContain('title=dockerfile-missing');
  });

  it.each([
    ['one line', name.replace('\n', '')],
    ['lines', name],
  ])('are text where a build fails in them: %s', async (_, dockerfileName) => {
    const job = await bed.job({ files: { [dockerfileName]: dockerfile(bed.baseImage, 'RUN exit 3') } });
    const step = await job.step({ ...bed.inputs, dockerfile: dockerfileName, push: 'false' });
    expectHarmless(step);
    expectHarmlessSummary(step);
    expect(step.output).toContain('title=build-failed');
  });
});

describe('a repository', () => {
  it('has names that are text: branch, author, message, submodule', async () => {
    const work = join(server.root, 'work', 'hostile');
    await mkdir(work, { recursive: true });
    await git(work, 'init', '--quiet');
    const commit = await commitFiles(work, { Dockerfile: 'FROM scratch\nCOPY . /\n' });
    await git(
      work,
      'commit',
      '--quiet',
      '--allow-empty',
      '--message',
      HOSTILE_LINES,
      '--author',
      `${HOSTILE_LINE.replaceAll(/[<>\n]/g, '')} <a@b>`,
    );
    const branch = `a-$(touch\${IFS}${MARKER.slice(1)})\`id\`;'"|&>%0A::error::\u202e🚢`.replaceAll(':', '');
    await git(work, 'branch', branch);
    await addSubmodule(work, {
      path: 'sub ##[error]injected',
      url: `https://127.0.0.1:1/##[error]injected\u001b[31m/$(touch ${MARKER})`,
      commit,
    });
    await git(work, 'add', '.gitmodules');
    await git(work, 'commit', '--quiet', '--message', 'submodule');
    await publish(server.root, 'hostile').then((path) =>
      git(server.root, 'clone', '--quiet', '--mirror', path, join(server.root, 'x.git')),
    );
    const job = await bed.job({ files: {} });
    const inputs = { ...bed.inputs, gitCloneUrl: `${server.origin}/x.git`, push: 'false' };
    const good = await job.step({ ...inputs, gitRevision: branch });
    expectHarmless(good);
    expectHarmlessSummary(good);
    expect(good.code, good.output).toBe(0);
    const bad = await job.step(inputs);
    expectHarmless(bad);
    expectHarmlessSummary(bad);
    expect(bad.code, bad.output).toBe(1);
  });

  it('is on a server whose words are text', async () => {
    const packet = (text: string) => `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;
    const web = createServer((_, response) => {
      response.setHeader('content-type', 'application/x-git-upload-pack-advertisement');
      response.end(`${packet('# service=git-upload-pack\n')}0000${packet(`ERR ${HOSTILE_LINES}`)}`);
    });
    const origin = `http://127.0.0.1:${await listen(web, { address: '127.0.0.1', port: 0 })}`;
    const job = await bed.job({ files: {} });
    const step = await job.step({ ...bed.inputs, gitCloneUrl: `${origin}/a.git` });
    await stop(web);
    expectHarmless(step);
    expectHarmlessSummary(step);
    expect(step.output).toContain('title=git-');
  });

  it('runs nothing that a directory of it names, though it looks like a repository itself', async () => {
    const job = await bed.job({ files: { 'app/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n' } });
    await commitAll(job.workspace, '2024-02-29T12:00:00Z');
    const app = join(job.workspace, 'app');
    await writeFile(join(job.workspace, 'run.sh'), `#!/bin/sh\ntouch ${MARKER}\n`, { mode: 0o755 });
    await git(job.workspace, 'clone', '--quiet', '--bare', job.workspace, join(job.temp, 'bare'));
    const bare = join(job.temp, 'bare');
    const plain = await git(bare, 'cat-file', 'commit', 'HEAD');
    const signature = ' -----BEGIN PGP SIGNATURE-----\n \n fake\n -----END PGP SIGNATURE-----'.slice(1);
    await writeFile(join(job.temp, 'commit'), `${plain.replace('\n\n', `\ngpgsig ${signature}\n\n`)}\n`);
    await git(
      bare,
      'update-ref',
      'HEAD',
      await git(bare, 'hash-object', '-t', 'commit', '-w', join(job.temp, 'commit')),
    );
    for (const [name, value] of [
      ['log.showSignature', 'true'],
      ['gpg.program', join(job.workspace, 'run.sh')],
    ] as const) {
      await git(bare, 'config', name, value);
    }
    await cp(bare, app, { recursive: true });
    const step = await job.step({ ...bed.inputs, pathToContext: 'app', push: 'false' });
    expectHarmless(step);
  });
});
