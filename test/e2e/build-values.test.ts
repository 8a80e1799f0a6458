import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { build, readLabels, refuse } from '../support/built.ts';
import { HARD_VALUES, lines } from '../support/hard-values.ts';
import { readLayerFile } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

it('hands build arguments over as they are', async () => {
  const names = Object.keys(HARD_VALUES);
  const Dockerfile = dockerfile(
    bed.baseImage,
    ...names.map((name) => `ARG ${name}`),
    ...names.map((name) => `RUN printf %s "$${name}" > /${name}`),
  );
  const { image } = await build(bed, { buildArgs: `# all of them\n${lines(HARD_VALUES)}\n` }, { Dockerfile });
  const arrived = await Promise.all(names.map(async (name) => [name, await readLayerFile({ ...image, path: name })]));
  expect(Object.fromEntries(arrived)).toEqual(HARD_VALUES);
});

it('hands an empty build argument over, which replaces the default of the Dockerfile', async () => {
  const Dockerfile = dockerfile(bed.baseImage, 'ARG A=default', 'ARG B=default', 'RUN echo "[$A][$B]" > /args');
  const { image } = await build(bed, { buildArgs: 'A=' }, { Dockerfile });
  expect(await readLayerFile({ ...image, path: 'args' })).toBe('[][default]\n');
});

it('uses a build argument in FROM', async () => {
  const Dockerfile = 'ARG BASE=scratch\nFROM $BASE\nRUN echo based > /built\n';
  const { image } = await build(bed, { buildArgs: `BASE=${bed.baseImage}` }, { Dockerfile });
  expect(await readLayerFile({ ...image, path: 'built' })).toBe('based\n');
});

it('writes labels as they are, with the case of their names, over those of the Dockerfile', async () => {
  const Dockerfile = dockerfile(bed.baseImage, 'LABEL com.example.Team=nobody com.example.kept=yes');
  const labels = { ...HARD_VALUES, 'com.example.Team': 'web', 'com.example.empty': '', 'with/slash-and.dots_1': 'x' };
  const { image } = await build(bed, { labels: lines(labels) }, { Dockerfile });
  expect(await readLabels(image)).toMatchObject({ ...labels, 'com.example.kept': 'yes' });
});

it.each([
  ['buildArgs', 'JUST_A_NAME', 'JUST_A_NAME'],
  ['buildArgs', '=value', 'its name is empty'],
  ['labels', 'team web=x', '"team web"'],
  ['labels', 'no equals sign', 'no equals sign'],
] as const)('refuses a pair of %s that cannot be read: %j', async (input, value, said) => {
  const { code, error } = await refuse(await bed.job(), bed, { [input]: `GOOD=1\n${value}` });
  expect(code, error).toBe('pair-malformed');
  expect(error).toContain(input);
  expect(error).toContain(said);
});

it('reports every malformed entry of every input at once', async () => {
  const { code, error } = await refuse(await bed.job(), bed, {
    buildArgs: 'one\ntwo',
    labels: 'three',
    platforms: 'linux/four',
  });
  expect(code, error).toBe('inputs-invalid');
  for (const name of ['one', 'two', 'three', 'linux/four']) {
    expect(error).toContain(`"${name}"`);
  }
});
