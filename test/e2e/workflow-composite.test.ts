import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { type Bed, startBed } from '../support/bed.ts';
import { readLabels } from '../support/built.ts';
import { isWorkflow, readText, workflowWith, yamlBlocks } from '../support/workflows/documents.ts';
import { bothOf, membersOf, runIn } from '../support/workflows/in-bed.ts';
import { actionsOf, logOf } from '../support/workflows/run.ts';

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value?: string }>>;
  readonly runs: { readonly steps: readonly { readonly with: Readonly<Record<string, string>> }[] };
}

const COMPOSITE = 'examples/composite/action.yml';
/** Where its first line says that a user puts it. */
const PLACE = '.github/actions/image/action.yml';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'nginx' }] });
});
afterAll(() => bed.close());

const readAction = async (path: string): Promise<Action> => parse(await readText(path));
const runWith = async (workflow: string) => runIn(bed, workflow, { files: { [PLACE]: await readText(COMPOSITE) } });

describe('the composite action', () => {
  it('hands on every input of the action, under its own name', async () => {
    const { inputs } = await readAction('action.yml');
    const composite = await readAction(COMPOSITE);
    const names = Object.keys(inputs);
    expect(Object.keys(composite.inputs)).toEqual(names);
    const forwarded = names.map((name) => [name, `\${{ inputs.${name} }}`]);
    expect(composite.runs.steps.map((step) => step.with)).toEqual([Object.fromEntries(forwarded)]);
  });

  it('hands back every output of the action', async () => {
    const { outputs } = await readAction('action.yml');
    const composite = await readAction(COMPOSITE);
    const values = Object.entries(composite.outputs).map(([name, { value }]) => [name, value]);
    const all = Object.keys(outputs).map((name) => [name, `\${{ steps.image.outputs.${name} }}`]);
    expect(Object.fromEntries(values)).toEqual(Object.fromEntries(all));
  });

  it('builds with most inputs unset, as its example does', async () => {
    const result = await runWith(await readText('examples/composite/workflow.yml'));
    expect(result.result, logOf(result)).toBe('success');
    const [step] = actionsOf(result);
    const { inputs } = await readAction('action.yml');
    // Blank, and not absent: that is what the runner makes of an input that nobody has set.
    expect(Object.keys(step?.inputs ?? {})).toEqual(Object.keys(inputs));
    expect(Object.entries(step?.inputs ?? {}).flatMap(([name, value]) => (value === '' ? [] : [name]))).toEqual([
      'imageShortName',
      'imageTag',
      'labels',
      'awsCredentials',
      'awsRegion',
    ]);
    expect(step?.action).toMatchObject({ errors: [], warnings: [] });
    expect(result.jobs.image?.outputs).toEqual({ image: step?.outputs.imageFullNameDigest });
    const image = { registryUrl: bed.registry.url, repository: 'nginx', reference: step?.outputs.imageDigest ?? '' };
    expect(await readLabels(image)).toMatchObject({ 'com.example.team': 'web', 'com.example.note': 'one, two' });
  });

  it('gives the same outputs as the action in it', async () => {
    const result = await runWith(await readText('examples/composite/workflow.yml'));
    const composite = result.jobs.image?.legs[0]?.steps[1];
    expect(composite?.outputs).toEqual(actionsOf(result)[0]?.outputs);
    expect(Object.keys(composite?.outputs ?? {})).not.toHaveLength(0);
  });

  it('is a leg of a matrix with the outputs that the document shows', async () => {
    const blocks = await yamlBlocks('docs/multi-arch.md');
    const outputs = blocks.find((block) => !isWorkflow(block) && block.text.startsWith('outputs:'))?.text ?? '';
    const workflow = await workflowWith('pushByDigest', 'docs/multi-arch.md');
    const ofLegs = workflow
      .replace('org/buildkit-aws@v1', './.github/actions/image')
      .replace('          image: ${{ matrix.arch }}\n', '')
      .replace(/ {4}outputs:\n(?: {6}.*\n)+/, outputs.replace(/^(?=.)/gm, '    '));
    expect(ofLegs).toContain("matrix.arch == 'amd64' && steps.image.outputs.imageDigest");
    const result = await runWith(ofLegs);
    expect(result.result, logOf(result)).toBe('success');
    const [amd64, arm64, merged] = actionsOf(result).map((step) => step.outputs.imageDigest);
    expect(await membersOf(bed, 'nginx', merged ?? '')).toEqual(bothOf({ amd64, arm64 }));
  });
});
