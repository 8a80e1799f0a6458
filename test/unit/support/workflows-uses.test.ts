import { describe, expect, it } from 'vitest';
import { openJob } from '../../support/job.ts';
import { logOf, type WorkflowRun } from '../../support/workflows/run.ts';
import { runWorkflow } from '../../support/workflows/workflow.ts';

const CALLER = '.github/workflows/ci.yml';

function run(files: Readonly<Record<string, string>>, secrets: Readonly<Record<string, string>> = {}) {
  return runWorkflow({ workflow: CALLER, files, open: openJob, secrets });
}

describe('a composite action', () => {
  const OUTER = `
name: Outer
description: Wraps another one
inputs:
  who: { description: x, required: true }
  greeting: { description: x, default: "hello from \${{ github.ref_name }}" }
  unset: { description: x }
outputs:
  said: { description: x, value: "\${{ steps.inner.outputs.said }}" }
runs:
  using: composite
  steps:
    - id: inner
      uses: ./actions/inner
      with:
        text: \${{ inputs.greeting }}, \${{ inputs.who }}
        unset: \${{ inputs.unset }}
`;
  const INNER = `
name: Inner
description: Says something
inputs:
  text: { description: x }
  unset: { description: x, default: only where it is left out }
outputs:
  said: { description: x, value: "\${{ steps.say.outputs.said }}" }
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      env: { TEXT: "\${{ inputs.text }}" }
      run: echo "said=$TEXT [\${{ inputs.unset }}] $GREETED" >> "$GITHUB_OUTPUT"
`;
  const workflow = (given: string) => `
on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    outputs: { said: "\${{ steps.x.outputs.said }}" }
    steps:
      - uses: actions/checkout@v6
      - id: x
        uses: ./actions/outer
        env: { GREETED: by a step }
        with: ${given}
`;
  const actions = { 'actions/outer/action.yml': OUTER, 'actions/inner/action.yml': INNER };

  it('hands inputs on, those that are not given as blank ones, and outputs back', async () => {
    const result = await run({ ...actions, [CALLER]: workflow('{ who: you }') });
    expect(result.jobs.a?.outputs, logOf(result)).toEqual({ said: 'hello from main, you [] by a step' });
  });

  it('fails with its steps', async () => {
    const broken = INNER.replace('run: echo', 'run: exit 1; echo');
    const result = await run({ ...actions, 'actions/inner/action.yml': broken, [CALLER]: workflow('{ who: you }') });
    expect(result.result).toBe('failure');
  });

  it.each([
    ['an input that it does not have', workflow('{ who: you, whom: me }'), OUTER, 'outer has no input whom'],
    [
      'an input that the action inside does not have',
      workflow('{ who: you }'),
      OUTER.replace('text:', 'texts:'),
      'inner has no input texts',
    ],
    [
      'a context that it cannot see',
      workflow('{ who: you }'),
      OUTER.replace('inputs.who', 'secrets.who'),
      "named-value: 'secrets'",
    ],
    [
      'a workspace without it',
      workflow('{}').replace('uses: actions/checkout@v6', 'run: echo'),
      OUTER,
      'not in the workspace',
    ],
  ])('is refused with %s', async (_, text, outer, said) => {
    await expect(run({ ...actions, 'actions/outer/action.yml': outer, [CALLER]: text })).rejects.toThrow(said);
  });
});

describe('a reusable workflow', () => {
  const CALLED = '.github/workflows/called.yml';
  const called = `
on:
  workflow_call:
    inputs:
      name: { type: string, required: true }
      count: { type: number, default: 3 }
      loud: { type: boolean }
      blank: { type: string }
    secrets:
      TOKEN: { required: true }
    outputs:
      said: { value: "\${{ jobs.say.outputs.said }}" }
jobs:
  say:
    strategy: { matrix: { leg: [one, two] } }
    runs-on: ubuntu-24.04
    outputs: { said: "\${{ steps.x.outputs.said }}" }
    steps:
      - id: x
        if: matrix.leg == 'two'
        run: echo "said=\${{ toJSON(inputs.loud) }} \${{ inputs.count }} \${{ inputs.name }} [\${{ inputs.blank }}] $OF_CALLER" >> "$GITHUB_OUTPUT"
      - run: echo "[$TOKEN] [\${{ secrets.OTHER }}]"
        env: { TOKEN: "\${{ secrets.TOKEN }}" }
`;
  const caller = (more: string) => `
on: push
env: { OF_CALLER: not to be seen }
jobs:
  call:
    permissions: { contents: read }
    uses: ./.github/workflows/called.yml
${more}
  after:
    needs: call
    runs-on: ubuntu-24.04
    outputs: { heard: "\${{ needs.call.outputs.said }}" }
    steps: [{ run: 'true' }]
`;
  const given = '    with: { name: app }\n    secrets: { TOKEN: "${{ secrets.MINE }}" }\n';

  const secretsSeen = ({ jobs }: WorkflowRun) =>
    jobs.call?.legs[0]?.called?.jobs.say?.legs.map(({ steps }) => steps[1]?.output.trim());

  it('has its inputs with their types and defaults, the secrets that are given to it, and no env of the caller', async () => {
    const result = await run({ [CALLER]: caller(given), [CALLED]: called }, { MINE: 't', OTHER: 'o' });
    expect(result.result, logOf(result)).toBe('success');
    expect(result.jobs.after?.outputs).toEqual({ heard: 'false 3 app [] ' });
    expect(secretsSeen(result)).toEqual(['[t] []', '[t] []']);
    expect(result.jobs.call?.legs[0]?.permissions).toEqual({ contents: 'read' });
  });

  it('inherits all secrets', async () => {
    const all = '    with: { name: app }\n    secrets: inherit\n';
    const result = await run({ [CALLER]: caller(all), [CALLED]: called }, { TOKEN: 't', OTHER: 'o' });
    expect(secretsSeen(result), logOf(result)).toEqual(['[t] [o]', '[t] [o]']);
  });

  it('fails with its jobs, and what needs it is skipped', async () => {
    const broken = called.replace('run: echo "said', 'run: exit 1; echo "said');
    const result = await run({ [CALLER]: caller(given), [CALLED]: broken }, { MINE: 't' });
    expect(result).toMatchObject({
      result: 'failure',
      jobs: { call: { result: 'failure' }, after: { result: 'skipped' } },
    });
  });

  it.each([
    ['without a required input', given.replace('name: app', ''), called, 'name'],
    ['with an input that it does not have', given.replace('name: app', 'name: app, nome: x'), called, 'nome'],
    ['without a required secret', given.replace('TOKEN', 'OTHER'), called, 'TOKEN'],
    ['that cannot be called', given, 'on: push\njobs: { a: { runs-on: x, steps: [{ run: echo }] } }', 'workflow_call'],
  ])('is refused %s', async (_, more, text, said) => {
    await expect(run({ [CALLER]: caller(more), [CALLED]: text })).rejects.toThrow(said);
  });

  it('is refused from any other place', async () => {
    const text = caller(given).replace('./.github/workflows/called.yml', './called.yml');
    await expect(run({ [CALLER]: text, 'called.yml': called })).rejects.toThrow('the one place where it may be');
  });
});
