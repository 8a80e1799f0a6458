import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { toldBy } from '../support/secret-places.ts';
import { openSecretSearch } from '../support/secret-search.ts';
import { plainSecret } from '../support/secret-values.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

const SECRET = plainSecret('misplaced');
const search = openSecretSearch({ secret: SECRET });

/** Where a secret does not belong, or in a text that is broken. */
it.each<[string, string, Record<string, string>]>([
  ['pathToContext', `https://user:${SECRET}@git.example.com/app.git`, {}],
  ['pathToContext', `ssh://user:${SECRET}@git.example.com/app.git`, {}],
  ['pathToContext', `git://user:${SECRET}@git.example.com/app.git`, {}],
  ['buildContexts', `library=https://${SECRET}@git.example.com/app.git`, {}],
  ['buildContexts', `library=ssh://user:${SECRET}@git.example.com/app.git`, {}],
  ['gitCloneUrl', `https://user:${SECRET}@git.example.com/app.git`, {}],
  ['gitCloneUrl', `https://git.example.com/app.git?token=${SECRET}`, {}],
  ['gitCloneUrl', `ssh://git:${SECRET}@git.example.com/app.git`, {}],
  ['gitCloneUrl', `ftp://user:${SECRET}@git.example.com/app.git`, {}],
  ['gitToken', `${SECRET}\u0001x`, { gitCloneUrl: 'https://git.example.com/app.git' }],
  ['gitSshKey', SECRET, { gitCloneUrl: 'git@github.com:org/app.git' }],
  ['gitSshKey', `-----BEGIN OPENSSH PRIVATE KEY-----\n${SECRET}`, { gitCloneUrl: 'git@github.com:org/app.git' }],
  ['buildkitHost', `tcp://user:${SECRET}@builder.example.com:1234`, {}],
  ['buildkitHost', `https://user:${SECRET}@builder.example.com:1234`, {}],
  ['buildkitClientKey', SECRET, { buildkitHost: 'tcp://127.0.0.1:9' }],
  ['buildkitClientKey', `-----BEGIN PRIVATE KEY-----\n${SECRET}`, { buildkitHost: 'tcp://127.0.0.1:9' }],
  ['buildkitDownloadUrl', `mirror.example.com/{version}?token=${SECRET}`, { buildkitPath: '' }],
  ['buildkitDownloadUrl', `https://user:${SECRET}@mirror.example.com/{nothing}`, { buildkitPath: '' }],
  ['buildkitConfig', `[registry."a.example.com"]\npassword ${SECRET}`, {}],
  ['registryMirrors', `docker.io=user:${SECRET}@mirror.example.com`, {}],
  ['registryMirrors', `${SECRET}`, {}],
  ['registryAuths', `user ${SECRET}`, {}],
  ['registryAuths', `https://user:${SECRET}@registry.example.com`, {}],
  ['registryAuths', `registry.example.com us:er ${SECRET}`, {}],
  ['imageRegistryPath', `https://user:${SECRET}@registry.example.com`, {}],
  ['containerRegistry', `user:${SECRET}@registry.example.com`, {}],
  ['awsCredentials', SECRET, {}],
  ['awsCredentials', `[default]\naws_secret_access_key ${SECRET}`, {}],
  ['awsCredentials', `[default]\naws_secret_access_key = "${SECRET}"`, {}],
  ['secrets', SECRET, {}],
  ['secrets', `my key=${SECRET}`, {}],
  ['secrets', `=${SECRET}`, {}],
  ['ssh', `-----BEGIN KEY-----\n${SECRET}`, {}],
  ['cacheTo', `type=s3,bucket=b,secret_access_key=${SECRET}`, {}],
  ['cacheFrom', `type=gha,token=${SECRET}`, {}],
  ['cacheTo', `type=registry,ref=user:${SECRET}@registry.example.com/app`, {}],
  ['outputs', `type=registry,name=user:${SECRET}@registry.example.com/app`, {}],
  ['repositorySettings', `{"policyText": "${SECRET}`, {}],
])('%s that cannot be used is not shown: %s', async (input, value, others) => {
  const job = await bed.job();
  const result = await job.step({ ...bed.inputs, ...others, [input]: value });
  expect(result.code).toBe(1);
  expect(result.errors[0]).toContain(input);
  expect(search.inTexts(toldBy(result))).toEqual([]);
  expect(job.scratch()).toEqual([]);
});
