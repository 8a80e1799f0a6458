import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', awsRegion: 'eu-west-1' };
const SETTINGS = '{"imageTagMutability":"IMMUTABLE","lifecyclePolicyText":{"rules":[]}}';
const PARSED = { create: { imageTagMutability: 'IMMUTABLE' }, lifecyclePolicy: '{"rules":[]}', policy: undefined };
const NONE = { create: {}, lifecyclePolicy: undefined, policy: undefined };

/** The inputs of a step whose workspace has a Dockerfile and these files. */
async function pushOf(given: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}) {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n', ...files });
  return read({ workspace, with: { ...GOOD, ...given } });
}

describe('the settings of a repository', () => {
  it.each([
    ['nothing', '', NONE],
    ['blanks', ' \n', NONE],
    ['a text', SETTINGS, PARSED],
    ['a text in several lines', SETTINGS.replaceAll(',', ',\n'), PARSED],
    ['a file', 'deploy/ecr.json', PARSED],
  ])('are read from %s', async (_, repositorySettings, settings) => {
    const inputs = await pushOf({ repositorySettings }, { 'deploy/ecr.json': `\uFEFF${SETTINGS}\n` });
    expect(inputs.repositorySettings).toEqual(settings);
  });

  it('are read from a file elsewhere', async () => {
    const repositorySettings = join(await makeDirectory({ 'ecr.json': SETTINGS }), 'ecr.json');
    expect((await pushOf({ repositorySettings })).repositorySettings).toEqual(PARSED);
  });

  it.each([
    ['a file that is not there', 'fake-secret.json', 'path-unreadable', 'repositorySettings: the value is neither'],
    ['a file outside', '../Dockerfile/..', 'path-outside', 'repositorySettings: "../Dockerfile/.." leaves'],
    ['a file without JSON', 'Dockerfile', 'settings-malformed', 'repositorySettings: the value is no JSON: '],
    ['a list', '[]', 'settings-malformed', 'repositorySettings: the JSON is no object.'],
    ['a field that ECR has not', '{"a":1}', 'settings-malformed', 'repositorySettings: "a" is none of its fields.'],
  ])('are not %s', async (_, repositorySettings, code, message) => {
    const problem = await problemOf(() => pushOf({ repositorySettings }));
    expect(problem.code).toBe(code);
    expect(problem.message).toContain(message);
    expect(JSON.stringify(problem)).not.toContain('fake-secret');
  });
});

describe('what a push does', () => {
  it.each([
    ['', 'overwrite'],
    ['overwrite', 'overwrite'],
    ['skip', 'skip'],
    [' fail ', 'fail'],
  ])('ifTagExists: %j is %s', async (ifTagExists, policy) => {
    expect((await pushOf({ ifTagExists })).ifTagExists).toBe(policy);
  });

  it.each([
    ['', false],
    ['false', false],
    ['TRUE', true],
  ])('createRepository: %j is %s', async (createRepository, expected) => {
    expect((await pushOf({ createRepository })).createRepository).toBe(expected);
  });

  it.each([
    ['', true],
    ['true', true],
    ['False', false],
  ])('push: %j is %s', async (push, expected) => {
    expect((await pushOf({ push })).push).toBe(expected);
  });

  it.each([
    ['ifTagExists', 'Skip', 'Write overwrite or skip or fail.'],
    ['createRepository', 'yes', 'Write true or false.'],
    ['push', 'on', 'Write true or false.'],
  ])('%s is not %j', async (input, value, hint) => {
    expect(await problemOf(() => pushOf({ [input]: value }))).toEqual({
      code: 'input-invalid',
      message: `${input}: "${value}" is not one of its values.`,
      hint,
    });
  });
});

it('all that is wrong with a push is reported together', async () => {
  const { code, message } = await problemOf(() =>
    pushOf({
      push: 'on',
      pushByDigest: 'yes',
      imageTag: 'v1',
      ifTagExists: 'Skip',
      createRepository: 'yes',
      repositorySettings: '[]',
    }),
  );
  expect(code).toBe('inputs-invalid');
  expect([...message.matchAll(/ \((?<code>[a-z-]+)\)$/gm)].map(({ groups }) => groups?.code)).toEqual([
    ...['input-invalid', 'input-invalid', 'input-invalid', 'input-invalid', 'settings-malformed'],
  ]);
});
