import { describe, expect, it } from 'vitest';
import { imageLabels, type Origin } from '../../../src/plan/labels.ts';
import { parsePair } from '../../../src/plan/pairs.ts';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const ORIGIN: Origin = {
  source: 'https://github.example/acme/shop',
  commit: { sha: SHA, date: new Date('2026-11-21T09:30:05Z') },
  version: 'v1',
};
const OCI = 'org.opencontainers.image';
const OWN = [
  `${OCI}.source=https://github.example/acme/shop`,
  `${OCI}.revision=${SHA}`,
  `${OCI}.version=v1`,
  `${OCI}.created=2026-11-21T09:30:05Z`,
];

function labels(given: readonly string[], origin: Partial<Origin> = {}): string[] {
  const pairs = given.map((entry) => parsePair(entry, 'labels'));
  return imageLabels(pairs, { ...ORIGIN, ...origin }).map(({ key, value }) => `${key}=${value}`);
}

describe('labels', () => {
  it('say where an image comes from', () => {
    expect(labels([])).toEqual(OWN);
  });

  it('are the same for the same commit, whatever the clock says', () => {
    expect(labels([])).toEqual(labels([]));
    expect(labels([], { commit: { sha: SHA, date: new Date(0) } })[3]).toBe(`${OCI}.created=1970-01-01T00:00:00Z`);
  });

  it.each([
    ['of no commit', { commit: undefined, source: undefined }, [`${OCI}.version=v1`]],
    ['of no tag', { version: undefined }, [...OWN.slice(0, 2), ...OWN.slice(3)]],
    ['of nothing', { commit: undefined, source: undefined, version: undefined }, []],
  ])('%s say less', (_, origin, expected) => {
    expect(labels([], origin)).toEqual(expected);
  });

  it.each([
    ['another one is added', ['a=b'], [...OWN, 'a=b']],
    [
      'a given one wins',
      [`${OCI}.version=2.0`],
      [...OWN.filter((label) => !label.includes('.version')), `${OCI}.version=2.0`],
    ],
    ['one without a value is taken away', [`${OCI}.revision=`], OWN.filter((label) => !label.includes('.revision'))],
    ['all can be taken away', ['source', 'revision', 'version', 'created'].map((name) => `${OCI}.${name}=`), []],
    ['another one of OCI without a value is not set', [`${OCI}.title=`], OWN],
    ['any other one may be empty', ['a='], [...OWN, 'a=']],
    ['a given date is kept as it is', [`${OCI}.created=then`], [...OWN.slice(0, 3), `${OCI}.created=then`]],
  ])('%s', (_, given, expected) => {
    expect(labels(given)).toEqual(expected);
  });

  it('that are taken away stay away without a commit, too', () => {
    expect(labels([`${OCI}.revision=`], { commit: undefined, source: undefined, version: undefined })).toEqual([]);
  });
});
