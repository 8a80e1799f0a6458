import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const DIRECTORY = join(import.meta.dirname, '../../.github/workflows');

const files = await Promise.all(
  (await readdir(DIRECTORY)).map(async (name) => {
    const text = await readFile(join(DIRECTORY, name), 'utf8');
    const workflow: Workflow = parse(text);
    return { name, text, workflow };
  }),
);

describe.each(files)('$name', ({ text, workflow }) => {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('takes actions by their commits', () => {
    const uses = [...text.matchAll(/uses: (.*)/g)].map(([, value]) => value);
    expect(uses.length).toBeGreaterThan(0);
    for (const value of uses.filter((one) => one !== './')) {
      expect(value).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it('gives permissions to jobs alone, and ends them', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job.permissions).toBeDefined();
      expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
    }
  });

  it('keeps no token in the checkout, and puts no value into a script', () => {
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(step.with?.['persist-credentials']).toBe(false);
    }
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });
});

it('only the job that opens a pull request may write, and it installs and downloads no code', () => {
  const jobs = files.flatMap(({ name, workflow }) =>
    Object.entries(workflow.jobs).map(([job, value]) => ({ job: `${name} ${job}`, ...value })),
  );
  const writing = jobs.filter(({ permissions = {} }) => Object.values(permissions).includes('write'));
  expect(writing.map(({ job }) => job)).toEqual(['propose-buildkit.yml propose']);
  const scripts = writing.flatMap(({ steps }) => steps.map(({ run = '' }) => run)).join('\n');
  expect(scripts).toContain('node scripts/accept-buildkit.ts');
  expect(scripts).not.toMatch(/\b(?:npm|npx|curl|wget)\b(?! run build`)/);
});
