import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { CREDENTIALS, makeDirectory, read } from './job.ts';

const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const GOOD = { imageShortName: 'nginx', awsRegion: 'ap-northeast-1', awsCredentials: CREDENTIALS };

/** What the user would read of a step whose workspace has a Dockerfile. */
async function problemsWith(given: Readonly<Record<string, string>>) {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
  return problemOf(() => read({ workspace, with: { ...GOOD, ...given } }));
}

/** The codes that a joint error lists, in its order. */
function codesIn(message: string): string[] {
  return [...message.matchAll(/ \((?<code>[a-z0-9-]+)\)$/gm)].map(({ groups }) => groups?.code ?? '');
}

describe('one bad input', () => {
  it.each([
    ['imageShortName', '', 'input-missing', 'imageShortName: no value is given.'],
    ['imageShortName', 'Nginx', 'image-name-malformed', 'imageShortName: "Nginx" is not a repository name'],
    ['imageShortName', `${HOST}/nginx`, 'image-name-malformed', 'it holds the registry'],
    ['imageShortName', 'nginx:v1', 'image-name-malformed', 'it holds a tag or digest'],
    ['imageRegistryPath', '123456789012', 'registry-malformed', 'it is an account number'],
    ['imageRegistryPath', 'ecr', 'registry-malformed', 'imageRegistryPath: "ecr" is not a registry'],
    ['imageRegistryPath', `${HOST}\necr`, 'registry-malformed', 'imageRegistryPath: "ecr" is not a registry'],
    ['imageRegistryPath', 'public.ecr.aws', 'registry-malformed', 'ECR Public has the alias of a registry'],
    ['containerRegistry', 'a.example/b', 'registry-malformed', 'containerRegistry: "a.example/b" is not a registry'],
    ['imageTag', 'v 1', 'tag-malformed', 'imageTag: "v 1" is not a tag'],
    ['imageTag', 'buildcache', 'tag-reserved', 'imageTag: "buildcache" is the name of a build cache.'],
    ['imageTag', 'library/nginx:v1', 'tag-malformed', 'Docker Hub'],
    ['image', 'my nginx', 'input-invalid', 'image: "my nginx" cannot begin the name of an output.'],
    ['image', 'nginx.web', 'input-invalid', 'image: "nginx.web" cannot begin the name of an output.'],
    ['pathToContext', 'app', 'context-missing', 'pathToContext: "app" is not in the workspace.'],
    ['pathToContext', '../app', 'path-outside', 'pathToContext: "../app" leaves the workspace.'],
    ['dockerfile', 'Dockerfile.prod', 'dockerfile-missing', 'Found there: Dockerfile.'],
    ['dockerfile', '../Dockerfile', 'path-outside', 'dockerfile: "../Dockerfile" leaves the build context.'],
    ['extraArgs', '--opt "a', 'extra-args-malformed', 'extraArgs: cannot be split'],
    ['extraArgs', '--output x', 'extra-args-refused', 'extraArgs: --output cannot be set'],
    ['awsCredentials', 'no/such/file', 'credentials-file-missing', 'It is not shown here.'],
    ['awsCredentials', '[default]', 'credentials-file-empty', 'no profile with a key'],
    [
      'awsProfile',
      'staging',
      'credentials-profile-unknown',
      'no usable profile "staging" in awsCredentials. Profiles in it: default.',
    ],
    ['awsRegion', '', 'region-missing', 'awsRegion: no region is given.'],
    ['awsRegion', 'tokyo', 'input-invalid', 'awsRegion: "tokyo" is not the name of a region.'],
    ['push', 'yes', 'input-invalid', 'push: "yes" is not one of its values.'],
    ['buildkitVersion', 'latest', 'input-invalid', 'buildkitVersion: "latest" is not a version.'],
    ['buildkitVersion', 'v0.1.0', 'buildkit-version-unknown', 'BuildKit v0.1.0 for linux-amd64 is not known'],
    ['buildkitSha256', 'abc', 'input-invalid', 'buildkitSha256: "abc" is not a SHA-256.'],
    ['buildkitDownloadUrl', 'ftp://mirror.example', 'input-invalid', 'buildkitDownloadUrl: the value is not'],
    ['buildkitPath', 'bin', 'buildkit-programs-missing', 'buildkitPath: "bin" cannot be used'],
    ['buildkitPath', '../bin', 'path-outside', 'buildkitPath: "../bin" leaves the workspace.'],
    ['buildkitConfig', '[worker\nfake', 'buildkit-config-malformed', 'buildkitConfig: line 1, column 8 is not TOML.'],
    ['buildkitRoot', '../kept', 'path-outside', 'buildkitRoot "../kept" leaves the workspace.'],
    ['buildkitMode', 'docker', 'input-invalid', 'buildkitMode: "docker" is not one of its values.'],
    ['summary', '1', 'input-invalid', 'summary: "1" is not one of its values.'],
  ])('%s: %j is %s', async (input, value, code, message) => {
    const problem = await problemsWith({ [input]: value });
    expect(problem.code).toBe(code);
    expect(problem.message).toContain(message);
    expect(problem.hint).not.toBe('');
  });
});

