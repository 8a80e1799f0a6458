import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Asks the Git of this machine about a directory that belongs to whomever. @returns undefined where Git has no answer */
export async function askGit(directory: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-c', 'safe.directory=*', '-C', directory, ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C' },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch {
    return undefined;
  }
}
