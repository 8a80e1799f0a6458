import { expect, it } from 'vitest';
import { digestsByPlatform } from '../../../src/plan/platform-digests.ts';

const INDEX = `sha256:${'0a'.repeat(32)}`;
const AMD64 = `sha256:${'1b'.repeat(32)}`;
const ARM64 = `sha256:${'2c'.repeat(32)}`;
const ONE = ['linux/amd64'] as const;
const TWO = ['linux/amd64', 'linux/arm64'] as const;
const BOTH = { 'linux/amd64': AMD64, 'linux/arm64': ARM64 };

it.each([
  ['one platform, nothing exported', ONE, {}, [], { 'linux/amd64': INDEX }],
  ['one platform', ONE, {}, [AMD64], { 'linux/amd64': AMD64 }],
  ['several platforms', TWO, {}, [AMD64, ARM64], BOTH],
  ['several platforms, nothing exported', TWO, {}, [], {}],
  ['fewer manifests than platforms', TWO, {}, [AMD64], {}],
  ['more manifests than platforms', ONE, {}, [AMD64, ARM64], {}],
  ['an index in the registry', TWO, BOTH, [], BOTH],
  [
    'an index in the registry that says something else',
    TWO,
    { 'linux/arm/v7': ARM64 },
    [AMD64, ARM64],
    { 'linux/arm/v7': ARM64 },
  ],
  ['one platform in an index', ONE, { 'linux/amd64': AMD64 }, [ARM64], { 'linux/amd64': AMD64 }],
])('%s', (_, platforms, stored, manifests, digests) => {
  const image = { digest: INDEX, platforms, stored: new Map(Object.entries(stored)), manifests };
  expect([...digestsByPlatform(image)]).toEqual(Object.entries(digests));
});
