import { describe, expect, it } from 'vitest';
import { findTargets, nameImage } from '../../../src/plan/image.ts';
import { parseTagEntry } from '../../../src/plan/tags.ts';

const OWN = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const GIVEN = '210987654321.dkr.ecr.eu-central-1.amazonaws.com';
const OTHER = '345678901234.dkr.ecr.us-east-1.amazonaws.com';
const REGISTRY = { host: GIVEN, prefix: '' };
const TEAM = { host: GIVEN, prefix: 'team/blue' };

function entries(...tags: string[]) {
  return tags.map((tag) => parseTagEntry(tag));
}

describe('registries that images go to', () => {
  it.each([
    ['tags to be derived', undefined, [], { hosts: [], own: true }],
    ['tags', undefined, ['v1', 'v2'], { hosts: [], own: true }],
    ['tags to be derived, a registry', REGISTRY, [], { hosts: [GIVEN], own: false }],
    ['tags, a registry', REGISTRY, ['v1', 'v2'], { hosts: [GIVEN], own: false }],
    ['references only', undefined, [`${OTHER}/app:v1`], { hosts: [OTHER], own: false }],
    ['references only, a registry that gets nothing', REGISTRY, [`${OTHER}/app:v1`], { hosts: [OTHER], own: false }],
    ['tags and references', undefined, ['v1', `${OTHER}/app:v1`], { hosts: [OTHER], own: true }],
    ['tags and references, a registry', REGISTRY, [`${OTHER}/app:v1`, 'v1'], { hosts: [GIVEN, OTHER], own: false }],
  ])('%s', (_, registry, tags, targets) => {
    expect(findTargets({ registry, tags: entries(...tags) })).toEqual(targets);
  });
});

describe('names of an image', () => {
  it.each([
    ['in the own registry', undefined, OWN, ['v1'], [`${OWN}/nginx:v1`]],
    ['in a given registry', REGISTRY, OWN, ['v1', 'v2'], [`${GIVEN}/nginx:v1`, `${GIVEN}/nginx:v2`]],
    ['under a prefix', TEAM, OWN, ['v1'], [`${GIVEN}/team/blue/nginx:v1`]],
    ['that are references', undefined, OWN, [`${OTHER}/app:v1`], [`${OTHER}/app:v1`]],
    [
      'of both kinds, in their order',
      TEAM,
      OWN,
      [`${OTHER}/app:v1`, 'v1'],
      [`${OTHER}/app:v1`, `${GIVEN}/team/blue/nginx:v1`],
    ],
    ['given twice', REGISTRY, OWN, ['v1', 'v2', 'v1', `${GIVEN}/nginx:v2`], [`${GIVEN}/nginx:v1`, `${GIVEN}/nginx:v2`]],
    ['without any registry', undefined, undefined, ['v1'], []],
    ['without a registry of the tags', undefined, undefined, ['v1', `${OTHER}/app:v1`], [`${OTHER}/app:v1`]],
  ])('%s', (_, registry, ownHost, tags, references) => {
    const image = nameImage({ registry, imageShortName: 'nginx' }, { tags: entries(...tags), ownHost });
    expect(image.references).toEqual(references);
  });

  it.each([
    ['the first tag', ['v1', `${OTHER}/app:v1`], { host: GIVEN, repository: 'team/blue/nginx' }],
    ['the first reference', [`${OTHER}/app:v1`, 'v1'], { host: OTHER, repository: 'app' }],
  ])('the first is that of %s', (_, tags, first) => {
    const image = nameImage({ registry: TEAM, imageShortName: 'nginx' }, { tags: entries(...tags), ownHost: OWN });
    expect(image.first).toMatchObject(first);
  });

  it('there is no first when no registry is known', () => {
    const image = nameImage(
      { registry: undefined, imageShortName: 'nginx' },
      { tags: entries('v1'), ownHost: undefined },
    );
    expect(image).toEqual({ first: undefined, references: [] });
  });
});
