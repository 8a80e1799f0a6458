import { createReadStream } from 'node:fs';
import { at, numberAt, parseJson, textAt } from '../json.ts';

/** What happened in a build, as BuildKit's trace tells it. Times are milliseconds since 1970. */
export interface BuildRecord {
  /** In the order in which they were first told of. */
  readonly steps: readonly Step[];
  readonly warnings: readonly BuildWarning[];
}

/** A step of a build: an instruction, or something that BuildKit does for it, such as an export. */
export interface Step {
  readonly digest: string;
  /** As the progress shows it: `[build 2/3] RUN …`. One line. */
  readonly name: string;
  /** Digests of the steps that it builds upon. */
  readonly inputs: readonly string[];
  /** Undefined when it never began. */
  readonly started: number | undefined;
  /** Undefined when it has not ended. */
  readonly completed: number | undefined;
  readonly cached: boolean;
  /** Why it failed; a failing import or export of a cache does not fail the build. */
  readonly error: string | undefined;
  /** Of the machine, where several have built parts of one image: then no name has them. */
  readonly platforms?: string;
  readonly transfers: readonly Transfer[];
}

/** A part of a step that moves bytes or writes something, such as a layer. */
export interface Transfer {
  /** `sha256:…` of a layer, or words such as `pushing layers`. */
  readonly id: string;
  /** Bytes; the total is 0 when it is not known. */
  readonly current: number;
  readonly total: number;
  readonly started: number | undefined;
  readonly completed: number | undefined;
}

/** What BuildKit's checks of the Dockerfile have found. */
export interface BuildWarning {
  /** `FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)`. */
  readonly short: string;
  readonly detail: readonly string[];
  readonly url: string | undefined;
  /** Relative to the directory of the Dockerfile. */
  readonly file: string | undefined;
  /** Lines of the file, from 1. */
  readonly start: number | undefined;
  readonly end: number | undefined;
}

export const NO_RECORD: BuildRecord = { steps: [], warnings: [] };

/**
 * Reads a trace: JSON in lines, each with what has changed. A step is told of again with every change, and one that has ended may begin
 * again, as the export does for the push.
 * Source: BuildKit v0.32.2, client/solvestatus.go, experiments.
 */
export async function readRecord(lines: AsyncIterable<string> | Iterable<string>): Promise<BuildRecord> {
  const steps = new Map<string, Step>();
  const transfers = new Map<string, Map<string, Transfer>>();
  const warnings: BuildWarning[] = [];
  for await (const line of lines) {
    const event = parse(line);
    for (const vertex of listAt(event, 'vertexes')) {
      const digest = textAt(vertex, 'digest') ?? '';
      steps.set(digest, toStep(vertex, steps.get(digest)));
    }
    for (const status of listAt(event, 'statuses')) {
      const digest = textAt(status, 'vertex') ?? '';
      const own = transfers.get(digest) ?? new Map<string, Transfer>();
      own.set(textAt(status, 'id') ?? '', toTransfer(status));
      transfers.set(digest, own);
    }
    warnings.push(...listAt(event, 'warnings').map(toWarning));
  }
  const whole = [...steps.values()].map((step) => ({
    ...step,
    transfers: [...(transfers.get(step.digest)?.values() ?? [])],
  }));
  return { steps: whole, warnings };
}

/**
 * The lines of a trace without the output of steps, which is most of it and is not even decoded: a step may print a million lines.
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = text.indexOf(LINE_END); end !== -1; end = text.indexOf(LINE_END, start)) {
      if (!isOutput(text, start)) {
        yield text.toString('utf8', start, end);
      }
      start = end + 1;
    }
    rest = text.subarray(start);
  }
  if (rest.length > 0) {
    yield rest.toString('utf8');
  }
}

const LINE_END = 0x0a;
const OUTPUT = Buffer.from('{"logs"');

function isOutput(text: Buffer, start: number): boolean {
  return text.compare(OUTPUT, 0, OUTPUT.length, start, start + OUTPUT.length) === 0;
}

function parse(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    // The last line of a build that was ended may be half.
    return undefined;
  }
}

function toStep(vertex: unknown, before: Step | undefined): Step {
  const started = timeAt(vertex, 'started');
  const inputs = at(vertex, 'inputs');
  return {
    digest: textAt(vertex, 'digest') ?? '',
    name: (textAt(vertex, 'name') ?? '').replaceAll(/\s+/g, ' ').trim(),
    inputs: Array.isArray(inputs) ? inputs.map(String) : (before?.inputs ?? []),
    started:
      before?.started === undefined || started === undefined
        ? (started ?? before?.started)
        : Math.min(before.started, started),
    completed: timeAt(vertex, 'completed'),
    cached: at(vertex, 'cached') === true || (before?.cached ?? false),
    error: textAt(vertex, 'error') || undefined,
    transfers: [],
  };
}

function toTransfer(status: unknown): Transfer {
  return {
    id: textAt(status, 'id') ?? '',
    current: numberAt(status, 'current') ?? 0,
    total: numberAt(status, 'total') ?? 0,
    started: timeAt(status, 'started'),
    completed: timeAt(status, 'completed'),
  };
}

function toWarning(warning: unknown): BuildWarning {
  const [range] = listAt(warning, 'range');
  const detail = at(warning, 'detail');
  return {
    short: decode(textAt(warning, 'short')),
    detail: (Array.isArray(detail) ? detail : []).map((line: unknown) => decode(String(line))),
    url: textAt(warning, 'url') || undefined,
    file: textAt(warning, 'sourceInfo', 'filename') || undefined,
    start: numberAt(range, 'start', 'line'),
    end: numberAt(range, 'end', 'line'),
  };
}

/** Go writes bytes as base64. */
function decode(text: string | undefined): string {
  return Buffer.from(text ?? '', 'base64').toString();
}

function timeAt(value: unknown, key: string): number | undefined {
  const time = Date.parse(textAt(value, key) ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = at(value, key);
  return Array.isArray(list) ? list : [];
}
