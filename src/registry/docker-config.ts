import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { codeOf } from '../failure.ts';
import { type DockerConfig, NO_DOCKER_CONFIG, parseDockerConfig, withAuths } from '../plan/docker-config.ts';
import type { Environment } from '../runner.ts';

/** The logins that the runner has, and what of them cannot be used. */
export interface RunnerDockerConfig {
  readonly config: DockerConfig;
  /** Sentences that name the file, and nothing of what is in it but hosts. */
  readonly problems: readonly string[];
}

/**
 * Reads the Docker configuration that buildctl would use by itself: the file, and DOCKER_AUTH_CONFIG above it. Nothing is written.
 * Whatever is wrong with it is a problem and no error: the runner need not have logins at all.
 */
export async function readRunnerConfig(env: Environment): Promise<RunnerDockerConfig> {
  const path = join(env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker'), 'config.json');
  const file = await readFileConfig(path);
  const { DOCKER_AUTH_CONFIG: variable } = env;
  const ofVariable = variable ? readText(variable, 'DOCKER_AUTH_CONFIG of the environment') : EMPTY;
  const reachable = await withoutMissing(file.config, { path, env });
  return {
    config: withAuths(reachable.config, ofVariable.config.auths),
    problems: [...file.problems, ...ofVariable.problems, ...reachable.problems],
  };
}

/**
 * Writes the logins for buildctl, which reads them once when it starts, and keeps files of its own beside them.
 * @param directory private; the file config.json in it holds secrets and is gone when its owner removes it
 */
export async function writeDockerConfig(directory: string, config: DockerConfig): Promise<void> {
  const file = join(directory, 'config.json');
  // In one moment: another build may read it while a login is renewed.
  const writing = `${file}.${randomUUID()}`;
  await writeFile(writing, JSON.stringify(config), { mode: 0o600 });
  await rename(writing, file);
}

/** Reads what `writeDockerConfig` has written. */
export async function readDockerConfig(directory: string): Promise<DockerConfig> {
  return parseDockerConfig(await readFile(join(directory, 'config.json'), 'utf8')).config;
}

const EMPTY: RunnerDockerConfig = { config: NO_DOCKER_CONFIG, problems: [] };

async function readFileConfig(path: string): Promise<RunnerDockerConfig> {
  const name = `The Docker configuration ${path}`;
  try {
    return readText(await readFile(path, 'utf8'), name);
  } catch (error) {
    const code = codeOf(error) ?? 'no reason';
    return ['ENOENT', 'ENOTDIR'].includes(code)
      ? EMPTY
      : { config: NO_DOCKER_CONFIG, problems: [`${name} cannot be read (${code}): its logins are not used.`] };
  }
}

function readText(text: string, name: string): RunnerDockerConfig {
  if (text.trim() === '') {
    return EMPTY;
  }
  try {
    const { config, unusable } = parseDockerConfig(text);
    const problems = unusable.map((host) => `${name} has a login of ${host} that cannot be read: it is not used.`);
    return { config, problems };
  } catch {
    return { config: NO_DOCKER_CONFIG, problems: [`${name} is not a JSON object: its logins are not used.`] };
  }
}

/** A helper that is not there fails every pull that it is asked for, also of images that need no login. */
async function withoutMissing(
  config: DockerConfig,
  { path, env }: { path: string; env: Environment },
): Promise<RunnerDockerConfig> {
  const helpers = Object.entries(config.credHelpers);
  const names = [...new Set([config.credsStore ?? '', ...helpers.map(([, name]) => name)])];
  const there = await Promise.all(names.map((name) => name === '' || isHelper(name, env)));
  const missing = names.filter((_, index) => !there[index]);
  return {
    config: {
      ...config,
      credHelpers: Object.fromEntries(helpers.filter(([, name]) => !missing.includes(name))),
      credsStore: missing.includes(config.credsStore ?? '') ? undefined : config.credsStore,
    },
    problems: missing.map(
      (name) =>
        `The Docker configuration ${path} names docker-credential-${name}, which is not on the PATH: it is not used.`,
    ),
  };
}

async function isHelper(name: string, env: Environment): Promise<boolean> {
  const directories = (env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  const found = await Promise.all(
    directories.map((directory) =>
      access(join(directory, `docker-credential-${name}`), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return !name.includes('/') && found.includes(true);
}
