import { describe, expect, it } from 'vitest';
import { parseProvenance, parseSbom } from '../../../src/plan/attestations.ts';
import { problemOf } from '../failures.ts';

describe('provenance', () => {
  it.each([
    [undefined, undefined],
    ['false', undefined],
    ['False', undefined],
    ['true', 'mode=min'],
    ['TRUE', 'mode=min'],
    ['min', 'mode=min'],
    ['max', 'mode=max'],
    ['mode=min', 'mode=min'],
    ['mode=max,version=v1', 'mode=max,version=v1'],
    ['builder-id=https://a.example/b?c=d,mode=max', 'builder-id=https://a.example/b?c=d,mode=max'],
  ])('%s is %s', (value, expected) => {
    expect(parseProvenance(value)).toBe(expected);
  });

  it.each(['yes', 'full', 'mode=all', 'mode=max, version=v1', 'version=v1', 'mode', 'mode=max,', 'mode=max\nmode=min'])(
    'refuses %j',
    async (value) => {
      expect(await problemOf(() => parseProvenance(value))).toEqual({
        code: 'input-invalid',
        message: `provenance: "${value}" is not one of its values.`,
        hint: 'Write false, min, max, or attributes such as mode=max,version=v1.',
      });
    },
  );
});

describe('sbom', () => {
  it.each([
    [undefined, undefined],
    ['false', undefined],
    ['FALSE', undefined],
    ['a.example/scanner:1', 'generator=a.example/scanner:1'],
    ['generator=a.example:5000/scanner', 'generator=a.example:5000/scanner'],
    [`scanner@sha256:${'0'.repeat(64)}`, `generator=scanner@sha256:${'0'.repeat(64)}`],
  ])('%s is %s', (value, expected) => {
    expect(parseSbom(value)).toBe(expected);
  });

  it.each(['true', 'True'])('%s is the default scanner, by digest', (value) => {
    expect(parseSbom(value)).toMatch(
      /^generator=docker\.io\/docker\/buildkit-syft-scanner:[\w.-]+@sha256:[0-9a-f]{64}$/,
    );
  });

  it.each(['a b', 'generator=', '-x', 'a,b', 'A/b', 'generator=a,x=y'])('refuses %j', async (value) => {
    expect(await problemOf(() => parseSbom(value))).toEqual({
      code: 'input-invalid',
      message: `sbom: "${value}" is neither true or false nor the image of a scanner.`,
      hint: 'Write true for the default scanner, or an image such as registry/scanner@sha256:….',
    });
  });
});
