import { expect, it } from 'vitest';
import { checkExports } from '../../../src/plan/cache.ts';
import { parseReference } from '../../../src/plan/reference.ts';
import { problemOf } from '../failures.ts';

const NAMES = ['registry.example/app:v1', 'registry.example/app:latest'];
const IMAGE = NAMES.map((name) => parseReference(name, 'imageTag'));
const exportTo = (ref: string) => [
  new Map([
    ['type', 'registry'],
    ['ref', ref],
  ]),
];

it.each(NAMES)('a cache may not take the name %s from the image', async (ref) => {
  const { code, message } = await problemOf(() => checkExports(exportTo(ref), IMAGE));
  expect(code).toBe('cache-conflict');
  expect(message).toContain(ref);
});

it.each(['registry.example/app:cache', 'registry.example/other:v1'])('a cache may be at %s', (ref) => {
  expect(() => checkExports([...exportTo(ref), new Map([['type', 'inline']])], IMAGE)).not.toThrow();
});
