import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { finished } from 'node:stream/promises';

/** Prints the output of a build, to its end. */
export type Print = (stream: Readable) => Promise<void>;

/**
 * Runs work that prints what builds say. That is data: the runner takes no commands from it meanwhile, and none of the action either.
 */
export async function withoutCommands<T>(work: () => Promise<T>): Promise<T> {
  const token = randomUUID();
  process.stdout.write(`::stop-commands::${token}\n`);
  try {
    return await work();
  } finally {
    process.stdout.write(`::${token}::\n`);
  }
}

/** As it comes. Its last line may have no end. */
export const printAll: Print = async (stream) => {
  let last = 0x0a;
  stream.on('data', (chunk: Buffer) => {
    last = chunk.at(-1) ?? last;
  });
  stream.pipe(process.stdout, { end: false });
  await finished(stream);
  if (last !== 0x0a) {
    process.stdout.write('\n');
  }
};

/** Its lines with a name in front, so that several builds at the same time can be told apart. */
export function printWith(name: string): Print {
  return async (stream) => {
    const lines = stream.pipe(prefixer(`[${name}] `));
    lines.pipe(process.stdout, { end: false });
    await finished(lines);
  };
}

function prefixer(prefix: string): Transform {
  let rest = '';
  const decoder = new TextDecoder();
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      done(null, lines.map((line) => `${`${prefix}${line}`.trimEnd()}\n`).join(''));
    },
    flush(done) {
      done(null, rest === '' ? '' : `${prefix}${rest}\n`);
    },
  });
}
