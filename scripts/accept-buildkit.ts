import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addedVersions, parseTable, readTable, withVersions, writeTable } from './propose-buildkit/table.ts';

/**
 * Takes over versions from a table that another job has made, which is not trusted: only what has the form of a version and of its
 * checksums gets through, and only in addition to what is there. It needs no package, so the job that may push installs none.
 *
 * --root DIRECTORY   the project whose table is written; this one by default
 * --proposed FILE    the other table
 */
const { values } = parseArgs({
  options: {
    root: { type: 'string', default: join(import.meta.dirname, '..') },
    proposed: { type: 'string', default: '' },
  },
});
const table = await readTable(values.root);
const added = addedVersions(table, parseTable(await readFile(values.proposed, 'utf8')));
if (Object.keys(added).length === 0) {
  throw new Error('the proposed table adds no version');
}
await writeTable(values.root, withVersions(table, added));
console.log(Object.keys(added).join(' '));
