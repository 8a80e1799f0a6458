import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { ARCH, cachedSteps, cacheTags, manifestRequests, runJob } from '../support/cache.ts';
import type { JobOptions } from '../support/job.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'seeded' }] });
});
afterAll(() => bed.close());

type Event = NonNullable<JobOptions['event']>;
const event = (name: string, ref: string, payload: unknown = {}): Event => ({ name, ref, payload });
const MAIN = 'refs/heads/main';
const SAME_REPOSITORY = { pull_request: { head: { repo: { full_name: 'org/app' } } } };

it.each<[string, Event]>([
  ['push', event('push', MAIN)],
  ['push to a default branch of another name', event('push', 'refs/heads/trunk', defaultBranch('trunk'))],
  ['schedule', event('schedule', MAIN)],
  ['schedule whose event says nothing of the repository', event('schedule', MAIN, { repository: null })],
  ['workflow_dispatch', event('workflow_dispatch', MAIN)],
  ['repository_dispatch', event('repository_dispatch', MAIN)],
])('%s on the default branch exports', async (name, happened) => {
  const repository = `exports/${name.replaceAll(' ', '-')}`;
  bed.ecr.addRepository({ name: repository });
  const result = await runJob(bed, { imageShortName: repository }, { event: happened });
  expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
  expect(await cacheTags(bed, repository)).toEqual([`buildcache-${ARCH}`]);
});

describe('over a cache of the default branch', () => {
  beforeAll(async () => {
    await runJob(bed, { imageShortName: 'seeded' });
  });

  it.each<[string, Event]>([
    ['pull_request', event('pull_request', 'refs/pull/7/merge', SAME_REPOSITORY)],
    ['pull_request_target', event('pull_request_target', MAIN, SAME_REPOSITORY)],
    ['push to another branch', event('push', 'refs/heads/feature')],
    ['push where another branch is the default', event('push', MAIN, defaultBranch('develop'))],
    ['push of a tag', event('push', 'refs/tags/v1.2.3')],
    ['push of a tag with the name of the branch', event('push', 'refs/tags/main')],
    ['workflow_dispatch on another branch', event('workflow_dispatch', 'refs/heads/feature')],
    ['workflow_dispatch on a tag', event('workflow_dispatch', 'refs/tags/v1')],
    ['release', event('release', 'refs/tags/v9')],
    ['workflow_run', event('workflow_run', MAIN)],
    ['merge_group', event('merge_group', 'refs/heads/gh-readonly-queue/main/pr-7')],
    ['issue_comment', event('issue_comment', MAIN)],
  ])('%s reads it and leaves it alone', async (_, happened) => {
    const writes = () => manifestRequests(bed, 'seeded').filter((request) => /^PUT .*buildcache/.test(request));
    const before = writes();
    const result = await runJob(bed, { imageShortName: 'seeded' }, { event: happened });
    expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect(cachedSteps(result.log)).toEqual(['[2/2] RUN echo built > /built']);
    expect(result.log).not.toContain('exporting cache');
    expect(writes()).toEqual(before);
  });

  it('push: false reads it, and exports nothing to the registry', async () => {
    const before = manifestRequests(bed, 'seeded').filter((request) => request.startsWith('PUT'));
    const result = await runJob(bed, { imageShortName: 'seeded', push: 'false' });
    expect(result, result.output).toMatchObject({ code: 0, outputs: { imagePushed: 'false' } });
    expect(cachedSteps(result.log)).toEqual(['[2/2] RUN echo built > /built']);
    expect(manifestRequests(bed, 'seeded').filter((request) => request.startsWith('PUT'))).toEqual(before);
  });
});

it('push: false exports nothing to an empty repository either', async () => {
  bed.ecr.addRepository({ name: 'unpushed' });
  const result = await runJob(bed, { imageShortName: 'unpushed', push: 'false' });
  expect(result.code, result.output).toBe(0);
  expect(await cacheTags(bed, 'unpushed')).toEqual([]);
});

function defaultBranch(name: string): unknown {
  return { repository: { full_name: 'org/app', default_branch: name } };
}
