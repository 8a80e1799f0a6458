import { readFile } from 'node:fs/promises';
import type { Environment } from '../../src/runner.ts';
import { environmentOf } from './job.ts';

export const ROOT = new URL('../../', import.meta.url);

export function readText(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), 'utf8');
}

/** The sections of a Markdown file, by their headings of the second level, in their order. */
export function sectionsOf(markdown: string): ReadonlyMap<string, string> {
  const [, ...sections] = markdown.split(/^## /m);
  return new Map(
    sections.map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return [heading.trim(), lines.join('\n')];
    }),
  );
}

/** The rows of the tables in a section whose first cell is a name in backticks. */
export function rowsOf(section: string | undefined): { name: string; cells: readonly string[] }[] {
  return (section ?? '').split('\n').flatMap((line) => {
    const [, first = '', ...cells] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const name = /^`(?<name>[^`]+)`$/.exec(first)?.groups?.name;
    return name === undefined ? [] : [{ name, cells }];
  });
}

/** The names of the inputs that a reader asks for, sorted, in upper case as the runner hands them over. */
export async function askedInputs(
  given: Readonly<Record<string, string>>,
  read: (env: Environment) => Promise<unknown>,
): Promise<string[]> {
  const asked = new Set<string>();
  const env: Environment = new Proxy(environmentOf({ with: given }), {
    get(variables, name) {
      const [, input] = /^INPUT_(.*)$/.exec(String(name)) ?? [];
      if (input !== undefined) {
        asked.add(input);
      }
      return variables[String(name)];
    },
  });
  await read(env);
  return [...asked].toSorted();
}