describe('the prefix of outputs', () => {
  it.each([
    ['Nginx', 'nginx'],
    ['my_web-1', 'my_web-1'],
  ])('%s becomes %s', async (image, outputPrefix) => {
    const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
    expect((await read({ workspace, with: { ...GOOD, image } })).outputPrefix).toBe(outputPrefix);
  });
});

describe('the length of a repository', () => {
  const longest = 'a'.repeat(251);
  it('counts the path of the registry: 256 characters are taken', async () => {
    const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
    const given = { ...GOOD, imageRegistryPath: `${HOST}/team`, imageShortName: longest };
    expect((await read({ workspace, with: given })).imageShortName).toBe(longest);
  });

  it('counts the path of the registry: 257 are not', async () => {
    expect(await problemsWith({ imageRegistryPath: `${HOST}/team`, imageShortName: `${longest}a` })).toMatchObject({
      code: 'image-name-malformed',
      message: expect.stringMatching(/^imageShortName: .*: it has 257 characters\.$/),
    });
  });

  it('counts the path of the registry: a name of one character is enough', async () => {
    const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
    const given = { ...GOOD, imageRegistryPath: `${HOST}/team`, imageShortName: 'a' };
    expect((await read({ workspace, with: given })).imageShortName).toBe('a');
  });
});

describe('several bad inputs', () => {
  it('are reported together, in one error', async () => {
    const { code, message, hint } = await problemsWith({
      push: 'maybe',
      imageRegistryPath: '123456789012',
      imageShortName: 'Nginx',
      imageTag: 'v1\n.v2, buildcache',
      containerRegistry: 'ecr',
      image: 'a b',
      pathToContext: '../up',
      extraArgs: '--progress tty',
      awsCredentials: 'fake/secret+key=NOT-REAL',
      buildkitMode: 'docker',
      summary: 'perhaps',
    });
    expect(code).toBe('inputs-invalid');
    expect(hint).toBe('Nothing was downloaded, started or called.');
    expect(message.split('\n')[0]).toBe('12 inputs need a change:');
    expect(codesIn(message)).toEqual([
      'registry-malformed',
      'image-name-malformed',
      'tag-malformed',
      'tag-reserved',
      'registry-malformed',
      'input-invalid',
      'input-invalid',
      'path-outside',
      'extra-args-refused',
      'credentials-file-missing',
      'input-invalid',
      'input-invalid',
    ]);
  });

  it.each([
    [
      'of BuildKit',
      { buildkitMode: 'docker', buildkitVersion: 'latest', buildkitSha256: 'abc', buildkitDownloadUrl: 'ftp://a' },
    ],
    ['of AWS', { awsCredentials: 'fake/secret+key=NOT-REAL', awsRegion: 'tokyo' }],
    ['of the registry and the region', { imageRegistryPath: 'ecr', awsRegion: 'tokyo' }],
  ])('%s are reported together, too', async (_, given) => {
    const { code, message } = await problemsWith(given);
    expect(code).toBe('inputs-invalid');
    expect(codesIn(message)).toHaveLength(Object.keys(given).length);
  });
});
