import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { finished } from 'node:stream/promises';

/** Where the output of a build goes. */
export interface Output {
  /** Prints a stream, to its end. */
  readonly print: (stream: Readable) => Promise<void>;
  /** Prints a line of the action's own between those of the build. */
  readonly say: (line: string) => void;
}

/** As it comes, without what buildctl says of its own files before the first step. Its last line may have no end. */
export const plainOutput: Output = {
  print: printAll,
  say: (line) => {
    process.stdout.write(`… ${line}\n`);
  },
};

async function printAll(stream: Readable): Promise<void> {
  let last = 0x0a;
  stream.on('data', (chunk: Buffer) => {
    last = chunk.at(-1) ?? last;
  });
  const shown = stream.pipe(withoutNotes());
  shown.pipe(process.stdout, { end: false });
  await finished(shown);
  if (last !== 0x0a) {
    process.stdout.write('\n');
  }
}

/** `time="…" level=info msg="tracing logs to …"`, one line for each file that buildctl writes. */
const NOTE = /^time="[^"]*" level=info msg="(?:tracing logs|writing JSON cache metrics) to .*"$/;

/** Only the lines before the first that is none of them are looked at: of a million others each byte goes through as it is. */
function withoutNotes(): Transform {
  let head: string | undefined = '';
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (head === undefined) {
        done(null, chunk);
        return;
      }
      const lines: string[] = (head + chunk.toString('latin1')).split('\n');
      const at = lines.findIndex((line) => !NOTE.test(line));
      const rest = lines.slice(at).join('\n');
      // A line that is not whole yet may become one.
      const isOpen = at === lines.length - 1 && 'time="'.startsWith(rest.slice(0, 6));
      head = isOpen ? rest : undefined;
      done(null, isOpen ? undefined : Buffer.from(rest, 'latin1'));
    },
    flush(done) {
      done(null, head ? Buffer.from(head, 'latin1') : undefined);
    },
  });
}

/** Its lines with a name in front, so that several builds at the same time can be told apart. */
export function outputOf(name: string): Output {
  return {
    print: async (stream) => {
      const lines = stream.pipe(withoutNotes()).pipe(prefixer(`[${name}] `));
      lines.pipe(process.stdout, { end: false });
      await finished(lines);
    },
    say: (line) => {
      process.stdout.write(`[${name}] … ${line}\n`);
    },
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
