import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from './job.ts';
import { waitFor } from './wait.ts';

/** A view of the file system of its own, in which some files are others. Nothing outside changes. */
export interface Namespace {
  /** Puts a command into it: `[...enter, 'program', 'argument']`. */
  readonly enter: readonly string[];
  close(): Promise<void>;
}

/** Path → what is seen there instead: a file of that text, or what lies at another path. */
export type Replacements = Readonly<
  Record<string, { readonly text: string; readonly mode?: number } | { readonly path: string }>
>;

const HOLDER =
  'ready=$1; shift; while [ $# -gt 0 ]; do mount --bind "$1" "$2" || exit 1; shift 2; done; touch "$ready"; exec sleep 100000';

/** Needs root. The namespace lives until it is closed, with every daemon in it. */
export async function openNamespace(replacements: Replacements): Promise<Namespace> {
  const directory = await mkdtemp('/tmp/bka-namespace-');
  await chmod(directory, 0o755);
  const binds: string[] = [];
  for (const [target, replacement] of Object.entries(replacements)) {
    const source = 'path' in replacement ? replacement.path : join(directory, String(binds.length));
    if ('text' in replacement) {
      await writeFile(source, replacement.text);
      await chmod(source, replacement.mode ?? 0o644);
    }
    binds.push(source, target);
  }
  const ready = join(directory, 'ready');
  const holder = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', HOLDER, 'sh', ready, ...binds], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await waitFor(async () => holder.exitCode !== null || (await exists(ready)), 'the namespace');
  if (holder.exitCode !== null) {
    throw new Error(`the namespace could not be made: one of ${Object.keys(replacements).join(', ')} is not there`);
  }
  return {
    enter: ['nsenter', `--mount=/proc/${holder.pid}/ns/mnt`, '--'],
    close: async () => {
      await end(holder);
      await rm(directory, { recursive: true });
    },
  };
}

/** The user without any rights that every system has. */
export const NOBODY = 65534;

/** Starts a command as a user with no group but its own. */
export function asUser(uid: number): readonly string[] {
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
}

/** Gives the directories of a job to a user. */
export async function giveTo(uid: number, { workspace, temp, toolCache, home }: Job): Promise<void> {
  await chmod(join(workspace, '..'), 0o755);
  for (const directory of [workspace, temp, toolCache, home]) {
    await chown(directory, uid, uid);
    for (const name of await readdir(directory)) {
      await chown(join(directory, name), uid, uid);
    }
  }
}

/** A directory that everybody may enter, to put things where a user without rights finds them. */
export async function openDirectory(...names: readonly string[]): Promise<string> {
  const directory = await mkdtemp('/tmp/bka-open-');
  await chmod(directory, 0o755);
  await Promise.all(names.map((name) => mkdir(join(directory, name))));
  return directory;
}

async function end(process: ChildProcess): Promise<void> {
  const ended = once(process, 'exit');
  process.kill('SIGKILL');
  await ended;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
