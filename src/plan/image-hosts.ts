import { parseJson } from '../json.ts';
import { parseEcrHost } from './ecr-host.ts';
import { readSyntax } from './syntax.ts';

/** What opens a text in the middle of a Dockerfile: `<<EOF`, `<<-"EOF"`. Source: BuildKit v0.32.2, frontend/dockerfile/parser. */
const HEREDOC = /^\d*<<(?<chomp>-?)(?<name>[^<]+)$/;
/** A word as it stands there, with its quotes. */
const RAW_WORD = /(?:"(?:\\[\s\S]|[^"\\])*"|'[^']*'|\\[\s\S]|[^\s"'\\])+/g;
const FLAGS = '(?<flags>(?:--\\S+\\s+)*)';

/**
 * The images that a Dockerfile names: its frontend, and those of `FROM`, `COPY --from` and `RUN --mount=from=`. Names of stages
 * are among them, and variables stay as they are. This is no parser: what it does not understand it passes over.
 * Source: Dockerfile reference.
 */
export function imagesIn(dockerfile: string): string[] {
  const syntax = readSyntax(dockerfile);
  return [...(syntax === undefined ? [] : [syntax.image]), ...instructionsOf(dockerfile).flatMap(imagesOf)];
}

/** The hosts of ECR that stand at the beginning of some image names, each once. */
export function ecrHostsOf(images: readonly string[]): string[] {
  const hosts = images.flatMap((image) => /^(?:docker-image:\/\/)?(?<host>[^/]+)\//.exec(image)?.groups?.host ?? []);
  return [...new Set(hosts.filter((host) => parseEcrHost(host) !== undefined))];
}

function imagesOf(instruction: string): string[] {
  const {
    name,
    flags = '',
    first = '',
  } = new RegExp(`^\\s*(?<name>FROM|COPY|RUN)\\s+${FLAGS}(?<first>\\S*)`, 'i').exec(instruction)?.groups ?? {};
  switch (name?.toUpperCase()) {
    case 'FROM':
      return [first];
    case 'COPY':
      return valuesOf(flags, /^--from=(.+)$/i);
    case 'RUN':
      return valuesOf(flags, /^--mount=(?:.*,)?from=([^,]+)/i);
    default:
      return [];
  }
}

function valuesOf(flags: string, pattern: RegExp): string[] {
  return flags.split(/\s+/).flatMap((flag) => pattern.exec(flag.replaceAll(/["']/g, ''))?.[1] ?? []);
}

/** The instructions, each in one line; comments and the texts of heredocs are left out. */
function instructionsOf(dockerfile: string): string[] {
  const lines = dockerfile.replace(/^\uFEFF/, '').split(/\r?\n/);
  const goesOn = continuation(lines);
  const found: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const { text, next } = readInstruction(lines, { at, goesOn });
    found.push(text);
    at = heredocsOf(text).reduce((start, heredoc) => skipHeredoc(lines, start, heredoc), next);
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
): { text: string; next: number } {
  let text = '';
  for (let next = at; next < lines.length; next++) {
    const line = lines[next] ?? '';
    if (/^\s*(?:#|$)/.test(line)) {
      continue;
    }
    text += line.replace(goesOn, '$1');
    if (!goesOn.test(line)) {
      return { text, next: next + 1 };
    }
  }
  return { text, next: lines.length };
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

/** @returns where the file goes on; at the same place when the text has no end, then it is none */
function skipHeredoc(lines: readonly string[], start: number, { name, chomp }: Heredoc): number {
  const end = lines.findIndex((line, at) => at >= start && (chomp ? line.replace(/^\t+/, '') : line) === name);
  return end === -1 ? start : end + 1;
}
