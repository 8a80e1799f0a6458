import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Job, StepResult } from './job.ts';
import type { SeenProcess } from './process-watch.ts';
import { readRunnerLog } from './runner-log.ts';
import type { Finding, SecretSearch } from './secret-search.ts';

/** All that a step tells to others, in the form in which it must have no secret: before anything is masked. */
export function toldBy(result: StepResult): Record<string, string> {
  return {
    'the output before masking': readRunnerLog(result.output).raw,
    'the summary before masking': result.summary,
    outputs: JSON.stringify(result.outputs),
    state: JSON.stringify(result.state),
  };
}

/** The same as GitHub shows it: for a build that prints a secret itself. */
export function shownBy(result: StepResult): Record<string, string> {
  const { shown, mask } = readRunnerLog(result.output);
  return {
    'the log': shown,
    'the summary': result.summary.split('\n').map(mask).join('\n'),
    outputs: JSON.stringify(result.outputs),
    state: JSON.stringify(result.state),
  };
}

/** Everything of a job, and what it may have left beside: scratch of this user, containers, temporary files. */
export function placesOf(job: Job): string[] {
  return [dirname(job.workspace), `/tmp/buildkit-aws-${process.getuid?.() ?? 0}`, '/run/runc', ...job.scratch()];
}

/** Which secrets a process may have in its variables. */
export type Allowance = (process: SeenProcess) => readonly string[];

/** Looks through arguments, where no secret may be, and variables, where some may. */
export function inProcesses(search: SecretSearch, processes: readonly SeenProcess[], allowed: Allowance): Finding[] {
  return processes.flatMap((process) => {
    const name = `${process.argv.join(' ').slice(0, 300)} (${process.pid} of ${process.ppid})`;
    const known = allowed(process);
    return [
      ...search.inTexts({ [`arguments of ${name}`]: process.argv.join('\0') }),
      ...search
        .inTexts({ [`variables of ${name}`]: process.environment.join('\0') })
        .filter(({ secret }) => !known.includes(secret)),
    ];
  });
}

/** Whether only its user may read a file: by its own mode, or by that of a directory that it is in. */
export async function isPrivate(path: string): Promise<boolean> {
  for (let place = path; place !== '/'; place = dirname(place)) {
    const found = await stat(place).catch(() => undefined);
    if (found !== undefined && (found.mode & 0o077) === 0) {
      return true;
    }
  }
  return false;
}

/** The files that the runner itself has: its own Docker configuration, and what the workflow has written. */
export function filesOfRunner(job: Job): string[] {
  return [join(job.home, '.docker/config.json'), join(job.workspace, 'secret.json')];
}
