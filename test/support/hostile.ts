import { existsSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { marked } from 'marked';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { FAILURE_CODES } from '../../src/failure-codes.ts';
import type { StepResult } from './job.ts';
import { runnerCommands } from './runner-commands.ts';

/** What hostile text would make if a shell or a program took it for more than text. */
export const MARKER = '/tmp/bka-hostile-marker';

/** What a command says that got through. */
const INJECTED = 'injected';

/** On one line: commands of the runner, of a terminal, of a shell, of buildctl; what quoting, splitting and Unicode break. */
export const HOSTILE_LINE = [
  `a ##[error]${INJECTED}`,
  `\r::warning::${INJECTED}\r##[warning]${INJECTED}`,
  `%0A::error::${INJECTED}%0D%0A##[error]${INJECTED}`,
  '\u001b[31mred\u001b[2K\u001b]0;title\u0007',
  '\u0085\u2028::error::injected\u2029\u202eback\u2066\u200b\ufeff',
  `$(touch ${MARKER}) \`touch ${MARKER}\` ; touch ${MARKER} | tee ${MARKER} & > ${MARKER}`,
  `--output=type=local,dest=${MARKER} -o ${MARKER}`,
  `' " \\ \${IFS} {a,b} * ~ <script> [a](http://a.invalid) | \`\`\` {{ .x }} \${{ github.token }} 日本語 🚢`,
].join(' ');

/** On several lines. */
export const HOSTILE_LINES = [
  'a',
  `::error::${INJECTED}`,
  ` \t::warning file=a::${INJECTED}`,
  `::set-output name=imageDigest::${INJECTED}`,
  `::add-mask::${INJECTED}`,
  `##[add-path]${INJECTED}`,
  `::stop-commands::${INJECTED}`,
  'ghadelimiter_00000000-0000-0000-0000-000000000000',
  'imageDigest<<ghadelimiter',
  HOSTILE_LINE,
  '```',
  '</details>',
].join('\n');

/** Names of an action's inputs or outputs. */
export async function namesIn(file: string, section: 'inputs' | 'outputs'): Promise<string[]> {
  const text = await readFile(join(import.meta.dirname, '../..', file), 'utf8');
  const action: Record<string, Record<string, unknown>> = parse(text);
  return Object.keys(action[section] ?? {});
}

/** Commands that the action gives. */
const OWN_COMMANDS = ['add-mask', 'debug', 'endgroup', 'error', 'group', 'notice', 'warning'];

/** What a terminal does not show as it is, and what turns the direction of writing; in lines and messages, but for their ends. */
const CONTROLS = /(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * Sees that a step has ended well, or with one error of the list and no stack; and that nothing of what it was given is a command of the
 * runner, moves or hides a part of the log, or has run.
 */
export function expectHarmless(step: StepResult): void {
  const commands = runnerCommands(step.output);
  const errors = commands.filter(({ name }) => name === 'error');
  const seen = step.output.slice(0, 20_000);
  expect(step.code, seen).toBe(errors.length === 0 ? 0 : 1);
  expect(errors.length, seen).toBeLessThan(2);
  for (const { properties, data } of errors) {
    expect([...FAILURE_CODES].filter((code) => code !== 'unexpected')).toContain(properties.title);
    expect(data).toMatch(new RegExp(`\\nMore: .*#${properties.title}$`));
    expect(data.length).toBeLessThanOrEqual(4096);
  }
  expect(commands.filter(({ name }) => !OWN_COMMANDS.includes(name))).toEqual([]);
  const shown = commands.filter(({ name }) => name !== 'add-mask');
  expect(shown.filter(({ data }) => data.trimStart().startsWith(INJECTED))).toEqual([]);
  expect(shown.filter(({ data }) => CONTROLS.test(data))).toEqual([]);
  expect(ownLines(step.output).filter((line) => CONTROLS.test(line))).toEqual([]);
  expect(step.output).not.toMatch(/^\s+at \S.*:\d+:\d+\)?$/m);
  const hasRun = existsSync(MARKER);
  rmSync(MARKER, { force: true, recursive: true });
  expect(hasRun).toBe(false);
}

/** The lines that the action itself has written, without those of a build and those that only the runner reads. */
function ownLines(output: string): string[] {
  let token: string | undefined;
  return output.split('\n').filter((line) => {
    const stop = /^::stop-commands::(.+)$/.exec(line)?.[1];
    const isOwn = token === undefined && !line.startsWith('::add-mask::');
    token = line === `::${token}::` ? undefined : (token ?? stop);
    return isOwn;
  });
}

/** HTML that a summary is made of. */
const TAGS = [
  'a',
  'b',
  'br',
  'code',
  'details',
  'h3',
  'p',
  'pre',
  'strong',
  'sub',
  'summary',
  'table',
  'tbody',
  'td',
  'th',
  'thead',
  'tr',
];

/** Sees that nothing of what a step was given makes HTML or links of its own in its summary, or turns the direction of what is read. */
export function expectHarmlessSummary({ summary }: StepResult): void {
  const rendered = marked.parse(summary, { async: false, gfm: true });
  const tags = [...rendered.matchAll(/<\/?(?<name>[a-z!][\w-]*)/gi)].map(({ groups }) => groups?.name);
  expect(tags.filter((name) => !TAGS.includes(name ?? ''))).toEqual([]);
  expect(rendered).not.toMatch(/href="(?!https:\/\/github\.com\/)/);
  expect(summary.replaceAll(/^```mermaid$[\s\S]*?^```$/gm, '')).not.toMatch(CONTROLS);
}
