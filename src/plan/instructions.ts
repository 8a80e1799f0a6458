import { parseJson } from '../json.ts';

/** What opens a text in the middle of a Dockerfile: `<<EOF`, `<<-"EOF"`. Source: BuildKit v0.32.2, frontend/dockerfile/parser. */
const HEREDOC = /^\d*<<(?<chomp>-?)(?<name>[^<]+)$/;
/** A word as it stands there, with its quotes. */
const RAW_WORD = /(?:"(?:\\[\s\S]|[^"\\])*"|'[^']*'|\\[\s\S]|[^\s"'\\])+/g;

/** An instruction of a Dockerfile, with its lines from 1; those of its heredocs are among them, but not in its text. */
export interface Instruction {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The instructions, each in one line; comments and the texts of heredocs are left out. */
export function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile.replace(/^\uFEFF/, '').split(/\r?\n/);
  const goesOn = continuation(lines);
  const last = { plain: lastPlaces(lines), chomped: lastPlaces(lines.map(chomped)) };
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length; ) {
    const { text, start, next } = readInstruction(lines, { at, goesOn });
    at = heredocsOf(text).reduce((after, heredoc) => skipHeredoc(lines, after, { ...heredoc, last }), next);
    found.push({ text, start: start + 1, end: at });
  }
  return found;
}

/** An instruction goes on in the next line after a backslash, or what `# escape=` names in its place. */
function continuation(lines: readonly string[]): RegExp {
  const isComment = (line: string) => /^#\s*\w+\s*=/.test(line);
  const first = lines.findIndex((line) => !isComment(line));
  const usesBacktick = lines.slice(0, Math.max(first, 0)).some((line) => /^#\s*escape\s*=\s*`\s*$/i.test(line));
  return usesBacktick ? /(^|[^`])`[ \t]*$/ : /(^|[^\\])\\[ \t]*$/;
}

function readInstruction(
  lines: readonly string[],
  { at, goesOn }: { at: number; goesOn: RegExp },
): { text: string; start: number; next: number } {
  let text = '';
  let start = at;
  for (let next = at; next < lines.length; next++) {
    const line = lines[next] ?? '';
    if (/^\s*(?:#|$)/.test(line)) {
      continue;
    }
    start = text === '' ? next : start;
    text += line.replace(goesOn, '$1');
    if (!goesOn.test(line)) {
      return { text, start, next: next + 1 };
    }
  }
  return { text, start, next: lines.length };
}

interface Heredoc {
  readonly name: string;
  /** Tabs before its end do not count. */
  readonly chomp: boolean;
}

function heredocsOf(instruction: string): Heredoc[] {
  const { rest } = /^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s+(?:--\S+\s+)*(?<rest>.*)$/is.exec(instruction)?.groups ?? {};
  if (rest === undefined || isJson(rest)) {
    return [];
  }
  return (rest.match(RAW_WORD) ?? []).flatMap((word) => {
    const { name, chomp } = HEREDOC.exec(word)?.groups ?? {};
    return name === undefined ? [] : [{ name: name.replaceAll(/["'\\]/g, ''), chomp: chomp === '-' }];
  });
}

/** In this form there is no shell, and `<<` is text. */
function isJson(text: string): boolean {
  try {
    return Array.isArray(parseJson(text));
  } catch {
    return false;
  }
}

interface Ends {
  readonly last: Readonly<Record<'plain' | 'chomped', ReadonlyMap<string, number>>>;
}

/** @returns where the file goes on; at the same place when the text has no end, then it is none */
function skipHeredoc(lines: readonly string[], start: number, { name, chomp, last }: Heredoc & Ends): number {
  if ((last[chomp ? 'chomped' : 'plain'].get(name) ?? -1) < start) {
    return start;
  }
  let end = start;
  while ((chomp ? chomped(lines[end] ?? '') : lines[end]) !== name) {
    end += 1;
  }
  return end + 1;
}

function chomped(line: string): string {
  return line.replace(/^\t+/, '');
}

/** Where each line stands last: what has no end is not looked for, however often a file begins it. */
function lastPlaces(lines: readonly string[]): ReadonlyMap<string, number> {
  return new Map(lines.map((line, at) => [line, at]));
}
