import type { FindingRow } from '../plan/scan.ts';
import { shorten } from './markdown.ts';

/** The most severe are enough to begin with, and a summary may have 1 MiB. */
const SHOWN = 100;

const HEADINGS = ['Severity', 'Finding', 'Package', 'Platform'] as const;

/** The findings of a scan for the log, a line each. Without findings no line. */
export function findingsTable(rows: readonly FindingRow[]): string[] {
  if (rows.length === 0) {
    return [];
  }
  const table = [HEADINGS, ...rows.slice(0, SHOWN).map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...restOf(rows)];
}

/** The findings of a scan in GitHub's Markdown, a line each. Without findings no line. */
export function findingsMarkdown(rows: readonly FindingRow[]): string[] {
  if (rows.length === 0) {
    return [];
  }
  const table = rows.slice(0, SHOWN).map((row) => {
    const [severity = '', ...others] = cellsOf(row);
    return [severity, ...others.map((cell) => (cell === '' ? '' : `\`${cell.replaceAll(/[`|]/g, ' ')}\``))];
  });
  const lines = [HEADINGS, HEADINGS.map(() => '---'), ...table].map((cells) => `| ${cells.join(' | ')} |`);
  return [...lines, ...restOf(rows).flatMap((line) => ['', line])];
}

/** Names of packages come from the image: none of them begins a line of the log. */
function cellsOf({ severity, name, packages, platforms }: FindingRow): string[] {
  return [severity, name, packages, platforms.join(', ')].map((cell) => shorten(cell, 300));
}

function restOf(rows: readonly FindingRow[]): string[] {
  return rows.length > SHOWN ? [`and ${rows.length - SHOWN} more, which the console of ECR shows`] : [];
}
