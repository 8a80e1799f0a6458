import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAreas } from '../test/reliability/areas.ts';
import { formatTables, MARK } from '../test/reliability/table.ts';

/** Writes the tables of docs/reliability.md anew. */
const file = join(import.meta.dirname, '../docs/reliability.md');
const [introduction = ''] = (await readFile(file, 'utf8')).split(MARK);
await writeFile(file, `${introduction}${MARK}\n\n${formatTables((await readAreas()).values())}`);
