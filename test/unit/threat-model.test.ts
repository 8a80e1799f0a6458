import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const MODEL = await readFile(join(ROOT, 'docs/threat-model.md'), 'utf8');

/** The rows of the tables, without their heads. */
const ROWS = MODEL.split('\n').filter((line) => line.startsWith('| ') && !/^\| What /.test(line));

/** What `it`, `describe` and the tables of `each` have as names: all texts of a test, without its comments. */
async function textsOf(file: string): Promise<readonly string[]> {
  const source = await readFile(join(ROOT, 'test', file), 'utf8');
  return [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(
    ([, single, double, template]) => single ?? double ?? template ?? '',
  );
}

describe('docs/threat-model.md', () => {
  it.each(ROWS)('names a test that exists: %s', async (row) => {
    const [, file = '', name = ''] = /\| `((?:e2e|unit)\/[\w/.-]+\.test\.ts)` "([^"]+)" \|$/.exec(row) ?? [];
    expect(name).not.toBe('');
    expect((await textsOf(file)).filter((text) => text.includes(name))).not.toEqual([]);
  });

  it('says of everybody what is protected, and what is not', () => {
    const [, ...sections] = MODEL.split(/^## /m);
    const actors = sections.filter((section) => section.includes('| Test |'));
    expect(actors.length).toBeGreaterThanOrEqual(10);
    for (const section of actors) {
      expect(section.match(/^Not protected:/gm), section.split('\n')[0]).toHaveLength(1);
    }
  });

  it('is where README and SECURITY.md lead to', async () => {
    expect(await readFile(join(ROOT, 'README.md'), 'utf8')).toContain('](docs/threat-model.md)');
    expect(await readFile(join(ROOT, 'SECURITY.md'), 'utf8')).toContain('](docs/threat-model.md)');
  });
});
