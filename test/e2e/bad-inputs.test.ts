import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CREDENTIALS } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { processesNaming } from '../support/processes.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

const PASTED = 'fakeAKIApasted/secret+000000000000000000';

const cases: [string, Record<string, string>, string, RegExp][] = [
  ['name missing', { imageShortName: '' }, 'input-missing', /imageShortName: no value/],
  ['name with upper case', { imageShortName: 'Nginx' }, 'image-name-malformed', /such as nginx/],
  [
    'URI as name',
    { imageShortName: '123456789012.dkr.ecr.us-east-1.amazonaws.com/nginx' },
    'image-name-malformed',
    /imageRegistryPath/,
  ],
  ['tag in name', { imageShortName: 'nginx:v1' }, 'image-name-malformed', /imageTag/],
  ['malformed tag', { imageTag: 'v1 final' }, 'tag-malformed', /"v1 final" is not a tag/],
  ['cache tag', { imageTag: 'buildcache-amd64' }, 'tag-reserved', /buildcache/],
  ['image of Docker Hub', { imageTag: 'org/app:v1' }, 'tag-malformed', /Docker Hub/],
  ['malformed registry', { imageRegistryPath: 'my registry' }, 'registry-malformed', /not a host name/],
  ['account as registry', { imageRegistryPath: '123456789012' }, 'registry-malformed', /account number/],
  ['registry with scheme http', { imageRegistryPath: 'http://127.0.0.1:5000' }, 'registry-malformed', /https/],
  ['no region', { awsRegion: '' }, 'region-missing', /Set awsRegion/],
  ['malformed region', { awsRegion: 'tokyo' }, 'input-invalid', /"tokyo" is not the name of a region/],
  ['not a boolean', { push: 'yes' }, 'input-invalid', /push: "yes"/],
  ['unknown mode', { buildkitMode: 'docker' }, 'input-invalid', /auto or root/],
  ['prefix of outputs', { image: 'my app' }, 'input-invalid', /image: "my app"/],
  ['context missing', { pathToContext: 'nowhere' }, 'context-missing', /pathToContext: "nowhere"/],
  ['context is a file', { pathToContext: 'Dockerfile' }, 'context-missing', /no directory/],
  ['context outside', { pathToContext: '../..' }, 'path-outside', /leaves the workspace/],
  ['context outside through a link', { pathToContext: 'link' }, 'path-outside', /through a link/],
  ['Dockerfile missing', { dockerfile: 'Dockerfile.prod' }, 'dockerfile-missing', /Found there: Dockerfile/],
  [
    'Dockerfile relative to the workspace',
    { pathToContext: 'app', dockerfile: 'Dockerfile' },
    'dockerfile-missing',
    /github\.workspace/,
  ],
  [
    'Dockerfile outside',
    { pathToContext: 'app', dockerfile: '../Dockerfile' },
    'path-outside',
    /leaves the build context/,
  ],
  ['Dockerfile outside through a link', { dockerfile: 'Dockerfile.link' }, 'path-outside', /through a link/],
  ['open quote', { extraArgs: '--opt "build-arg:A=1' }, 'extra-args-malformed', /quote/],
  ['refused flag', { extraArgs: '--opt a=b --output=type=local,dest=/tmp' }, 'extra-args-refused', /--output/],
  ['flag of docker', { extraArgs: '--build-arg A=1' }, 'extra-args-refused', /input buildArgs/],
  ['unknown version', { buildkitPath: '', buildkitVersion: 'v0.99.0' }, 'buildkit-version-unknown', /buildkitSha256/],
  ['malformed checksum', { buildkitPath: '', buildkitSha256: 'abc' }, 'input-invalid', /not a SHA-256/],
  [
    'malformed download address',
    { buildkitPath: '', buildkitDownloadUrl: 'ftp://x/{version}' },
    'input-invalid',
    /http/,
  ],
  [
    'unknown placeholder',
    { buildkitPath: '', buildkitDownloadUrl: 'https://x.example/{tag}' },
    'input-invalid',
    /\{tag\}/,
  ],
  ['BuildKit not there', { buildkitPath: 'app' }, 'buildkit-programs-missing', /no program buildctl/],
  ['pasted secret', { awsCredentials: PASTED }, 'credentials-file-missing', /not shown/],
  ['empty file', { awsCredentials: 'empty.ini' }, 'credentials-file-empty', /no profile/],
  ['text without profile', { awsCredentials: '# nothing\n# here' }, 'credentials-file-empty', /no profile/],
  ['unknown profile', { awsProfile: 'prod' }, 'credentials-profile-unknown', /Profiles in it: default/],
  [
    'profile without secret',
    { awsCredentials: '[default]\naws_access_key_id = AKIAEXAMPLE00000FAKE\n' },
    'credentials-profile-incomplete',
    /no aws_secret_access_key/,
  ],
  [
    'keys in upper case',
    { awsCredentials: '[default]\nAWS_ACCESS_KEY_ID = AKIAEXAMPLE00000FAKE\naws_secret_access_key = fake\n' },
    'credentials-profile-incomplete',
    /lower case/,
  ],
  [
    'program in a file of the workspace',
    { awsCredentials: 'process.ini' },
    'credentials-process-refused',
    /may not choose what runs/,
  ],
];

