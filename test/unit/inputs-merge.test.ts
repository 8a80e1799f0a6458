import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { at, textAt } from '../../src/json.ts';
import { CREDENTIALS, makeDirectory } from './job.ts';
import { readMerge } from './merges.ts';

const HOST = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const NEEDED = {
  imageShortName: 'nginx',
  imageTag: 'v1',
  platforms: 'linux/amd64,linux/arm64',
  awsRegion: 'eu-west-1',
};
const PARTS = [
  { name: 'v1-amd64', repository: undefined, reference: 'v1-amd64', expected: 'linux/amd64' },
  { name: 'v1-arm64', repository: undefined, reference: 'v1-arm64', expected: 'linux/arm64' },
];

/** Every input of merge/action.yml with the value that it has when a workflow does not give it. */
async function inputsOfAction(value: (definition: unknown) => string): Promise<Record<string, string>> {
  const action: unknown = parse(await readFile(new URL('../../merge/action.yml', import.meta.url), 'utf8'));
  return Object.fromEntries(
    Object.entries(at(action, 'inputs') ?? {}).map(([name, definition]) => [name, value(definition)]),
  );
}

describe('a merge with nothing but what is needed', () => {
  it('has the defaults', async () => {
    expect(await readMerge({ workspace: await makeDirectory(), with: NEEDED })).toEqual({
      imageShortName: 'nginx',
      registries: [],
      containerRegistry: undefined,
      tags: [{ kind: 'tag', tag: 'v1' }],
      outputPrefix: undefined,
      parts: PARTS,
      ordered: true,
      annotations: [],
      ifTagExists: 'overwrite',
      aws: { profile: undefined, role: undefined, region: { region: 'eu-west-1', warning: undefined } },
      summary: true,
      imageDefinitions: undefined,
    });
  });

  it.each([
    ['are empty', () => ''],
    ['are blank', () => ' \n\t'],
    ['have the default of merge/action.yml', (definition: unknown) => textAt(definition, 'default') ?? ''],
  ])('has the same when all others %s', async (_, value) => {
    const workspace = await makeDirectory();
    const others = await inputsOfAction(value);
    expect(Object.keys(others).length).toBeGreaterThan(Object.keys(NEEDED).length);
    expect(await readMerge({ workspace, with: { ...others, ...NEEDED } })).toEqual(
      await readMerge({ workspace, with: NEEDED }),
    );
  });
});

describe('a merge with everything', () => {
  it('has all of it', async () => {
    const workspace = await makeDirectory({
      'aws/credentials': CREDENTIALS.replace('[default]', '[profile deploy]'),
      'deploy/images.json': '[{"name":"sidecar"}]',
    });
    const masked: string[] = [];
    const inputs = await readMerge({
      workspace,
      mask: (secret) => masked.push(secret),
      with: {
        imageShortName: 'web/nginx',
        imageRegistryPath: `# ours\nhttps://${HOST}/team/`,
        containerRegistry: 'Images.Example',
        imageTag: `v1, latest\n${HOST}/other/app:v4`,
        image: 'Nginx',
        ifTagExists: 'skip',
        sources: `# legs\nv1-amd64  \n\n${HOST}/team/web/nginx:v1-arm64\nv1-amd64`,
        annotations: 'a=b\nindex,manifest-descriptor[linux/amd64]:c=d',
        awsCredentials: 'aws/credentials',
        awsProfile: 'deploy',
        awsRegion: 'eu-central-1',
        awsRoleArn: 'arn:aws:iam::123456789012:role/push-images',
        awsRoleSessionName: 'merge',
        awsExternalId: 'fake-id',
        ecsContainerName: 'web',
        imageDefinitionsFile: 'deploy/images.json',
        summary: 'false',
      },
    });
    expect(inputs).toEqual({
      imageShortName: 'web/nginx',
      registries: [{ host: HOST, prefix: 'team' }],
      containerRegistry: 'images.example',
      tags: [
        { kind: 'tag', tag: 'v1' },
        { kind: 'tag', tag: 'latest' },
        { kind: 'reference', reference: { host: HOST, repository: 'other/app', tag: 'v4' } },
      ],
      outputPrefix: 'nginx',
      parts: [
        { name: 'v1-amd64', repository: undefined, reference: 'v1-amd64', expected: 'amd64' },
        {
          name: `${HOST}/team/web/nginx:v1-arm64`,
          repository: { host: HOST, repository: 'team/web/nginx' },
          reference: 'v1-arm64',
          expected: 'arm64',
        },
      ],
      ordered: true,
      annotations: [
        { level: undefined, platform: undefined, key: 'a', value: 'b' },
        { level: 'index', platform: undefined, key: 'c', value: 'd' },
        { level: 'manifest-descriptor', platform: 'linux/amd64', key: 'c', value: 'd' },
      ],
      ifTagExists: 'skip',
      aws: {
        profile: { name: 'deploy', text: expect.stringContaining('[profile deploy]'), region: undefined },
        role: { arn: 'arn:aws:iam::123456789012:role/push-images', sessionName: 'merge', externalId: 'fake-id' },
        region: { region: 'eu-central-1', warning: undefined },
      },
      summary: false,
      imageDefinitions: {
        container: 'web',
        path: join(workspace, 'deploy/images.json'),
        entries: [{ name: 'sidecar' }],
      },
    });
    expect(masked).toContain('fake/secret+key=NOT-REAL');
  });

  it('takes several registries', async () => {
    const imageRegistryPath = `${HOST}\npublic.ecr.aws/acme\n${HOST}/`;
    const { registries } = await readMerge({
      workspace: await makeDirectory(),
      with: { ...NEEDED, imageRegistryPath },
    });
    expect(registries).toEqual([
      { host: HOST, prefix: '' },
      { host: 'public.ecr.aws', prefix: 'acme' },
    ]);
  });
});
