import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAreas } from '../reliability/areas.ts';
import type { Replacement } from '../reliability/row.ts';
import { formatTables, MARK } from '../reliability/table.ts';

const ROOT = join(import.meta.dirname, '../..');
const areas = await readAreas();
const rows = [...areas].flatMap(([area, { rows }]) => rows.map((row) => ({ ...row, area })));

/** By file, as they stand in the source. */
let titles: ReadonlyMap<string, readonly string[]>;

/** What is filled in is known to those only who run the tests: `npm run mutants` does, and names what it does not find. */
const FILLED_IN = /%[a-z#]|\$[\w.]+/;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'buildkit-aws-unit-'));
  const file = join(directory, 'tests.json');
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  await promisify(execFile)(process.execPath, [vitest, 'list', '--project', 'e2e', `--json=${file}`], { cwd: ROOT });
  const tests: readonly { name: string; file: string }[] = JSON.parse(await readFile(file, 'utf8'));
  await rm(directory, { recursive: true });
  const byFile = Map.groupBy(tests, (test) => basename(test.file));
  titles = new Map([...byFile].map(([file, found]) => [file, found.map(({ name }) => name)]));
}, 60_000);

describe('the table of faults', () => {
  it('has at least sixty rows, each fault once', () => {
    expect(rows.length).toBeGreaterThanOrEqual(60);
    expect(new Set(rows.map(({ fault }) => fault)).size).toBe(rows.length);
  });

  it('is what the document has', async () => {
    const text = await readFile(join(ROOT, 'docs/reliability.md'), 'utf8');
    expect(text.split(MARK)[1]?.trim()).toBe(formatTables(areas.values()).trim());
  });

  it.each(rows)('$area: $fault: names a test that is there', ({ test }) => {
    const fits = (title: string) => title.includes(test.name) || FILLED_IN.test(title);
    expect((titles.get(test.file) ?? []).filter(fits)).not.toEqual([]);
  });

  it.each(rows)('$area: $fault: takes out what is there', async ({ mutant }) => {
    const replacements: readonly Replacement[] = 'file' in mutant ? [mutant] : mutant;
    const counts = replacements.map(async ({ file, from }) => {
      const count = (await readFile(join(ROOT, file), 'utf8')).split(from).length - 1;
      return count === 1 ? [] : [`${file} has it ${count} times: ${from}`];
    });
    expect((await Promise.all(counts)).flat()).toEqual([]);
  });
});
