import { mkdtemp, rm } from 'node:fs/promises';
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

describe('jobs', () => {
  it('run after those that they need, and see their outputs', async () => {
    const result = await run(`
on: push
jobs:
  deploy:
    needs: [build, check]
    runs-on: ubuntu-24.04
    outputs:
      all: \${{ toJSON(needs) }}
    steps:
      - run: 'true'
  check:
    runs-on: ubuntu-24.04
    steps:
      - run: 'true'
  build:
    runs-on: ubuntu-24.04
    outputs:
      digest: \${{ steps.x.outputs.digest }}
    steps:
      - id: x
        run: echo "digest=sha256:a" >> "$GITHUB_OUTPUT"
`);
    expect(result.result, logOf(result)).toBe('success');
    expect(JSON.parse(result.jobs.deploy?.outputs.all ?? '')).toEqual({
      build: { result: 'success', outputs: { digest: 'sha256:a' } },
      check: { result: 'success', outputs: {} },
    });
  });

  it('are skipped after a failure, with all that follow, unless their if says otherwise', async () => {
    const result = await run(`
on: push
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - run: exit 3
  b:
    needs: a
    runs-on: ubuntu-24.04
    steps:
      - run: 'true'
  c:
    needs: b
    if: always()
    runs-on: ubuntu-24.04
    steps:
      - run: 'true'
  d:
    needs: c
    runs-on: ubuntu-24.04
    steps:
      - run: 'true'
  e:
    needs: [a]
    if: failure() && needs.a.result == 'failure'
    runs-on: ubuntu-24.04
    steps:
      - run: 'true'
`);
    expect(result.result).toBe('failure');
    const results = Object.entries(result.jobs).map(([id, job]) => [id, job.result]);
    expect(Object.fromEntries(results)).toEqual({
      a: 'failure',
      b: 'skipped',
      c: 'success',
      d: 'skipped',
      e: 'success',
    });
  });

  it('of a matrix run each leg on a machine of its own, at the same time', async () => {
    // Each leg waits for the other one, so one after the other would never end.
    const place = await mkdtemp('/tmp/bka-meeting-');
    const result = await run(
      jobOf(
        `      - run: |
          touch here "$MEETING-\${{ matrix.arch }}"
          for i in $(seq 100); do [ -e "$MEETING-\${{ matrix.other }}" ] && break; sleep 0.1; done
          [ -e "$MEETING-\${{ matrix.other }}" ]
          ls >&2
`,
        `    env:
      MEETING: ${place}/leg
    strategy:
      matrix:
        include:
          - { arch: amd64, other: arm64 }
          - { arch: arm64, other: amd64 }
`,
      ),
    );
    expect(result.result, logOf(result)).toBe('success');
    await rm(place, { recursive: true });
    expect(result.jobs.a?.legs.map(({ name }) => name)).toEqual(['a (amd64, arm64)', 'a (arm64, amd64)']);
    expect(result.jobs.a?.legs.map(({ steps }) => steps[0]?.output)).toEqual(['here\n', 'here\n']);
  });

  it('tell what they run on and what they may do, which nothing enforces here', async () => {
    const result = await run(`
on: push
permissions:
  contents: read
jobs:
  a:
    strategy:
      matrix:
        runner: [ubuntu-24.04, ubuntu-24.04-arm]
    runs-on: \${{ matrix.runner }}
    permissions:
      contents: read
      id-token: write
    steps:
      - run: 'true'
  b:
    runs-on: [self-hosted, arm64]
    steps:
      - run: 'true'
`);
    const legs = Object.values(result.jobs).flatMap((job) => job.legs);
    expect(legs.map(({ runsOn }) => runsOn)).toEqual(['ubuntu-24.04', 'ubuntu-24.04-arm', ['self-hosted', 'arm64']]);
    const both = { contents: 'read', 'id-token': 'write' };
    expect(legs.map(({ permissions }) => permissions)).toEqual([both, both, { contents: 'read' }]);
  });

  it('do not hand on what a secret is part of', async () => {
    const text = jobOf(
      '      - { id: x, run: echo "y=of-hidden" >> "$GITHUB_OUTPUT" }\n',
      '    outputs: { y: "${{ steps.x.outputs.y }}" }\n',
    );
    await expect(run(text, { secrets: { S: 'other' } })).resolves.toMatchObject({ result: 'success' });
    const secrets = { S: 'first line\nhidden' };
    await expect(run(text, { secrets })).rejects.toThrow('The output y of a holds a masked value');
  });
});
