import { glob } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import table from '../../src/buildkit/releases.json' with { type: 'json' };
import { FAILURE_CODES } from '../../src/failure-codes.ts';
import { readInputs } from '../../src/inputs.ts';
import { at, textAt } from '../../src/json.ts';
import { imageOutputs, sourceOutputs } from '../../src/report/outputs.ts';
import { CREDENTIALS, makeDirectory, runnerOf } from './job.ts';
import { askedInputs, ROOT, readText, rowsOf, sectionsOf } from './metadata.ts';

const action: unknown = parse(await readText('action.yml'));
const inputs = Object.entries(at(action, 'inputs') ?? {});
const readme = sectionsOf(await readText('README.md'));
const troubleshooting = sectionsOf(await readText('docs/troubleshooting.md'));

describe('the inputs of action.yml', () => {
  const names = inputs.map(([name]) => name);

  it('are those that the source asks for', async () => {
    const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
    const given = { imageShortName: 'nginx', awsRegion: 'eu-west-1', awsCredentials: CREDENTIALS };
    const asked = await askedInputs(given, (env) => readInputs(env, runnerOf(workspace), () => undefined));
    expect(asked).toEqual(names.map((name) => name.toUpperCase()).toSorted());
  });

  it.each(names)('%s has the same spelling in the source', async (name) => {
    const files = await Array.fromAsync(glob('src/inputs/*.ts', { cwd: ROOT }));
    expect((await Promise.all(['src/inputs.ts', ...files].map(readText))).join('\n')).toContain(`'${name}'`);
  });

  it('are those of the README, in the same order', () => {
    expect(rowsOf(readme.get('Inputs')).map((row) => row.name)).toEqual(names);
  });

  it.each(inputs)('%s is described, and has its default in the README', (name, definition) => {
    const value = textAt(definition, 'default');
    const row = rowsOf(readme.get('Inputs')).find((candidate) => candidate.name === name);
    expect(textAt(definition, 'description')).toMatch(/\S/);
    expect(row?.cells.slice(0, 2)).toEqual([value === undefined ? '–' : `\`${value}\``, expect.stringMatching(/\S/)]);
  });

  it('have the pinned version of BuildKit as default', () => {
    expect(textAt(action, 'inputs', 'buildkitVersion', 'default')).toBe(table.default);
  });

  it('name every version of BuildKit in the README', () => {
    const row = rowsOf(readme.get('Inputs')).find(({ name }) => name === 'buildkitVersion');
    const versions = row?.cells.join(' ').match(/v\d+\.\d+\.\d+/g) ?? [];
    expect(new Set(versions)).toEqual(new Set(Object.keys(table.releases)));
  });

  it('mark those that a step cannot do without', () => {
    const required = inputs.filter(([, definition]) => at(definition, 'required') === true).map(([name]) => name);
    expect(required).toEqual(['imageShortName']);
  });
});

describe('the outputs of action.yml', () => {
  const names = Object.keys(at(action, 'outputs') ?? {});

  it('are those that the source sets', () => {
    const image = {
      digest: `sha256:${'0'.repeat(64)}`,
      pushed: false,
      tagged: [],
      platforms: new Map<string, string>(),
    };
    const outputs = imageOutputs({ ...image, names: { repositories: [], references: [] } });
    // BuildKit's own words about the build, and what a scan has found, are added where they have been asked for.
    const ofSource = sourceOutputs(undefined);
    expect(names).toEqual([...Object.keys(outputs), 'metadata', 'scanFindings', ...Object.keys(ofSource)]);
  });

  it('are those of the README, in the same order, each with its meaning', () => {
    const rows = rowsOf(readme.get('Outputs'));
    expect(rows.map(({ name }) => name)).toEqual(names);
    expect(rows.filter(({ cells }) => !cells[0])).toEqual([]);
  });

  it.each(names)('%s is described', (name) => {
    expect(textAt(action, 'outputs', name, 'description')).toMatch(/\S/);
  });
});

describe('the runs of action.yml', () => {
  it('are files of dist and a Node that the runner has', () => {
    expect(at(action, 'runs')).toEqual({ using: 'node24', main: 'dist/main/index.js', post: 'dist/post/index.js' });
  });
});

describe('the codes of failures', () => {
  it('are the headings of docs/troubleshooting.md, in the same order', () => {
    expect([...troubleshooting.keys()]).toEqual([...FAILURE_CODES]);
  });

  it.each(FAILURE_CODES)('%s has an entry with text', (code) => {
    expect(troubleshooting.get(code)?.trim().length).toBeGreaterThan(40);
  });

  it('are all used', async () => {
    const sources: string[] = [];
    for await (const path of glob('src/**/*.ts', { cwd: ROOT })) {
      if (!/^src\/failure(?:-codes)?\.ts$/.test(path)) {
        sources.push(await readText(path));
      }
    }
    const thrownByFailure = ['inputs-invalid', 'unexpected'];
    const unused = FAILURE_CODES.filter((code) => !sources.some((source) => source.includes(`'${code}'`)));
    expect(unused).toEqual(thrownByFailure);
  });
});
