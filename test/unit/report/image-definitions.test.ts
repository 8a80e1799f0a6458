import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeImageDefinitions } from '../../../src/report/image-definitions.ts';
import { makeDirectory } from '../job.ts';

const URI = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/nginx@sha256:${'0a'.repeat(32)}`;
const WEB = { name: 'web', imageUri: URI };
const OTHER = { name: 'sidecar', imageUri: 'a.example/b:c', extra: [1] };

it.each([
  ['nothing else', [], [WEB]],
  ['other containers', [OTHER], [OTHER, WEB]],
  ['the same container before', [{ name: 'web', imageUri: 'old' }, OTHER], [OTHER, WEB]],
  ['the same container twice', [{ name: 'web' }, { name: 'web' }], [WEB]],
  [
    'containers whose names only look alike',
    [{ name: 'WEB' }, { name: 'web2' }],
    [{ name: 'WEB' }, { name: 'web2' }, WEB],
  ],
  ['entries of another shape', [null, 'web', 1, {}], [null, 'web', 1, {}, WEB]],
])('is written beside %s', async (_, entries, written) => {
  const path = join(await makeDirectory(), 'imagedefinitions.json');
  await writeImageDefinitions({ container: 'web', path, entries }, URI);
  const text = await readFile(path, 'utf8');
  expect(JSON.parse(text)).toEqual(written);
  expect(text.endsWith(']\n')).toBe(true);
});

it('makes its directory', async () => {
  const path = join(await makeDirectory(), 'deploy/prod/images.json');
  await writeImageDefinitions({ container: 'web', path, entries: [] }, URI);
  expect(await readFile(path, 'utf8')).toBe(`[\n  {\n    "name": "web",\n    "imageUri": "${URI}"\n  }\n]\n`);
});

it('replaces what was there', async () => {
  const directory = await makeDirectory({ 'a.json': `${' '.repeat(5_000)}[]` });
  const path = join(directory, 'a.json');
  await writeImageDefinitions({ container: 'web', path, entries: [] }, URI);
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual([WEB]);
});
