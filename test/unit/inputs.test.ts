import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { at, textAt } from '../../src/json.ts';
import { CREDENTIALS, makeDirectory, read } from './job.ts';

const NEEDED = { imageShortName: 'nginx', awsRegion: 'ap-northeast-1', awsCredentials: CREDENTIALS };

/** Every input of action.yml with the value that it has when a workflow does not give it. */
async function inputsOfAction(value: (definition: unknown) => string): Promise<Record<string, string>> {
  const action: unknown = parse(await readFile(new URL('../../action.yml', import.meta.url), 'utf8'));
  return Object.fromEntries(
    Object.entries(at(action, 'inputs') ?? {}).map(([name, definition]) => [name, value(definition)]),
  );
}

describe('a step with nothing but what is needed', () => {
  it('has the defaults', async () => {
    const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
    expect(await read({ workspace, with: NEEDED })).toEqual({
      imageShortName: 'nginx',
      registries: [],
      containerRegistry: undefined,
      tags: [],
      outputPrefix: undefined,
      source: {
        kind: 'workspace',
        context: { kind: 'local', directory: workspace, dockerfile: { directory: workspace, name: 'Dockerfile' } },
      },
      build: {
        target: undefined,
        platforms: [],
        buildArgs: [],
        labels: [],
        annotations: [],
        contexts: [],
        secrets: [],
        ssh: [],
        noCache: [],
        attestations: { provenance: undefined, sbom: undefined },
      },
      output: { exporters: [], compression: 'gzip', mediaTypes: 'oci', reproducible: false },
      cache: { mode: 'registry', tag: 'buildcache', from: undefined, to: undefined },
      remote: { machines: [], tls: { ca: undefined, cert: undefined, key: undefined, serverName: undefined } },
      extraArgs: [],
      push: true,
      pushByDigest: false,
      ifTagExists: 'overwrite',
      createRepository: false,
      repositorySettings: { create: {}, lifecyclePolicy: undefined, policy: undefined },
      aws: {
        profile: { name: 'default', text: CREDENTIALS.trim(), region: undefined },
        role: undefined,
        region: { region: 'ap-northeast-1', warning: undefined },
      },
      buildkit: {
        from: {
          kind: 'release',
          version: 'v0.32.2',
          url: 'https://github.com/moby/buildkit/releases/download/v0.32.2/buildkit-v0.32.2.linux-amd64.tar.gz',
          sha256: '2975d0f651ad96ba8b80b9992ae1f9a964f4408569af5b6dc36544165c3926af',
        },
        hasMirror: false,
        mode: 'auto',
        config: {},
        root: undefined,
      },
      mirrors: [],
      auths: [],
      ecrLogins: [],
      summary: true,
      imageDefinitions: undefined,
    });
  });

  it.each([
    ['are empty', () => ''],
    ['are blank', () => ' \n\t'],
    ['have the default of action.yml', (definition: unknown) => textAt(definition, 'default') ?? ''],
  ])('has the same when all others %s', async (_, value) => {
    const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
    const others = await inputsOfAction(value);
    expect(Object.keys(others).length).toBeGreaterThan(Object.keys(NEEDED).length);
    expect(await read({ workspace, with: { ...others, ...NEEDED } })).toEqual(await read({ workspace, with: NEEDED }));
  });
});

