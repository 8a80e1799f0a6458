import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Inputs, readInputs } from '../../src/inputs.ts';
import type { Environment, Runner, RunnerEvent } from '../../src/runner.ts';

/** The key of a profile, as it stands in a shared credentials file. Nothing opens with it. */
export const SECRET = 'fake/secret+key=NOT-REAL';
export const KEYS = `aws_access_key_id = AKIAEXAMPLE00000FAKE\naws_secret_access_key = ${SECRET}\n`;
export const CREDENTIALS = `[default]\n${KEYS}`;

/** A directory with these files, by path, that is gone after the test. Its own path has no links. */
export async function makeDirectory(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'buildkit-aws-unit-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

export function runnerOf(workspace: string, event: Partial<RunnerEvent> = {}): Runner {
  return {
    workspace,
    temp: '/fake/temp',
    repositoryUrl: 'https://github.example/acme/shop',
    toolCache: '/fake/tools',
    jobId: 'fake',
    os: 'linux',
    arch: 'amd64',
    isHosted: false,
    event: { name: 'push', ref: 'refs/heads/main', onDefaultBranch: true, fromFork: false, ...event },
  };
}

/** What a workflow gives to a step: the values of `with:`, and variables. */
export interface Given {
  readonly workspace: string;
  readonly with: Readonly<Record<string, string>>;
  readonly env?: Environment;
  readonly event?: Partial<RunnerEvent>;
  readonly mask?: (secret: string) => void;
}

export function environmentOf({ with: values, env = {} }: Pick<Given, 'with' | 'env'>): Environment {
  const inputs = Object.entries(values).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return { ...env, ...Object.fromEntries(inputs) };
}

/** Reads the inputs of a step. */
export function read({ workspace, event, mask = () => undefined, ...given }: Given): Promise<Inputs> {
  return readInputs(environmentOf(given), runnerOf(workspace, event), mask);
}
