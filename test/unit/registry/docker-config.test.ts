import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NO_DOCKER_CONFIG } from '../../../src/plan/docker-config.ts';
import { readRunnerConfig, writeDockerConfig } from '../../../src/registry/docker-config.ts';
import { makeDirectory } from '../job.ts';

const AUTH = Buffer.from('user:fake-password').toString('base64');
const CONFIG = { auths: { 'a.example': { auth: AUTH } } };

/** A home with that configuration. */
function makeHome(config: unknown): Promise<string> {
  return makeDirectory({ '.docker/config.json': typeof config === 'string' ? config : JSON.stringify(config) });
}

describe("the runner's Docker configuration", () => {
  it('is at home', async () => {
    const HOME = await makeHome(CONFIG);
    expect(await readRunnerConfig({ HOME })).toEqual({ config: { ...NO_DOCKER_CONFIG, ...CONFIG }, problems: [] });
  });

  it('is where DOCKER_CONFIG says', async () => {
    const HOME = await makeHome('broken');
    const DOCKER_CONFIG = await makeDirectory({ 'config.json': JSON.stringify(CONFIG) });
    expect(await readRunnerConfig({ HOME, DOCKER_CONFIG })).toMatchObject({ config: CONFIG, problems: [] });
    expect((await readRunnerConfig({ HOME, DOCKER_CONFIG: '' })).problems).toHaveLength(1);
  });

  it.each([
    ['missing', async () => makeDirectory()],
    ['empty', async () => makeHome(' \n')],
    ['below a file', async () => makeDirectory({ '.docker': '' })],
  ])('may be %s', async (_, make) => {
    expect(await readRunnerConfig({ HOME: await make() })).toEqual({ config: NO_DOCKER_CONFIG, problems: [] });
  });

  it('may be unreadable, which is a problem that names it', async () => {
    const HOME = await makeDirectory();
    const path = join(HOME, '.docker/config.json');
    await mkdir(path, { recursive: true });
    expect(await readRunnerConfig({ HOME })).toEqual({
      config: NO_DOCKER_CONFIG,
      problems: [`The Docker configuration ${path} cannot be read (EISDIR): its logins are not used.`],
    });
  });

  it.each([`{"auths": {"a.example": {"auth": "${AUTH}"`, `"${AUTH}"`])(
    'may be broken: nothing of %s is shown',
    async (text) => {
      const { config, problems } = await readRunnerConfig({ HOME: await makeHome(text) });
      expect(config).toEqual(NO_DOCKER_CONFIG);
      expect(problems).toEqual([expect.stringMatching(/config\.json is not a JSON object/)]);
      expect(problems.join()).not.toContain(AUTH);
    },
  );

  it('has programs that are on the PATH, and loses the others', async () => {
    const PATH = `/nowhere::${await makeDirectory({ 'docker-credential-plain': '' })}`;
    const directory = await makeDirectory();
    await writeFile(join(directory, 'docker-credential-there'), '#!/bin/sh\n', { mode: 0o755 });
    const credHelpers = { a: 'there', b: 'gone', c: '', d: 'plain', e: '../there' };
    const HOME = await makeHome({ credHelpers, credsStore: 'gone' });
    const { config, problems } = await readRunnerConfig({ HOME, PATH: `${PATH}:${directory}` });
    expect(config).toEqual({ ...NO_DOCKER_CONFIG, credHelpers: { a: 'there', c: '' } });
    expect(problems.map((problem) => /docker-credential-\S+(?=,)/.exec(problem)?.[0])).toEqual([
      'docker-credential-gone',
      'docker-credential-plain',
      'docker-credential-../there',
    ]);
  });

  it('has DOCKER_AUTH_CONFIG above it', async () => {
    const other = { 'a.example': { auth: 'b3RoZXI6ZmFrZQ==' }, 'b.example': { auth: AUTH } };
    const HOME = await makeHome({ ...CONFIG, auths: { ...CONFIG.auths, 'c.example': {} } });
    const { config, problems } = await readRunnerConfig({ HOME, DOCKER_AUTH_CONFIG: JSON.stringify({ auths: other }) });
    expect(config.auths).toEqual({ ...other, 'c.example': {} });
    expect(problems).toEqual([]);
  });

  it('is used without a DOCKER_AUTH_CONFIG that is broken', async () => {
    const { config, problems } = await readRunnerConfig({ HOME: await makeHome(CONFIG), DOCKER_AUTH_CONFIG: AUTH });
    expect(config).toEqual({ ...NO_DOCKER_CONFIG, ...CONFIG });
    expect(problems).toEqual(['DOCKER_AUTH_CONFIG of the environment is not a JSON object: its logins are not used.']);
  });
});

it('writes what only this user may read', async () => {
  const directory = await makeDirectory();
  await writeDockerConfig(directory, { ...NO_DOCKER_CONFIG, ...CONFIG });
  const path = join(directory, 'config.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ ...CONFIG, credHelpers: {} });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});
