import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { ACCOUNT, credentialsFile, REGION } from '../support/account.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { ownArchitecture } from '../support/built.ts';
import type { StepResult } from '../support/job.ts';
import { listTags, readLayerFile, readManifest } from '../support/oci.ts';

const toolchain = inject('toolchain');
/** Names, in the order of action.yml. */
const OUTPUTS = Object.keys(parse(await readFile('action.yml', 'utf8')).outputs);
let bed: Bed;

beforeAll(async () => {
  bed = await startBed(toolchain, {
    repositories: [{ name: 'app' }, { name: 'nginx' }, { name: 'team/web' }, { name: 'other' }],
  });
});
afterAll(() => bed.close());

/** The manifest as it lies in the registry, hashed here. */
async function digestInRegistry(repository: string, reference: string): Promise<string> {
  const { bytes } = await readManifest({ registryUrl: bed.registry.url, repository, reference });
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

describe('a step with a credentials file', () => {
  let result: StepResult;

  beforeAll(async () => {
    const job = await bed.job();
    const wrong = { accessKeyId: 'AKIAEXAMPLE00WRONG00', secretAccessKey: 'fake-secret-of-nobody' };
    result = await job.step({
      ...bed.inputs,
      imageShortName: 'nginx',
      image: 'Nginx',
      awsCredentials: credentialsFile({ default: wrong, ci: ACCOUNT }),
      awsProfile: 'ci',
    });
  });

  it('succeeds', () => {
    expect(result).toMatchObject({ code: 0, errors: [], warnings: [] });
  });

  it('pushes an image to the registry of the account', async () => {
    const built = await readLayerFile({
      registryUrl: bed.registry.url,
      repository: 'nginx',
      reference: 'v1.0.0',
      path: 'built',
    });
    expect(built).toBe('built\n');
  });

  it('sets the outputs, exact and without a trailing newline', async () => {
    const digest = await digestInRegistry('nginx', 'v1.0.0');
    expect(result.outputs).toMatchObject({
      imageFullNameTag: `${bed.ecr.host}/nginx:v1.0.0`,
      imageFullNameDigest: `${bed.ecr.host}/nginx@${digest}`,
      imageDigest: digest,
      imageTags: `${bed.ecr.host}/nginx:v1.0.0`,
      imagePushed: 'true',
    });
    expect(JSON.parse(result.outputs.metadata ?? '')).toMatchObject({ 'containerimage.digest': digest });
  });

  it('sets every output a second time under the prefix', () => {
    const { imageDigest, imageFullNameTag, metadata } = result.outputs;
    expect(result.outputs).toMatchObject({
      nginxImageDigest: imageDigest,
      nginxImageFullNameTag: imageFullNameTag,
      nginxMetadata: metadata,
    });
    expect(Object.keys(result.outputs)).toHaveLength(2 * OUTPUTS.length);
  });

  it('is a plain manifest of OCI types, which Lambda takes', async () => {
    const { json } = await readManifest({ registryUrl: bed.registry.url, repository: 'nginx', reference: 'v1.0.0' });
    expect(json).toMatchObject({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      layers: [{}, { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }],
    });
  });

  it('tells in the log where the credentials come from, and ends with name and digest', () => {
    expect(result.log).toContain(`Logged in to ${bed.ecr.host} with profile "ci" of awsCredentials`);
    expect(result.log.trimEnd().split('\n').slice(-2)).toEqual([
      expect.stringContaining(`Pushed ${bed.ecr.host}/nginx:v1.0.0`),
      `Digest ${result.outputs.imageFullNameDigest}`,
    ]);
  });

  it('writes a summary with image, digest, tags, size and duration', () => {
    expect(result.summary).toContain(`### nginx · linux/${ownArchitecture}\n`);
    expect(result.summary).toContain(`| Pushed | \`${bed.ecr.host}/nginx:v1.0.0\` |`);
    expect(result.summary).toContain(`| Digest | \`${result.outputs.imageDigest}\` |`);
    expect(result.summary).toMatch(/\| Size \| [\d.]+ [kM]B \|/);
    expect(result.summary).toMatch(/\| Duration \| [\d.]+ s \|/);
  });

  it('shows the size that the manifest adds up to', async () => {
    const { json } = await readManifest({ registryUrl: bed.registry.url, repository: 'nginx', reference: 'v1.0.0' });
    const { config, layers }: { config: { size: number }; layers: { size: number }[] } = JSON.parse(
      JSON.stringify(json),
    );
    const total = layers.reduce((sum, { size }) => sum + size, config.size);
    expect(result.summary).toContain(`| Size | ${(total / 1e6).toFixed(1)} MB |`);
  });
});

it('behaves with every optional input blank as if it was absent', async () => {
  const job = await bed.job();
  const blank = {
    imageRegistryPath: '',
    containerRegistry: '',
    image: '',
    pathToContext: '',
    dockerfile: '',
    extraArgs: '',
    awsProfile: '',
    push: '',
    buildkitVersion: '',
    buildkitSha256: '',
    buildkitDownloadUrl: '',
    buildkitMode: '',
    summary: '',
  };
  const result = await job.step({ ...bed.inputs, ...blank });
  expect(result).toMatchObject({
    code: 0,
    outputs: { imageFullNameTag: `${bed.ecr.host}/app:v1.0.0`, imagePushed: 'true' },
  });
  expect(Object.keys(result.outputs)).toEqual(OUTPUTS);
  expect(result.summary).toContain('### app');
});

it('takes several tags, from lines and commas, with full references and comments among them', async () => {
  const job = await bed.job();
  const imageTag = `v2, v2.1\n# the moving one\n  latest  \n${bed.ecr.host}/other:from-metadata\nv2`;
  const result = await job.step({ ...bed.inputs, imageTag });
  const names = ['app:v2', 'app:v2.1', 'app:latest', 'other:from-metadata'].map((name) => `${bed.ecr.host}/${name}`);
  expect(result.outputs).toMatchObject({ imageFullNameTag: names[0], imageTags: names.join('\n') });
  expect(await listTags({ registryUrl: bed.registry.url, repository: 'app' })).toEqual(
    expect.arrayContaining(['v2', 'v2.1', 'latest']),
  );
  expect(await digestInRegistry('other', 'from-metadata')).toBe(result.outputs.imageDigest);
});

it('pushes to an explicit registry with a path, and strips https:// from it', async () => {
  const job = await bed.job();
  const result = await job.step({
    ...bed.inputs,
    imageRegistryPath: `https://${bed.ecr.host}/team/`,
    imageShortName: 'web',
  });
  expect(result.outputs.imageFullNameTag).toBe(`${bed.ecr.host}/team/web:v1.0.0`);
  expect(await digestInRegistry('team/web', 'v1.0.0')).toBe(result.outputs.imageDigest);
});

it('hands extraArgs to buildctl as they are, with a build argument that has quotes and spaces', async () => {
  const job = await bed.job({
    files: { 'Dockerfile.dev': dockerfile(bed.baseImage, 'ARG MSG', 'RUN echo "$MSG" > /msg') },
  });
  const result = await job.step({
    ...bed.inputs,
    imageTag: 'args',
    dockerfile: 'Dockerfile.dev',
    extraArgs: `--opt "build-arg:MSG=it's \\"a, b\\" = $(id) *"\n--opt label:team=web`,
  });
  expect(result.code).toBe(0);
  const msg = await readLayerFile({ registryUrl: bed.registry.url, repository: 'app', reference: 'args', path: 'msg' });
  expect(msg).toBe('it\'s "a, b" = $(id) *\n');
});

it('takes a size with a unit, which a step sees in bytes', async () => {
  const files = { Dockerfile: dockerfile(bed.baseImage, 'RUN grep " /dev/shm " /proc/mounts > /shm') };
  const job = await bed.job({ files });
  const result = await job.step({ ...bed.inputs, imageTag: 'shm', extraArgs: '--opt shm-size=96m' });
  expect(result.code, result.output).toBe(0);
  const image = { registryUrl: bed.registry.url, repository: 'app', reference: 'shm', path: 'shm' };
  expect(await readLayerFile(image)).toContain(`size=${96 * 1024}k`);
});

it('builds a context below the workspace, whose Dockerfile is relative to it', async () => {
  const files = {
    'services/api v1/docker/Dockerfile': dockerfile(bed.baseImage, 'COPY data.txt /data.txt'),
    'services/api v1/data.txt': 'from the context',
    'data.txt': 'from the workspace',
  };
  const job = await bed.job({ files });
  const result = await job.step({
    ...bed.inputs,
    imageTag: 'below',
    pathToContext: 'services/api v1',
    dockerfile: 'docker/Dockerfile',
  });
  expect(result.code).toBe(0);
  const data = await readLayerFile({
    registryUrl: bed.registry.url,
    repository: 'app',
    reference: 'below',
    path: 'data.txt',
  });
  expect(data).toBe('from the context');
});

it('writes no summary when that is not wanted, and none where the runner has no place for it', async () => {
  const job = await bed.job();
  expect(await job.step({ ...bed.inputs, summary: 'false' })).toMatchObject({ code: 0, summary: '' });
  expect(await job.step(bed.inputs, { env: { GITHUB_STEP_SUMMARY: '' } })).toMatchObject({ code: 0, summary: '' });
});

it('asks ECR for one token, under its own name', () => {
  const asked = bed.ecr.requests.filter(({ action }) => action === 'GetAuthorizationToken');
  expect(asked.every(({ region, userAgent }) => region === REGION && userAgent.includes('buildkit-aws/1'))).toBe(true);
});