describe('a step with everything', () => {
  it('has all of it', async () => {
    const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
    const workspace = await makeDirectory({
      'app/docker/prod.Dockerfile': 'FROM scratch\n',
      'aws/credentials': `[profile deploy]\nregion = eu-west-1\n${CREDENTIALS.replace('[default]', '')}`,
    });
    const inputs = await read({
      workspace,
      env: { SSH_AUTH_SOCK: '/fake/agent' },
      with: {
        imageShortName: 'web/nginx',
        imageRegistryPath: `# ours\nhttps://${host}/team/\nPublic.ECR.aws/acme \n${host}/team`,
        imageTag: `v1, v2\n# not v3\n${host}/other/app:v4`,
        image: 'Nginx',
        pathToContext: 'app',
        dockerfile: 'docker/prod.Dockerfile',
        target: 'prod',
        platforms: 'linux/amd64,linux/arm64/v8\nlinux/arm/v7',
        buildArgs: '# none\nA=b=c, "d"',
        labels: 'org.example.x=y',
        annotations: 'index:a=b\nmanifest[linux/arm64]:c=d',
        buildContexts: 'lib=aws',
        secrets: 'npm=fake-npm=token',
        ssh: 'default',
        noCache: 'build',
        provenance: 'max',
        sbom: 'a.example/scanner:1',
        outputs: 'type=oci,dest=out/image.tar',
        compression: 'zstd',
        mediaTypes: 'oci',
        reproducible: 'true',
        cacheTag: `${host}/cache:v`,
        cacheFrom: 'type=gha',
        cacheTo: 'type=inline',
        gitToken: 'fake-git-token',
        extraArgs: '--opt target="prod stage"\n--no-cache',
        awsCredentials: 'aws/credentials',
        awsProfile: 'deploy',
        awsRegion: 'eu-central-1',
        registryMirrors: 'docker.io=a.example/hub',
        registryAuths: `a.example user fake\n${host}`,
        push: 'True',
        ifTagExists: 'skip',
        createRepository: 'true',
        repositorySettings: '{"imageTagMutability":"IMMUTABLE"}',
        buildkitVersion: '0.31.2',
        buildkitSha256: `sha256:${'AB'.repeat(32)}`,
        buildkitDownloadUrl: 'https://mirror.example/{version}/{os}/{arch}.tgz',
        buildkitMode: 'root',
        buildkitConfig: '[log]\nlevel = "warn"',
        buildkitRoot: '/var/lib/kept',
        summary: 'false',
        ecsContainerName: 'web',
        imageDefinitionsFile: 'deploy/images.json',
      },
    });
    expect(inputs).toEqual({
      imageShortName: 'web/nginx',
      registries: [
        { host, prefix: 'team' },
        { host: 'public.ecr.aws', prefix: 'acme' },
      ],
      containerRegistry: undefined,
      tags: [
        { kind: 'tag', tag: 'v1' },
        { kind: 'tag', tag: 'v2' },
        { kind: 'reference', reference: { host, repository: 'other/app', tag: 'v4' } },
      ],
      outputPrefix: 'nginx',
      source: {
        kind: 'workspace',
        context: {
          kind: 'local',
          directory: join(workspace, 'app'),
          dockerfile: { directory: join(workspace, 'app/docker'), name: 'prod.Dockerfile' },
        },
      },
      build: {
        target: 'prod',
        platforms: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'],
        buildArgs: [{ key: 'A', value: 'b=c, "d"' }],
        labels: [{ key: 'org.example.x', value: 'y' }],
        annotations: [
          { level: 'index', platform: undefined, key: 'a', value: 'b' },
          { level: 'manifest', platform: 'linux/arm64', key: 'c', value: 'd' },
        ],
        contexts: [{ name: 'lib', source: 'local:lib', directory: join(workspace, 'aws') }],
        secrets: [{ id: 'npm', value: 'fake-npm=token' }],
        ssh: ['default'],
        noCache: ['build'],
        attestations: { provenance: 'mode=max', sbom: 'generator=a.example/scanner:1' },
      },
      output: {
        exporters: [
          new Map([
            ['type', 'oci'],
            ['dest', join(workspace, 'out/image.tar')],
          ]),
        ],
        compression: 'zstd',
        mediaTypes: 'oci',
        reproducible: true,
      },
      cache: {
        mode: 'registry',
        tag: { host, repository: 'cache', tag: 'v' },
        from: [new Map([['type', 'gha']])],
        to: [new Map([['type', 'inline']])],
      },
      remote: { machines: [], tls: { ca: undefined, cert: undefined, key: undefined, serverName: undefined } },
      extraArgs: ['--opt', 'target=prod stage', '--no-cache'],
      push: true,
      pushByDigest: false,
      ifTagExists: 'skip',
      createRepository: true,
      repositorySettings: {
        create: { imageTagMutability: 'IMMUTABLE' },
        lifecyclePolicy: undefined,
        policy: undefined,
      },
      aws: {
        profile: { name: 'deploy', text: expect.stringContaining('[profile deploy]'), region: 'eu-west-1' },
        role: undefined,
        region: { region: 'eu-central-1', warning: undefined },
      },
      buildkit: {
        from: {
          kind: 'release',
          version: 'v0.31.2',
          url: 'https://mirror.example/v0.31.2/linux/amd64.tgz',
          sha256: 'ab'.repeat(32),
        },
        hasMirror: true,
        mode: 'root',
        config: { log: { level: 'warn' } },
        root: '/var/lib/kept',
      },
      mirrors: [{ registry: 'docker.io', mirror: { host: 'a.example', prefix: 'hub' } }],
      auths: [{ host: 'a.example', key: 'a.example', auth: Buffer.from('user:fake').toString('base64') }],
      ecrLogins: [host],
      summary: false,
      imageDefinitions: { container: 'web', path: join(workspace, 'deploy/images.json'), entries: [] },
    });
  });
});
