import { glob } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readMergeInputs } from '../../src/inputs/merge.ts';
import { at, textAt } from '../../src/json.ts';
import { imageOutputs } from '../../src/report/outputs.ts';
import { makeDirectory, runnerOf } from './job.ts';
import { askedInputs, ROOT, readText, rowsOf, sectionsOf } from './metadata.ts';

const build: unknown = parse(await readText('action.yml'));
const action: unknown = parse(await readText('merge/action.yml'));
const inputs = Object.entries(at(action, 'inputs') ?? {});
const docs = sectionsOf(await readText('docs/multi-arch.md'));

describe('the inputs of merge/action.yml', () => {
  const names = inputs.map(([name]) => name);

  it('are those that the source asks for', async () => {
    const workspace = await makeDirectory();
    const given = {
      imageShortName: 'nginx',
      imageTag: 'v1',
      platforms: 'linux/amd64',
      awsRegion: 'eu-west-1',
      awsCredentials: '[default]\naws_access_key_id = AKIAEXAMPLE00000FAKE\naws_secret_access_key = fake\n',
      ecsContainerName: 'web',
    };
    const asked = await askedInputs(given, (env) => readMergeInputs(env, runnerOf(workspace), () => undefined));
    expect(asked).toEqual(names.map((name) => name.toUpperCase()).toSorted());
  });

  it.each(names)('%s has the same spelling in the source', async (name) => {
    const files = await Array.fromAsync(glob('src/inputs/*.ts', { cwd: ROOT }));
    expect((await Promise.all(files.map(readText))).join('\n')).toContain(`'${name}'`);
  });

  it('are those of the documentation, in the same order', () => {
    expect(rowsOf(docs.get('Inputs of merge')).map((row) => row.name)).toEqual(names);
  });

  it.each(inputs)('%s is described, and has its default in the documentation', (name, definition) => {
    const value = textAt(definition, 'default');
    const row = rowsOf(docs.get('Inputs of merge')).find((candidate) => candidate.name === name);
    expect(textAt(definition, 'description')).toMatch(/\S/);
    expect(row?.cells.slice(0, 2)).toEqual([value === undefined ? '–' : `\`${value}\``, expect.stringMatching(/\S/)]);
  });

  it.each(names.filter((name) => at(build, 'inputs', name) !== undefined))(
    '%s has the default of the build',
    (name) => {
      expect(textAt(action, 'inputs', name, 'default')).toBe(textAt(build, 'inputs', name, 'default'));
    },
  );

  it('mark those that a step cannot do without', () => {
    const required = inputs.filter(([, definition]) => at(definition, 'required') === true).map(([name]) => name);
    expect(required).toEqual(['imageShortName', 'imageTag']);
  });
});

describe('the outputs of merge/action.yml', () => {
  const names = Object.keys(at(action, 'outputs') ?? {});

  it('are those that the source sets', () => {
    const image = {
      digest: `sha256:${'0'.repeat(64)}`,
      pushed: true,
      tagged: [],
      platforms: new Map<string, string>(),
    };
    expect(names).toEqual(Object.keys(imageOutputs({ ...image, names: { repositories: [], references: [] } })));
  });

  it('are those of the documentation, in the same order, each with its meaning', () => {
    const rows = rowsOf(docs.get('Outputs of merge'));
    expect(rows.map(({ name }) => name)).toEqual(names);
    expect(rows.filter(({ cells }) => !cells[0])).toEqual([]);
  });

  it.each(names)('%s is described', (name) => {
    expect(textAt(action, 'outputs', name, 'description')).toMatch(/\S/);
  });

  it.each(names)('%s is one of the build, too', (name) => {
    expect(at(build, 'outputs', name)).toBeDefined();
  });
});

it('the runs of merge/action.yml are a file of dist and a Node that the runner has', () => {
  expect(at(action, 'runs')).toEqual({ using: 'node24', main: '../dist/merge/index.js' });
});
