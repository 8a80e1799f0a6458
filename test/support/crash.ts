import children from 'node:child_process';
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Loaded before a bundle (`--import`), ends its process with SIGKILL at one of its effects: what it writes, moves or removes, and
 * programs that it starts. CRASH_AT is the number of a point: 2n is before the n-th effect, 2n + 1 right after it. CRASH_LOG is a file that
 * gets the name of each effect, one per line.
 */
const { CRASH_AT, CRASH_LOG } = process.env;
const point = Number(CRASH_AT ?? Number.POSITIVE_INFINITY);
const append = fs.appendFileSync;
let effects = 0;
let isInside = false;

const WRITING = ['mkdir', 'mkdtemp', 'writeFile', 'appendFile', 'rename', 'symlink', 'rm', 'rmdir', 'cp', 'copyFile'];
const WRITING_SYNC = [...WRITING.map((name) => `${name}Sync`), 'createWriteStream'];
const STARTING = ['spawn', 'execFile', 'exec'];

wrap(promises, WRITING);
wrap(fs, WRITING_SYNC);
wrap(children, STARTING);
syncBuiltinESMExports();

function wrap(module: object, names: readonly string[]): void {
  for (const name of names) {
    const original: unknown = Reflect.get(module, name);
    if (typeof original === 'function') {
      const wrapped = (...args: readonly unknown[]) => counted(name, () => original(...args));
      // As `util.promisify` finds them.
      Reflect.set(module, name, Object.assign(wrapped, ownOf(original)));
    }
  }
}

function ownOf(original: object): object {
  return Object.fromEntries(Object.getOwnPropertySymbols(original).map((key) => [key, Reflect.get(original, key)]));
}

function counted(name: string, effect: () => unknown): unknown {
  // Node uses its own functions for others: that is one effect.
  if (isInside) {
    return effect();
  }
  const number = effects;
  effects += 1;
  const result = inside(() => {
    if (CRASH_LOG !== undefined) {
      append(CRASH_LOG, `${name}\n`);
    }
    endAt(2 * number);
    return effect();
  });
  if (result instanceof Promise) {
    return result.finally(() => endAt(2 * number + 1));
  }
  endAt(2 * number + 1);
  return result;
}

function inside<T>(work: () => T): T {
  isInside = true;
  try {
    return work();
  } finally {
    isInside = false;
  }
}

function endAt(reached: number): void {
  if (reached === point) {
    process.kill(process.pid, 'SIGKILL');
    // The signal comes before anything else is done.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
}
