import { describe, expect, it } from 'vitest';
import { isMutable, type KnownRepositories } from '../../../src/plan/mutability.ts';

const NGINX = { host: 'one.example', repository: 'team/nginx', tag: 'v1' };

/** What is known of team/nginx when ECR says this of it. */
function settingOf(setting: string | undefined, ...exclusions: readonly string[]): KnownRepositories {
  return new Map([['one.example/team/nginx', { kind: 'there', mutability: { setting, exclusions } }]]);
}

describe('a tag can be written again', () => {
  it.each([
    ['MUTABLE', [], true],
    ['MUTABLE', ['v1'], true],
    ['IMMUTABLE', [], false],
    ['IMMUTABLE', ['v1'], false],
    ['IMMUTABLE_WITH_EXCLUSION', [], false],
    ['IMMUTABLE_WITH_EXCLUSION', ['latest'], false],
    ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'v*'], true],
    ['MUTABLE_WITH_EXCLUSION', [], true],
    ['MUTABLE_WITH_EXCLUSION', ['latest'], true],
    ['MUTABLE_WITH_EXCLUSION', ['latest', 'v*'], false],
    ['ANOTHER', ['v1'], undefined],
    [undefined, [], undefined],
  ])('with %s and the exclusions %j: %s', (setting, exclusions, expected) => {
    expect(isMutable(NGINX, settingOf(setting, ...exclusions))).toBe(expected);
  });

  const nothing: KnownRepositories = new Map();
  it.each([
    ['nothing was asked', nothing],
    ['there was no answer', new Map([['one.example/team/nginx', { kind: 'unknown' }]] as const)],
    ['there is no repository', new Map([['one.example/team/nginx', { kind: 'missing' }]] as const)],
    [
      'only another repository is known',
      new Map([['one.example/nginx', { kind: 'there', mutability: { setting: 'MUTABLE', exclusions: [] } }]] as const),
    ],
  ])('or nobody knows, when %s', (_, facts) => {
    expect(isMutable(NGINX, facts)).toBeUndefined();
  });
});

describe('a filter', () => {
  it.each([
    ['v1', ['v1'], ['v11', 'xv1', 'V1']],
    ['*', ['v1', '-', 'a.b'], []],
    ['v*', ['v', 'v1', 'v1.2-rc_3'], ['1v', 'x-v1']],
    ['*-dev', ['-dev', 'v1-dev'], ['v1-dev2', 'v1dev']],
    ['v*-*', ['v-', 'v1-dev', 'v--'], ['v1']],
    ['*a*b*', ['ab', 'xaxbx'], ['ba']],
    ['v1.2', ['v1.2'], ['v1x2']],
    ['a-b_c', ['a-b_c'], ['a-b-c']],
    ['v[12]+', [], ['v1', 'v12', 'v2']],
    ['', [], ['v1']],
  ])('%j holds for %j and not for %j', (filter, held, others) => {
    const facts = settingOf('IMMUTABLE_WITH_EXCLUSION', filter);
    const mutable = [...held, ...others].filter((tag) => isMutable({ ...NGINX, tag }, facts) === true);
    expect(mutable).toEqual(held);
  });
});
