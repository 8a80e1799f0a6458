import { describe, expect, it } from 'vitest';
import { openJob } from '../../support/job.ts';
import { logOf, type WorkflowRun } from '../../support/workflows/run.ts';
import { runWorkflow, type WorkflowOptions } from '../../support/workflows/workflow.ts';

const PATH = '.github/workflows/ci.yml';

function run(text: string, { files = {}, ...options }: Partial<WorkflowOptions> = {}): Promise<WorkflowRun> {
  return runWorkflow({ workflow: PATH, files: { [PATH]: text, ...files }, open: openJob, ...options });
}

/** A workflow of one job. */
function jobOf(steps: string, more = ''): string {
  return `on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n${more}    steps:\n${steps}`;
}

describe('steps', () => {
  it('are skipped after a failure, unless their if or continue-on-error says otherwise', async () => {
    const result = await run(
      jobOf(`      - { id: x, run: exit 1, continue-on-error: true }
      - { id: y, run: "[ \${{ steps.x.outcome }}/\${{ steps.x.conclusion }} = failure/success ]" }
      - { id: z, run: exit 1 }
      - { id: skipped, run: echo }
      - { id: always, if: always(), run: echo }
      - { id: failure, if: "failure() && steps.z.outcome == 'failure'", run: echo }
      - { id: other, if: "\${{ !cancelled() && github.ref == 'refs/heads/other' }}", run: echo }
`),
    );
    const steps = result.jobs.a?.legs[0]?.steps.map(({ id, conclusion }) => [id, conclusion]) ?? [];
    expect(Object.fromEntries(steps), logOf(result)).toEqual({
      x: 'success',
      y: 'success',
      z: 'failure',
      skipped: 'skipped',
      always: 'success',
      failure: 'success',
      other: 'skipped',
    });
    expect(result.result).toBe('failure');
  });

  it('see env of workflow, job and step, the nearest first, and defaults', async () => {
    const result = await run(`
on: push
env: { A: workflow, B: workflow, C: workflow }
defaults: { run: { working-directory: sub, shell: sh } }
jobs:
  a:
    runs-on: ubuntu-24.04
    env: { B: job, C: job }
    defaults: { run: { shell: bash } }
    steps:
      - { run: mkdir sub, working-directory: . }
      - { run: 'echo "$A $B $C \${{ env.C }} $(basename "$PWD") \${BASH_VERSION:+bash}"', env: { C: step } }
`);
    expect(result.jobs.a?.legs[0]?.steps[1]?.output).toBe('workflow job step step sub bash\n');
  });

  it('find an empty workspace until the checkout, then the files with their commit', async () => {
    const result = await run(
      jobOf(`      - run: ls -A
      - uses: actions/checkout@v6
      - run: cat data.txt; [ "$(git rev-parse HEAD)" = "\${{ github.sha }}" ] && [ "$GITHUB_SHA" = "\${{ github.sha }}" ]
`),
      { files: { 'data.txt': 'data' } },
    );
    expect(result.result, logOf(result)).toBe('success');
    expect(result.jobs.a?.legs[0]?.steps.map(({ output }) => output)).toEqual(['', '', 'data']);
  });

  it('know the event', async () => {
    const text = jobOf(
      '      - run: echo "${{ github.event.number }} ${{ github.ref_name }} ${{ github.ref_type }}"\n',
    );
    const event = { name: 'push', ref: 'refs/tags/v1', payload: { number: 5 } };
    const { jobs } = await run(text, { event });
    expect(jobs.a?.legs[0]?.steps[0]?.output).toBe('5 v1 tag\n');
  });
});

describe('refuses', () => {
  it.each([
    ['a key that does not exist', jobOf('      - { run: echo, input: x }\n'), "Unexpected value 'input'"],
    ['a context where it is not known', jobOf('      - run: echo\n', '    if: secrets.X\n'), "'secrets'"],
    [
      'an unknown job',
      `${jobOf('      - run: echo\n')}  b: { needs: z, runs-on: x, steps: [{ run: echo }] }\n`,
      "unknown job 'z'",
    ],
    ['YAML that is none', 'on: [', 'is not valid'],
    ['an action from elsewhere', jobOf('      - uses: other/action@v1\n'), 'other/action@v1 is not known here'],
    ['another version of its own', jobOf('      - uses: org/buildkit-aws@v2\n'), 'is not known here'],
    [
      'an input without an action for it',
      jobOf('      - uses: org/buildkit-aws@v1\n        with: { tag: x }\n'),
      'tag',
    ],
    ['a job in a container', jobOf('      - run: echo\n', '    container: alpine\n'), 'container'],
    ['another event', 'on: pull_request\njobs: { a: { runs-on: x, steps: [{ run: echo }] } }', 'does not run on push'],
  ])('%s', async (_, text, said) => {
    await expect(run(text)).rejects.toThrow(said);
  });
});
