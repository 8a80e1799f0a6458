import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTag, formatReference, parseReference } from '../../../src/plan/reference.ts';
import { problemOf } from '../failures.ts';

const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';

describe('a tag', () => {
  it.each(['v1.0.0', 'latest', '_x', '1', 'A-b_c.d', '261121_093000-0a1b2c3', 'a'.repeat(128)])('%s', (tag) => {
    expect(checkTag(tag, 'imageTag')).toBe(tag);
  });

  it.each([
    ['.v1', 'it starts with "."'],
    ['-v1', 'it starts with "-"'],
    ['nginx:v1', 'it holds ":"; a name before the tag needs its registry too (registry/name:tag)'],
    ['v1 v2', 'it has characters that a tag may not have'],
    ['v1+build', 'it has characters that a tag may not have'],
    ['v1@sha256', 'it has characters that a tag may not have'],
    ['vérsion', 'it has characters that a tag may not have'],
    ['v1\n', 'it has characters that a tag may not have'],
    ['', 'it has characters that a tag may not have'],
    ['a'.repeat(129), 'it has 129 characters, at most 128 are allowed'],
  ])('refuses %j', async (tag, reason) => {
    expect(await problemOf(() => checkTag(tag, 'imageTag'))).toEqual({
      code: 'tag-malformed',
      message: `imageTag: "${tag}" is not a tag: ${reason}.`,
      hint: expect.stringContaining('letters, digits'),
    });
  });
});

describe('a full reference', () => {
  it.each([
    ['of ECR', `${HOST}/nginx:v1`, { host: HOST, repository: 'nginx', tag: 'v1' }],
    ['with parts', `${HOST}/team/web/nginx:v1`, { host: HOST, repository: 'team/web/nginx', tag: 'v1' }],
    ['with a port', 'localhost:5000/nginx:v1', { host: 'localhost:5000', repository: 'nginx', tag: 'v1' }],
    ['with https', `https://${HOST}/nginx:v1`, { host: HOST, repository: 'nginx', tag: 'v1' }],
    ['with a host in upper case', 'A.Example/nginx:V1', { host: 'a.example', repository: 'nginx', tag: 'V1' }],
  ])('%s: %s', (_, entry, reference) => {
    expect(parseReference(entry, 'imageTag')).toEqual(reference);
  });

  it.each([
    ['no tag', `${HOST}/nginx`, 'tag-malformed', 'it has a registry but no tag after the last ":"'],
    ['no tag, but a port', 'localhost:5000/nginx', 'tag-malformed', 'it has a registry but no tag after the last ":"'],
    ['an empty tag', `${HOST}/nginx:`, 'tag-malformed', 'it has characters that a tag may not have'],
    ['a tag that is none', `${HOST}/nginx:.v1`, 'tag-malformed', 'it starts with "."'],
    ['a digest', `${HOST}/nginx@sha256:${'0'.repeat(64)}`, 'tag-malformed', 'a digest cannot be pushed to'],
    ['a tag and a digest', `${HOST}/nginx:v1@sha256:00`, 'tag-malformed', 'a digest cannot be pushed to'],
    ['two tags', `${HOST}/nginx:v1:v2`, 'tag-malformed', 'it holds ":"'],
    ['a name of Docker Hub', 'library/nginx:v1', 'tag-malformed', 'this is an image on Docker Hub'],
    ['no host', '/nginx:v1', 'tag-malformed', 'is not a registry host'],
    ['http', `http://${HOST}/nginx:v1`, 'registry-malformed', 'only https is spoken to a registry'],
    ['upper case', `${HOST}/Nginx:v1`, 'image-name-malformed', 'it has upper-case letters'],
    ['an empty part', `${HOST}/team//nginx:v1`, 'image-name-malformed', 'it has characters that ECR does not take'],
    ['a long name', `${HOST}/${'a'.repeat(257)}:v1`, 'image-name-malformed', 'it has 257 characters'],
    ['a host with an underscore', 'a_b.example/nginx:v1', 'registry-malformed', 'is not a host name'],
  ])('refuses %s', async (_, entry, code, reason) => {
    const problem = await problemOf(() => parseReference(entry, 'imageTag'));
    expect(problem.code).toBe(code);
    expect(problem.message).toMatch(/^imageTag: "/);
    expect(problem.message).toContain(reason);
  });

  it('is written as it was read', () => {
    const host = fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,4})?(\.[a-z0-9]{1,8}){1,3}(:[1-9][0-9]{1,3})?$/);
    const repository = fc.stringMatching(
      /^[a-z0-9]{2,6}([._-][a-z0-9]{1,4})?(\/[a-z0-9]{1,6}([._-][a-z0-9]{1,4})?){0,3}$/,
    );
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/);
    fc.assert(
      fc.property(fc.record({ host, repository, tag }), (reference) => {
        expect(parseReference(formatReference(reference), 'imageTag')).toEqual(reference);
      }),
    );
  });
});
