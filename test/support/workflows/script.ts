import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../job.ts';
import { runProgram } from '../program-run.ts';
import { readOutputs } from './command-file.ts';
import type { ActionOutcome, Texts } from './run.ts';

/** Source: GitHub documentation, "Workflow syntax", jobs.<job_id>.steps[*].shell. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  '': ['bash', '-e'],
  bash: ['bash', '--noprofile', '--norc', '-eo', 'pipefail'],
  sh: ['sh', '-e'],
};

/** Runs the text of a `run` step in the workspace. Files for GITHUB_ENV and GITHUB_PATH are not offered. */
export async function runScript(
  text: string,
  options: { readonly job: Job; readonly env: Texts; readonly shell: string; readonly directory: string },
): Promise<ActionOutcome> {
  const { job, env, shell, directory } = options;
  const command = SHELLS[shell];
  if (command === undefined) {
    throw new Error(`The shell ${shell} is not known here`);
  }
  const place = await mkdtemp(join(job.temp, 'run-'));
  const script = join(place, 'script.sh');
  const files = { GITHUB_OUTPUT: join(place, 'output'), GITHUB_STEP_SUMMARY: join(place, 'summary') };
  await Promise.all([writeFile(script, text), ...Object.values(files).map((file) => writeFile(file, ''))]);
  const ended = await runProgram([...command, script], {
    env: { ...job.env, ...env, ...files },
    cwd: join(job.workspace, directory),
  });
  const outputs = readOutputs(await readFile(files.GITHUB_OUTPUT, 'utf8'));
  await rm(place, { recursive: true });
  return { succeeded: ended.code === 0, output: ended.output, outputs };
}
