import { describe, expect, it } from 'vitest';
import { type Checkout, repositoryPath } from '../../../src/plan/repository-path.ts';

const OWN = 'https://github.com/org/app';

/** The path of a Dockerfile in this directory. */
function pathOf(directory: string, checkout: Checkout | undefined, file = 'Dockerfile') {
  return repositoryPath(file, {
    context: { kind: 'local', directory: '/ws', dockerfile: { directory, name: 'Dockerfile' } },
    checkout,
    workspace: '/ws',
    repositoryUrl: OWN,
  });
}

describe('the path in the repository', () => {
  it.each<readonly [string, string, string, string]>([
    ['at its top', '/ws', '/ws', 'Dockerfile'],
    ['below its top', '/ws', '/ws/a/b', 'a/b/Dockerfile'],
    ['of a checkout below the workspace', '/ws/app', '/ws/app/web', 'web/Dockerfile'],
    ['of a checkout elsewhere', '/other/app', '/other/app/web', 'web/Dockerfile'],
  ])('%s', (_, top, directory, path) => {
    expect(pathOf(directory, { directory: top, remotes: [OWN] })).toBe(path);
  });

  it('is relative to the workspace when nobody knows of a checkout', () => {
    expect(pathOf('/ws/a', undefined)).toBe('a/Dockerfile');
    expect(pathOf('/tmp', undefined)).toBeUndefined();
    expect(pathOf('/ws/a', undefined, '../../etc/Dockerfile')).toBeUndefined();
  });

  it('counts for a repository that does not say where it is from, in the workspace', () => {
    expect(pathOf('/ws/app/a', { directory: '/ws/app', remotes: [] })).toBe('a/Dockerfile');
    expect(pathOf('/tmp/app', { directory: '/tmp/app', remotes: [] })).toBeUndefined();
  });

  it('is none beside the checkout', () => {
    expect(pathOf('/ws/app', { directory: '/ws/app', remotes: [OWN] }, '../Dockerfile')).toBeUndefined();
  });

  it('is none in what BuildKit fetches', () => {
    const context = { kind: 'remote', url: `${OWN}.git`, dockerfile: 'Dockerfile' } as const;
    expect(
      repositoryPath('Dockerfile', { context, checkout: undefined, workspace: '/ws', repositoryUrl: OWN }),
    ).toBeUndefined();
  });

  it.each([
    'https://github.com/org/app.git',
    'https://github.com/Org/App/',
    'https://x-access-token:abc@github.com/org/app',
    'git@github.com:org/app.git',
    'ssh://git@github.com:22/org/app.git',
  ])('belongs to the workflow: %s', (remote) => {
    expect(pathOf('/ws', { directory: '/ws', remotes: ['https://github.com/other/app', remote] })).toBe('Dockerfile');
  });

  it.each([
    'https://github.com/org/app2',
    'https://github.com/someone/app',
    'https://gitlab.com/org/app',
    '/srv/git/org/app',
    '',
  ])('belongs to another repository: %j', (remote) => {
    expect(pathOf('/ws', { directory: '/ws', remotes: [remote] })).toBeUndefined();
  });
});
