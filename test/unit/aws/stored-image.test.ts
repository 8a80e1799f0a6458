import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { sizeOf } from '../../../src/aws/stored-image.ts';

function sample(name: string): Promise<string> {
  return readFile(new URL(`../../fixtures/buildkit/manifests/${name}.json`, import.meta.url), 'utf8');
}

it.each([
  ['docker-manifest', 734 + 1_064_323],
  ['cache-manifest', 381 + 1_064_323],
  ['index-two-platforms', 0],
])('%s refers to %i bytes', async (name, bytes) => {
  expect(sizeOf(await sample(name))).toBe(bytes);
});

it.each([
  ['no layers', '{"config":{"size":5}}', 5],
  ['several layers', '{"config":{"size":5},"layers":[{"size":7},{"size":11}]}', 23],
  ['a layer without a size', '{"config":{"size":5},"layers":[{"digest":"sha256:0"},{"size":"7"}]}', 5],
  ['layers of another shape', '{"layers":{"0":{"size":7}}}', 0],
  ['nothing', '{}', 0],
])('a manifest with %s', (_, manifest, bytes) => {
  expect(sizeOf(manifest)).toBe(bytes);
});
