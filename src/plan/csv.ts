import { parse } from 'csv-parse/sync';

/** BuildKit reads an exporter, a cache or a secret as one line of CSV: a field with a comma or quote is quoted as a whole. */
export function formatCsv(fields: readonly string[]): string {
  return fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}

/** The fields of one line. @throws Error where quotes do not fit */
export function parseCsv(line: string): string[] {
  const records: string[][] = parse(line, { relax_column_count: true, skip_empty_lines: true });
  return records.flat();
}
