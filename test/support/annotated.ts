import { expect } from 'vitest';
import type { Bed } from './bed.ts';
import type { Job, JobOptions, StepResult } from './job.ts';
import { type RunnerCommand, runnerCommands } from './runner-commands.ts';

/** A step, and the commands that the runner obeys in its output, errors and warnings apart. */
export interface AnnotatedStep extends StepResult {
  readonly commands: readonly RunnerCommand[];
  readonly error: RunnerCommand | undefined;
  readonly shownWarnings: readonly RunnerCommand[];
}

/** Runs a step that pushes nothing. It has one error when it fails, and else none. */
export async function runIn(job: Job, bed: Bed, inputs: Readonly<Record<string, string>> = {}): Promise<AnnotatedStep> {
  const result = await job.step({ ...bed.inputs, push: 'false', ...inputs });
  const commands = runnerCommands(result.output);
  const named = (name: string) => commands.filter((command) => command.name === name);
  const [error, ...others] = named('error');
  expect(others).toEqual([]);
  expect(result.code, result.output).toBe(error === undefined ? 0 : 1);
  return { ...result, commands, error, shownWarnings: named('warning') };
}

/** The same in a job with these files as its workspace. */
export async function runWith(
  bed: Bed,
  files: NonNullable<JobOptions['files']>,
  inputs: Readonly<Record<string, string>> = {},
): Promise<AnnotatedStep> {
  return runIn(await bed.job({ files }), bed, inputs);
}

/** Where the only error of a step is shown: file, line, last line. */
export function placeOf({ error }: AnnotatedStep): readonly (string | undefined)[] {
  const { file, line, endLine } = error?.properties ?? {};
  return [file, line, endLine];
}

/** The lines of the log after the group of the build, which come before the error. */
export function afterBuild({ log }: AnnotatedStep): string[] {
  const lines = log.split('\n');
  const error = lines.findIndex((line) => line.startsWith('::error '));
  return lines.slice(lines.lastIndexOf('::endgroup::', error) + 1, error);
}
