import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Environment } from '../../../src/runner.ts';
import { readSource } from '../../../src/source/source.ts';
import { problemOf } from '../failures.ts';
import { makeDirectory, read, runnerOf } from '../job.ts';

const PERSON = { NAME: 'Ada Example', EMAIL: 'ada@example.com', DATE: '2026-11-21T09:30:05Z' };
const ENV: Environment = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const BY_DIGEST = { push: 'true', pushByDigest: 'true', awsRegion: 'eu-west-1' };
/** What only a clone needs. */
const UNUSED = { scratch: '/fake/scratch', signal: new AbortController().signal };
const SECONDS = Date.parse(PERSON.DATE) / 1000;

function git(directory: string, ...args: readonly string[]): void {
  const people = ['AUTHOR', 'COMMITTER'].flatMap((role) =>
    Object.entries(PERSON).map(([name, value]) => [`GIT_${role}_${name}`, value]),
  );
  execFileSync('git', ['-C', directory, ...args], { env: { ...ENV, ...Object.fromEntries(people) } });
}

interface Given {
  readonly dockerfile?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Environment;
  readonly commit?: boolean;
}

/** Reads the source of a step with `imageTag: v1`. */
async function source({ dockerfile = 'FROM scratch\n', with: given = {}, env = {}, commit = true }: Given) {
  const workspace = await makeDirectory({ Dockerfile: dockerfile });
  if (commit) {
    git(workspace, 'init', '--quiet');
    git(workspace, 'commit', '--quiet', '--allow-empty', '--message', 'one');
  }
  const inputs = await read({ workspace, with: { imageShortName: 'nginx', push: 'false', imageTag: 'v1', ...given } });
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const found = await readSource(inputs, { runner: runnerOf(workspace), env: { ...ENV, ...env }, ...UNUSED, log });
  return { ...found, lines };
}

describe('the frontend', () => {
  it.each([
    ['the built-in one', '# syntax=docker/dockerfile:1\n', {}, 'docker/dockerfile:1'],
    ['the newest built-in one', '# syntax=docker/dockerfile:1.26\n', {}, 'docker/dockerfile:1.26'],
    ['a newer one', '# syntax=docker/dockerfile:1.27\n', {}, undefined],
    [
      'a newer one than an older BuildKit has',
      '# syntax=docker/dockerfile:1.26\n',
      { buildkitVersion: 'v0.31.2' },
      undefined,
    ],
    ['another one', '# syntax=a.example/b:1\n', {}, undefined],
    ['none', 'FROM scratch\n', {}, undefined],
    ['one that is given', '# syntax=docker/dockerfile:1\n', { buildArgs: 'BUILDKIT_SYNTAX=a.example/b:1' }, undefined],
    ['one that BuildKit fetches', '', { pathToContext: 'https://a.example/b.git' }, undefined],
  ])('is %s', async (_, dockerfile, given, builtIn) => {
    const { builtInFrontend, lines } = await source({ dockerfile: `${dockerfile}FROM scratch\n`, with: given });
    expect(builtInFrontend).toBe(builtIn);
    expect(lines).toEqual(
      builtIn === undefined ? [] : [`Dockerfile syntax ${builtIn} is built into BuildKit, nothing is pulled for it`],
    );
  });
});

describe('the date of a reproducible image', () => {
  it.each([
    ['is not asked for', {}, { SOURCE_DATE_EPOCH: '1' }, undefined],
    ["is the commit's", { reproducible: 'true' }, {}, SECONDS],
    ["is the commit's beside a blank variable", { reproducible: 'true' }, { SOURCE_DATE_EPOCH: '' }, SECONDS],
    ["is the variable's", { reproducible: 'true' }, { SOURCE_DATE_EPOCH: '0' }, 0],
  ])('%s', async (_, given, env, epoch) => {
    expect((await source({ with: given, env })).epoch).toBe(epoch);
  });

  it("is the variable's without a commit", async () => {
    const env = { SOURCE_DATE_EPOCH: '1790000000' };
    expect((await source({ with: { reproducible: 'true' }, env, commit: false })).epoch).toBe(1_790_000_000);
  });

  it.each([
    ['no commit', {}, {}, false, 'the source has no commit whose date the image could take'],
    [
      'a context that BuildKit fetches',
      { pathToContext: 'https://a.example/b.git' },
      {},
      true,
      'the source has no commit whose date the image could take',
    ],
    [
      'a variable that is no number',
      {},
      { SOURCE_DATE_EPOCH: 'now' },
      true,
      'SOURCE_DATE_EPOCH is "now", which is no number of seconds',
    ],
  ])('is an error with %s', async (_, given, env, commit, reason) => {
    const problem = await problemOf(() => source({ with: { reproducible: 'true', ...given }, env, commit }));
    expect([problem.code, problem.message]).toEqual(['epoch-unknown', `reproducible: ${reason}.`]);
  });
});

describe('the commit', () => {
  it('is that of the context', async () => {
    expect((await source({})).commit?.date.toISOString()).toBe('2026-11-21T09:30:05.000Z');
  });

  it('is not said of a context that BuildKit fetches', async () => {
    const { commit, tags } = await source({ with: { pathToContext: 'https://a.example/b.git' } });
    expect([commit, tags]).toEqual([undefined, [{ kind: 'tag', tag: 'v1' }]]);
  });

  it('makes the tags when none is given, and the log says them', async () => {
    const { commit, tags, lines } = await source({ with: { imageTag: '' } });
    const tag = `261121_093005-${commit?.sha.slice(0, 7)}`;
    expect(tags.map((entry) => (entry.kind === 'tag' ? entry.tag : ''))).toEqual([tag, 'latest']);
    expect(lines).toEqual([`Tags of this commit: ${tag}, latest`]);
  });

  it('is needed for a tag only', async () => {
    expect((await source({ commit: false })).commit).toBeUndefined();
    const given = { imageTag: '', push: 'true', awsRegion: 'eu-west-1' };
    const problem = await problemOf(() => source({ commit: false, with: given }));
    expect(problem.code).toBe('tag-not-derivable');
    expect(problem.message).toMatch(/^imageTag is not given, and the commit .* cannot be read: .*not a git repository/);
    expect(problem.hint).toContain('git on the PATH');
  });

  it.each([
    ['is not pushed', {}],
    ['is pushed without a tag', BY_DIGEST],
  ])('is not needed for an image that %s', async (_, given) => {
    const { commit, tags, version, lines } = await source({ commit: false, with: { imageTag: '', ...given } });
    expect({ commit, tags, version, lines }).toEqual({ commit: undefined, tags: [], version: undefined, lines: [] });
  });
});

describe('the version', () => {
  const DERIVED = /^261121_093005-[0-9a-f]{7}$/;
  it.each([
    ['the first tag', { imageTag: 'v3,latest' }, 'v3'],
    ['a reference', { imageTag: 'a.example/app:v2,v1' }, 'v2'],
    ['the commit', { imageTag: '' }, expect.stringMatching(DERIVED)],
    ['the commit, also without a tag', { imageTag: '', ...BY_DIGEST }, expect.stringMatching(DERIVED)],
  ])('is that of %s', async (_, given, version) => {
    expect((await source({ with: given })).version).toEqual(version);
  });

  it('brings no tag when the image is pushed by digest, and the log says none', async () => {
    const { tags, lines } = await source({ with: { imageTag: '', ...BY_DIGEST } });
    expect([tags, lines]).toEqual([[], []]);
  });
});
