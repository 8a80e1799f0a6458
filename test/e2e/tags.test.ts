import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, commitAll, startBed } from '../support/bed.ts';
import type { JobOptions } from '../support/job.ts';
import { listTags } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

/** Half an hour after midnight in Tokyo is the day before in UTC. */
const COMMITTED = '2026-03-01T00:30:15+09:00';
const STAMP = '260228_153015';

type Event = NonNullable<JobOptions['event']>;
const event = (name: string, ref: string, payload: unknown = {}): Event => ({ name, ref, payload });
const MAIN = 'refs/heads/main';
const BRANCH = 'refs/heads/feature/x';

it.each<[string, Event, (stamp: string) => string[]]>([
  ['push of a tag', event('push', 'refs/tags/v1.2.3'), () => ['v1.2.3']],
  ['push of a tag with other characters', event('push', 'refs/tags/release/1.0+build'), () => ['release-1.0-build']],
  ['push to the default branch', event('push', MAIN), (commit) => [commit, 'latest']],
  ['push to another branch', event('push', BRANCH), (commit) => [commit]],
  [
    'push where another branch is the default',
    event('push', MAIN, { repository: { default_branch: 'develop' } }),
    (commit) => [commit],
  ],
  ['schedule', event('schedule', MAIN), (commit) => [commit, 'latest']],
  [
    'schedule whose event says nothing of the repository',
    event('schedule', MAIN, { repository: null }),
    (commit) => [commit, 'latest'],
  ],
  ['repository_dispatch', event('repository_dispatch', MAIN), (commit) => [commit, 'latest']],
  ['workflow_dispatch on the default branch', event('workflow_dispatch', MAIN), (commit) => [commit, 'latest']],
  ['workflow_dispatch on another branch', event('workflow_dispatch', BRANCH), (commit) => [commit]],
  ['workflow_dispatch on a tag', event('workflow_dispatch', 'refs/tags/v1'), (commit) => [commit]],
  ['pull_request', event('pull_request', 'refs/pull/7/merge'), (commit) => [commit]],
  ['pull_request_target', event('pull_request_target', MAIN), (commit) => [commit]],
  ['workflow_run', event('workflow_run', MAIN), (commit) => [commit]],
  ['issue_comment', event('issue_comment', MAIN), (commit) => [commit]],
  ['merge_group', event('merge_group', 'refs/heads/gh-readonly-queue/main/pr-7'), (commit) => [commit]],
  ['release', event('release', 'refs/tags/v9'), (commit) => [commit]],
])('without imageTag, %s', async (_, happened, expected) => {
  const job = await bed.job({ event: happened });
  const sha = await commitAll(job.workspace, COMMITTED);
  const result = await job.step({ ...bed.inputs, imageTag: '' });
  expect(result.code, result.output).toBe(0);
  const tags = expected(`${STAMP}-${sha.slice(0, 7)}`);
  expect(result.outputs.imageTags?.split('\n')).toEqual(tags.map((tag) => `${bed.ecr.host}/app:${tag}`));
  expect(await listTags({ registryUrl: bed.registry.url, repository: 'app' })).toEqual(expect.arrayContaining(tags));
});

it('takes the commit of a repository that is checked out below the workspace', async () => {
  const job = await bed.job({ files: { 'app/Dockerfile': `FROM ${bed.baseImage}\n` } });
  const sha = await commitAll(`${job.workspace}/app`, COMMITTED);
  const result = await job.step({ ...bed.inputs, imageTag: '', pathToContext: 'app' });
  expect(result.outputs.imageFullNameTag).toBe(`${bed.ecr.host}/app:${STAMP}-${sha.slice(0, 7)}`);
});

it('says what to do where there is no commit', async () => {
  const job = await bed.job();
  const result = await job.step({ ...bed.inputs, imageTag: '' });
  expect(result.output).toContain('title=tag-not-derivable');
  expect(result.errors[0]).toMatch(/Set imageTag/);
});

it('refuses a Git tag that is the name of the cache', async () => {
  const job = await bed.job({ event: event('push', 'refs/tags/buildcache') });
  const result = await job.step({ ...bed.inputs, imageTag: '' });
  expect(result.output).toContain('title=tag-reserved');
});
