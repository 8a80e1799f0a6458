import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT, credentialsFile, REGION } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import type { StepResult } from '../support/job.ts';
import { LEG_FILES } from '../support/legs.ts';

const REGISTRY = { accountId: ACCOUNT.accountId, region: REGION };

/** An identity of the account that may do only what is listed, or all but that. */
function limited(name: string, limits: { allowed?: readonly string[]; denied?: readonly string[] }) {
  const keys = { accessKeyId: `AKIAEXAMPLE${name}FAKE`, secretAccessKey: `fake-${name}-key` };
  return { ...keys, accountId: ACCOUNT.accountId, ...limits };
}

const PULLER = limited('PULLER', { denied: ['ecr:InitiateLayerUpload'] });
const BLIND = limited('BLIND', {
  denied: ['ecr:Describe*'],
});
const NO_LIFECYCLE = limited('NOLIFE', { denied: ['ecr:PutLifecyclePolicy'] });
const NO_CREATE = limited('NOCREATE', { denied: ['ecr:CreateRepository'] });

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), {
    accounts: [ACCOUNT, PULLER, BLIND, NO_LIFECYCLE, NO_CREATE],
    templates: [{ prefix: 'templated', appliedFor: ['CREATE_ON_PUSH'] }],
  });
});
afterAll(() => bed.close());

/** A step whose build would fail, if it came to that. */
async function doomed(given: Readonly<Record<string, string>>): Promise<StepResult> {
  const job = await bed.job({ files: { Dockerfile: 'FROM scratch\nCOPY nothing /built\n' } });
  const result = await job.step({ ...bed.inputs, ...given });
  expect(result.log, result.output).not.toContain('COPY nothing');
  return result;
}

async function step(given: Readonly<Record<string, string>>): Promise<StepResult> {
  const job = await bed.job({ files: LEG_FILES });
  return job.step({ ...bed.inputs, ...given });
}

const as = (account: typeof PULLER) => ({ awsCredentials: credentialsFile({ default: account }) });

describe('what a push would be refused for ends the step before the build', () => {
  it('a repository that is missing', async () => {
    const result = await doomed({ imageShortName: 'missing' });
    expect(result.output).toContain('title=repository-missing');
    expect(result.errors[0]).toContain(`There is no repository ${bed.ecr.host}/missing`);
    expect(result.errors[0]).toContain('createRepository: true');
  });

  it('an upload that may not begin, with the action that is missing', async () => {
    const result = await doomed(as(PULLER));
    expect(result.output).toContain('title=push-denied');
    expect(result.errors[0]).toContain('Allow ecr:InitiateLayerUpload on arn:aws:ecr:');
  });
});

describe('what is not known is no reason to fail', () => {
  it('an identity that may not ask for the repository pushes all the same', async () => {
    const result = await step({ ...as(BLIND), imageTag: 'blind' });
    expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
  });

  it('a missing repository is a warning first when nobody may say whether a template creates it', async () => {
    const result = await step({ ...as(BLIND), imageShortName: 'nowhere' });
    expect(result.warnings).toContainEqual(expect.stringContaining('Unless a template of ECR creates it'));
    expect(result.output).toContain('title=repository-missing');
    expect(result.log).toContain('COPY one.txt');
  });

  it('a template has created nothing yet when the build fails', async () => {
    const job = await bed.job({ files: { Dockerfile: 'FROM scratch\nCOPY nothing /built\n' } });
    const result = await job.step({ ...bed.inputs, imageShortName: 'templated/broken' });
    expect(result.output).toContain('title=build-failed');
    expect(bed.ecr.findRepository(REGISTRY, 'templated/broken')).toBeUndefined();
  });

  it('a missing repository that a template creates on push is a warning', async () => {
    const result = await step({ imageShortName: 'templated/app' });
    expect(result, result.output).toMatchObject({ code: 0, errors: [] });
    expect(result.warnings).toEqual([expect.stringContaining('ECR creates it by a template')]);
  });

  it('no upload is left begun', async () => {
    const before = bed.ecr.requests.length;
    await doomed({ imageShortName: 'missing' });
    const uploads = bed.ecr.requests.slice(before).filter(({ path }) => path.includes('/blobs/uploads/'));
    expect(uploads.filter(({ method }) => method === 'PATCH')).toEqual([]);
  });
});

describe('createRepository', () => {
  const settings = {
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'buildcache*' }],
    imageScanningConfiguration: { scanOnPush: true },
    tags: [{ Key: 'team', Value: 'web' }],
    lifecyclePolicyText: { rules: [] },
    policyText: { Version: '2012-10-17', Statement: [] },
  };

  it('creates what is missing, as it is described, and pushes to it', async () => {
    const repositorySettings = JSON.stringify(settings);
    const result = await step({ imageShortName: 'created', createRepository: 'true', repositorySettings });
    expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect(result.log).toContain(`Created the repository ${bed.ecr.host}/created`);
    expect(bed.ecr.findRepository(REGISTRY, 'created')).toMatchObject({
      immutable: true,
      exclusions: ['buildcache*'],
      scanOnPush: true,
      tags: { team: 'web' },
      lifecyclePolicyText: JSON.stringify({ rules: [] }),
      policyText: JSON.stringify(settings.policyText),
    });
  });

  it('leaves what is there as it is', async () => {
    const repositorySettings = JSON.stringify({ imageTagMutability: 'IMMUTABLE' });
    const result = await step({ imageTag: 'again', createRepository: 'true', repositorySettings });
    expect(result.code, result.output).toBe(0);
    expect(bed.ecr.findRepository(REGISTRY, 'app')).not.toMatchObject({ immutable: true });
  });

  it('succeeds for both legs of a matrix that create it at the same moment', async () => {
    const leg = (arch: string) =>
      step({ imageShortName: 'legs', imageTag: arch, platforms: `linux/${arch}`, createRepository: 'true' });
    const results = await Promise.all(['amd64', 'arm64'].map(leg));
    expect(
      results.map(({ code }) => code),
      results.map(({ output }) => output).join('\n'),
    ).toEqual([0, 0]);
  });

  it('does not leave a repository without the policies that it should have', async () => {
    const given = { ...as(NO_LIFECYCLE), imageShortName: 'half', createRepository: 'true' };
    const result = await doomed({ ...given, repositorySettings: JSON.stringify(settings) });
    expect(result.output).toContain('title=repository-create-failed');
    expect(result.errors[0]).toContain('It was removed again');
    expect(bed.ecr.findRepository(REGISTRY, 'half')).toBeUndefined();
  });

  it('says which permission is missing', async () => {
    const result = await doomed({ ...as(NO_CREATE), imageShortName: 'denied', createRepository: 'true' });
    expect(result.output).toContain('title=ecr-denied');
    expect(result.errors[0]).toContain('ecr:CreateRepository');
  });

  it('refuses settings that ECR would refuse, before anything is asked', async () => {
    const before = bed.ecr.requests.length;
    const result = await doomed({
      createRepository: 'true',
      repositorySettings: '{"imageTagMutability": "SOMETIMES"}',
    });
    expect(result.output).toContain('title=settings-malformed');
    expect(bed.ecr.requests.slice(before)).toEqual([]);
  });
});

it('all registries are looked at, and the one with a problem is named', async () => {
  const imageTag = `${bed.ecr.host}/app:many\n${bed.ecr.host}/absent:many`;
  const result = await doomed({ imageTag });
  expect(result.errors[0]).toContain(`There is no repository ${bed.ecr.host}/absent`);
});
