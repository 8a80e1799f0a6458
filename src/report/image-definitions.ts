import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ImageDefinitions } from '../inputs/results.ts';
import { textAt } from '../json.ts';

/**
 * Writes which image a container runs, for the ECS deployment of CodePipeline. Entries of other containers stay.
 * Source: CodePipeline user guide, "Image definitions file reference".
 * @param imageUri by digest: a tag could move before the deployment reads it
 */
export async function writeImageDefinitions(
  { container, path, entries }: ImageDefinitions,
  imageUri: string,
): Promise<void> {
  const others = entries.filter((entry) => textAt(entry, 'name') !== container);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify([...others, { name: container, imageUri }], null, 2)}\n`);
}
