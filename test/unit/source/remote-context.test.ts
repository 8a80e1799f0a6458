import { describe, expect, it } from 'vitest';
import { findContext, gitHost } from '../../../src/source/context.ts';
import { problemOf } from '../failures.ts';

function find(pathToContext: string, dockerfile = 'Dockerfile') {
  return findContext({
    source: { path: '/fake/workspace', name: 'the workspace', place: '' },
    pathToContext,
    dockerfile,
  });
}

describe('a context that BuildKit fetches', () => {
  it.each([
    ['https://a.example/b.git', 'a.example'],
    ['https://a.example/b.git#main:app', 'a.example'],
    ['https://a.example/b.git?ref=main', 'a.example'],
    ['https://a.example:8443/b/c.git', 'a.example:8443'],
    ['HTTPS://a.example/b.git', 'a.example'],
    ['https://a.example/b.tar.gz', undefined],
    ['https://a.example/b.git.tar.gz', undefined],
    ['git://a.example/b.git', undefined],
    ['ssh://git@a.example/b.git', undefined],
    ['git@a.example:b/c.git', undefined],
  ])('%s has a Git host: %s', async (url, host) => {
    const context = await find(url, 'docker/prod');
    expect(context).toEqual({ kind: 'remote', url, dockerfile: 'docker/prod' });
    expect(gitHost(context)).toBe(host);
  });

  it.each([
    ['a user and a password', 'https://ci:fake-secret@a.example/b.git'],
    ['a password alone', 'https://:fake-secret@a.example/b.git'],
    ['a user alone', 'https://fake-secret@a.example/b.git'],
    ['an archive', 'http://ci:fake-secret@a.example/b.tar.gz'],
  ])('may not hold %s', async (_, url) => {
    const problem = await problemOf(() => find(url));
    expect(problem).toEqual({
      code: 'input-invalid',
      message: 'pathToContext: the address holds a user or password, which everybody on the machine could read.',
      hint: 'Leave it out and give it as gitToken (a token, or user:password).',
    });
    expect(JSON.stringify(problem)).not.toContain('fake-secret');
  });

  it.each(['https://', 'https://a.example:port/b.git', 'https://ci:fake-secret@a b/c.git'])(
    'must have an address: %s',
    async (url) => {
      const problem = await problemOf(() => find(url));
      expect([problem.code, problem.message]).toEqual([
        'input-invalid',
        'pathToContext: the value starts like an HTTP(S) address and is none.',
      ]);
      expect(JSON.stringify(problem)).not.toContain('fake-secret');
    },
  );

  it.each(['/etc/Dockerfile', '../Dockerfile', 'a/../../b', '..'])(
    'has its Dockerfile inside: %s',
    async (dockerfile) => {
      expect(await problemOf(() => find('https://a.example/b.git', dockerfile))).toMatchObject({
        code: 'path-outside',
        message: `dockerfile: "${dockerfile}" leaves the build context, which BuildKit fetches.`,
      });
    },
  );

  it('may have a Dockerfile with dots', async () => {
    expect(await find('https://a.example/b.git', '..docker/a..b')).toMatchObject({ dockerfile: '..docker/a..b' });
  });
});
