import { expect } from 'vitest';
import type { Ecr } from './ecr/stand-in.ts';
import type { JobOptions, StepResult } from './job.ts';
import { BOTH } from './legs.ts';
import { ALIAS, type Given, OWN_HOST, PUBLIC_HOST } from './permissions-bed.ts';

/** Runs a step in a job of its own, on the repository "PREFIX/nginx"; it has to succeed, or to fail. */
export type Run = (given?: Given, job?: JobOptions & { readonly fails?: boolean }) => Promise<StepResult>;

/** How a feature is used. */
export interface Use {
  /** As the identity that may do what a row of docs/permissions.md lists. */
  readonly step: Run;
  /** As somebody who may do everything: what has to be there before. */
  readonly prepare: Run;
  readonly ecr: Ecr;
  /** What names of repositories begin with. */
  readonly prefix: string;
  /** Whether the identity has what may be left out. */
  readonly isComplete: boolean;
}

const PUBLIC = { imageRegistryPath: `${PUBLIC_HOST}/${ALIAS}`, awsRegion: '' };

/** By the name of a row. Everything that the feature can ask AWS for is asked for. */
export const USES: Readonly<Record<string, (use: Use) => Promise<void>>> = {
  Push: ({ step }) => done(step({ cache: 'none', platforms: BOTH })),
  'Push to a repository that a template creates': ({ step }) => done(step({ cache: 'none' })),
  'Push with the cache': async ({ step }) => {
    await step();
    expectFound(await step({ imageTag: 'v2' }));
    await step({ cache: 'inline', imageTag: 'v3' });
    expectFound(await step({ cache: 'inline', imageTag: 'v3' }));
  },
  'Cache in another repository': async ({ step, prefix }) => {
    const cacheTag = `${OWN_HOST}/${prefix}/cache:nginx`;
    await step({ cacheTag });
    expectFound(await step({ cacheTag, imageTag: 'v2' }));
  },
  'Read the cache': async ({ step, prepare }) => {
    await prepare();
    expectFound(await step({ push: 'false' }));
  },
  ifTagExists: async ({ step, prepare }) => {
    await prepare({ platforms: BOTH, imageTag: 'v1' });
    const kept = await step({ ifTagExists: 'skip', imageTag: 'v1,added' });
    expect(kept.outputs.imagePushed).toBe('false');
    await step({ ifTagExists: 'fail', imageTag: 'v1' }, { fails: true });
  },
  createRepository: ({ step }) => done(step({ cache: 'none', createRepository: 'true' })),
  repositorySettings: async ({ step, ecr, prefix, isComplete }) => {
    const given = { cache: 'none', createRepository: 'true', repositorySettings: SETTINGS };
    if (isComplete) {
      const refused = { __type: 'InvalidParameterException', message: "Invalid parameter at 'PolicyText'" };
      const once = ecr.fault({
        when: ({ action, input }) =>
          action === 'SetRepositoryPolicy' && `${Object(input).repositoryName}`.startsWith(prefix),
        answer: { status: 400, body: refused },
        times: 1,
      });
      const failed = await step(given, { fails: true });
      expect([once.hits(), failed.errors[0]]).toEqual([1, expect.stringContaining('It was removed again')]);
    }
    await step(given);
  },
  'Scan on push': async ({ step, ecr, prefix }) => {
    ecr.addScan({ repository: `${prefix}/nginx`, answers: [{ status: 'COMPLETE' }] });
    await step({ cache: 'none', platforms: BOTH, scanFailOn: 'high' });
  },
  'Scan that the step starts': async ({ step, ecr, prefix }) => {
    ecr.addScan({ repository: `${prefix}/nginx`, answers: [{ status: 'COMPLETE' }], manual: true });
    await step({ cache: 'none', platforms: BOTH, scanFailOn: 'high' });
  },
  Merge: async ({ step, prepare }) => {
    await prepareLegs(prepare);
    // A tag that has to move.
    await prepare({ imageTag: 'v1', labels: 'other=image' });
    await step({ action: 'merge', imageTag: 'v1', platforms: BOTH });
  },
  'ECR Public': async ({ step }) => {
    await step(PUBLIC);
    expectFound(await step({ ...PUBLIC, imageTag: 'v2' }));
  },
  'Create a repository in ECR Public': ({ step }) => done(step({ ...PUBLIC, cache: 'none', createRepository: 'true' })),
  'Merge in ECR Public': async ({ step, prepare }) => {
    await prepareLegs(prepare, PUBLIC);
    await step({ ...PUBLIC, action: 'merge', imageTag: 'v1', platforms: BOTH });
  },
  'Base image': async ({ step, prepare, prefix }) => {
    await prepare({ imageShortName: `${prefix}/base` });
    const filesOver = (image: string) => ({ Dockerfile: `FROM ${image}:v1.0.0\nCOPY two.txt /two\n`, 'two.txt': '2' });
    await step({ cache: 'none' }, { files: filesOver(`${OWN_HOST}/${prefix}/base`) });
    const registryMirrors = `docker.io=${OWN_HOST}`;
    await step({ cache: 'none', imageTag: 'v2', registryMirrors }, { files: filesOver(`${prefix}/base`) });
  },
};

const SETTINGS = JSON.stringify({
  tags: [{ Key: 'team', Value: 'web' }],
  lifecyclePolicyText: { rules: [] },
  policyText: { Version: '2012-10-17', Statement: [] },
});

async function done(step: Promise<StepResult>): Promise<void> {
  await step;
}

function expectFound({ log }: StepResult): void {
  expect(log).toMatch(/^From cache: 1 of 1 step/m);
}

async function prepareLegs(prepare: Run, given: Given = {}): Promise<void> {
  for (const arch of ['amd64', 'arm64']) {
    await prepare({ ...given, imageTag: `v1-${arch}`, platforms: `linux/${arch}`, cache: 'none' });
  }
}
