import { describe, expect, it } from 'vitest';
import { findTargets, formatDigestName, nameImage } from '../../../src/plan/image.ts';
import { formatReference, formatRepository } from '../../../src/plan/reference.ts';
import { parseTagEntry } from '../../../src/plan/tags.ts';

const OWN = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const GIVEN = '210987654321.dkr.ecr.eu-central-1.amazonaws.com';
const OTHER = '345678901234.dkr.ecr.us-east-1.amazonaws.com';
const REGISTRY = { host: GIVEN, prefix: '' };
const TEAM = { host: GIVEN, prefix: 'team/blue' };
const PUBLIC = { host: 'public.ecr.aws', prefix: 'acme' };

function entries(...tags: string[]) {
  return tags.map((tag) => parseTagEntry(tag));
}

describe('registries that images go to', () => {
  it.each([
    ['tags to be derived', [], [], { hosts: [], own: true }],
    ['tags', [], ['v1', 'v2'], { hosts: [], own: true }],
    ['tags to be derived, a registry', [REGISTRY], [], { hosts: [GIVEN], own: false }],
    ['tags, a registry', [REGISTRY], ['v1', 'v2'], { hosts: [GIVEN], own: false }],
    ['tags, several registries', [REGISTRY, PUBLIC], ['v1'], { hosts: [GIVEN, 'public.ecr.aws'], own: false }],
    ['references only', [], [`${OTHER}/app:v1`], { hosts: [OTHER], own: false }],
    ['references only, a registry that gets nothing', [REGISTRY], [`${OTHER}/app:v1`], { hosts: [OTHER], own: false }],
    ['tags and references', [], ['v1', `${OTHER}/app:v1`], { hosts: [OTHER], own: true }],
    ['tags and references, a registry', [REGISTRY], [`${OTHER}/app:v1`, 'v1'], { hosts: [GIVEN, OTHER], own: false }],
  ])('%s', (_, registries, tags, targets) => {
    expect(findTargets({ registries, tags: entries(...tags) })).toEqual(targets);
  });
});

describe('names of an image', () => {
  it.each([
    ['in the own registry', [], OWN, ['v1'], [`${OWN}/nginx:v1`]],
    ['in a given registry', [REGISTRY], OWN, ['v1', 'v2'], [`${GIVEN}/nginx:v1`, `${GIVEN}/nginx:v2`]],
    ['under a prefix', [TEAM], OWN, ['v1'], [`${GIVEN}/team/blue/nginx:v1`]],
    ['that are references', [], OWN, [`${OTHER}/app:v1`], [`${OTHER}/app:v1`]],
    [
      'of both kinds, in their order',
      [TEAM],
      OWN,
      [`${OTHER}/app:v1`, 'v1'],
      [`${OTHER}/app:v1`, `${GIVEN}/team/blue/nginx:v1`],
    ],
    [
      'in several registries: the first tag in all of them, then the next one',
      [TEAM, PUBLIC],
      OWN,
      ['v1', 'v2'],
      [
        `${GIVEN}/team/blue/nginx:v1`,
        'public.ecr.aws/acme/nginx:v1',
        `${GIVEN}/team/blue/nginx:v2`,
        'public.ecr.aws/acme/nginx:v2',
      ],
    ],
    [
      'in several registries, with a reference between them',
      [REGISTRY, PUBLIC],
      OWN,
      ['v1', `${OTHER}/app:v1`, 'v2'],
      [
        `${GIVEN}/nginx:v1`,
        'public.ecr.aws/acme/nginx:v1',
        `${OTHER}/app:v1`,
        `${GIVEN}/nginx:v2`,
        'public.ecr.aws/acme/nginx:v2',
      ],
    ],
    [
      'in two paths of one registry',
      [REGISTRY, TEAM],
      OWN,
      ['v1'],
      [`${GIVEN}/nginx:v1`, `${GIVEN}/team/blue/nginx:v1`],
    ],
    [
      'given twice',
      [REGISTRY],
      OWN,
      ['v1', 'v2', 'v1', `${GIVEN}/nginx:v2`],
      [`${GIVEN}/nginx:v1`, `${GIVEN}/nginx:v2`],
    ],
    ['without any registry', [], undefined, ['v1'], []],
    ['without a registry of the tags', [], undefined, ['v1', `${OTHER}/app:v1`], [`${OTHER}/app:v1`]],
    ['without a tag', [REGISTRY, PUBLIC], OWN, [], []],
  ])('%s', (_, registries, ownHost, tags, references) => {
    const image = nameImage({ registries, imageShortName: 'nginx' }, { tags: entries(...tags), ownHost });
    expect(image.references.map(formatReference)).toEqual(references);
  });
});

describe('repositories of an image', () => {
  it.each([
    [
      'of the first tag come first',
      [TEAM],
      OWN,
      ['v1', `${OTHER}/app:v1`],
      [`${GIVEN}/team/blue/nginx`, `${OTHER}/app`],
    ],
    [
      'of the first reference come first',
      [TEAM],
      OWN,
      [`${OTHER}/app:v1`, 'v1'],
      [`${OTHER}/app`, `${GIVEN}/team/blue/nginx`],
    ],
    ['are named once', [REGISTRY], OWN, ['v1', 'v2', `${GIVEN}/nginx:v3`], [`${GIVEN}/nginx`]],
    ['are those of all registries', [PUBLIC, REGISTRY], OWN, ['v1'], ['public.ecr.aws/acme/nginx', `${GIVEN}/nginx`]],
    ['are not those that get nothing', [REGISTRY], OWN, [`${OTHER}/app:v1`], [`${OTHER}/app`]],
    ['are those of the own registry', [], OWN, ['v1'], [`${OWN}/nginx`]],
    ['are there without a tag', [PUBLIC, REGISTRY], OWN, [], ['public.ecr.aws/acme/nginx', `${GIVEN}/nginx`]],
    ['are there without a tag and a registry', [], OWN, [], [`${OWN}/nginx`]],
    ['are none when no registry is known', [], undefined, ['v1'], []],
    ['are none when neither a registry nor a tag is known', [], undefined, [], []],
  ])('%s', (_, registries, ownHost, tags, repositories) => {
    const image = nameImage({ registries, imageShortName: 'nginx' }, { tags: entries(...tags), ownHost });
    expect(image.repositories.map(formatRepository)).toEqual(repositories);
  });
});

it('the name of a digest', () => {
  const digest = `sha256:${'0a'.repeat(32)}`;
  expect(formatDigestName({ host: OWN, repository: 'team/nginx' }, digest)).toBe(`${OWN}/team/nginx@${digest}`);
});