async function jobWithTraps() {
  const job = await bed.job();
  await writeFile(join(job.home, 'Dockerfile'), 'FROM scratch\n');
  await symlink(job.home, join(job.workspace, 'link'));
  await symlink(join(job.home, 'Dockerfile'), join(job.workspace, 'Dockerfile.link'));
  await mkdir(join(job.workspace, 'app'));
  await writeFile(join(job.workspace, 'empty.ini'), '');
  await writeFile(join(job.workspace, 'process.ini'), '[default]\ncredential_process = /bin/echo {}\n');
  return job;
}

describe('a step with a mistake in one input', () => {
  it.each(cases)('%s: one error with code, reason and way out', async (_, inputs, code, words) => {
    const job = await jobWithTraps();
    const result = await job.step({ ...bed.inputs, ...inputs });
    expect(result.code).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.output).toContain(`::error title=${code}::`);
    expect(result.errors[0]).toMatch(words);
    expect(result.errors[0]).toContain(`https://github.com/org/buildkit-aws/blob/v1/docs/troubleshooting.md#${code}`);
    expect(result.output).not.toContain(PASTED);
    expect(result.outputs).toEqual({});
  });

  it('starts, downloads and asks nothing', async () => {
    const before = bed.ecr.requests.length;
    const job = await jobWithTraps();
    const result = await job.step({ ...bed.inputs, imageTag: ':' });
    expect(result.code).toBe(1);
    expect(bed.ecr.requests).toHaveLength(before);
    expect(await readdir(job.temp)).toEqual([]);
    expect(processesNaming(job.temp)).toEqual([]);
  });
});

it('reports the problems of all inputs together', async () => {
  const job = await bed.job();
  const result = await job.step({
    ...bed.inputs,
    imageShortName: 'A B',
    imageTag: 'ok, no good, -bad',
    push: 'maybe',
    dockerfile: 'missing',
    extraArgs: '--progress=tty',
    awsProfile: 'prod',
    awsRegion: 'x y',
  });
  expect(result.errors).toHaveLength(1);
  const [message = ''] = result.errors;
  expect(message).toMatch(/^8 inputs need a change/);
  for (const words of [
    'imageShortName',
    '"no good"',
    '"-bad"',
    'push: "maybe"',
    'dockerfile',
    '--progress',
    'awsProfile',
  ]) {
    expect(message).toContain(words);
  }
  expect(result.output).toContain('title=inputs-invalid');
});

it('fails at once for the pull request of a fork, and prints what to write', async () => {
  const payload = { pull_request: { head: { repo: { full_name: 'stranger/app', fork: true } } } };
  const job = await bed.job({ event: { name: 'pull_request', ref: 'refs/pull/7/merge', payload } });
  const result = await job.step({ ...bed.inputs, awsCredentials: '' });
  expect(result.output).toContain('title=credentials-fork');
  expect(result.errors[0]).toContain('push: ${{ !github.event.pull_request.head.repo.fork }}');
  expect(await job.step({ ...bed.inputs, awsCredentials: '', push: 'false' })).toMatchObject({ code: 0 });
  expect(await job.step({ ...bed.inputs, awsCredentials: CREDENTIALS })).toMatchObject({ code: 0 });
});

it('shows no stack, but does with debug logging', async () => {
  const job = await bed.job();
  const quiet = await job.step({ ...bed.inputs, imageTag: ':' });
  const debug = await job.step({ ...bed.inputs, imageTag: ':' }, { env: { RUNNER_DEBUG: '1' } });
  expect(quiet.output).not.toMatch(/\n\s+at /);
  expect(debug.output).toMatch(/::debug::.*at /);
});
