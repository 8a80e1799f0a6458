import type { Area } from './row.ts';

/** Where the tables begin in docs/reliability.md; what is before is written by hand. */
export const MARK = '<!-- The tables below are made from test/reliability by npm run reliability. -->';

/** A table in Markdown for each area. */
export function formatTables(areas: Iterable<Area>): string {
  return [...areas]
    .flatMap(({ title, rows }) => [
      `## ${title}`,
      '',
      '| Fault | What happens | Test |',
      '|---|---|---|',
      ...rows.map(({ fault, outcome, test: { file, name } }) =>
        row([fault, outcome, `[${file.replace(/\.test\.ts$/, '')}](../test/e2e/${file}): ${code(name)}`]),
      ),
      '',
    ])
    .join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** A name may hold backticks itself. */
function code(text: string): string {
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}
