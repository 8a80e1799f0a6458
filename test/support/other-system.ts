import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Stands in for a machine with another system: Node says that it is one, and in a namespace that hides `/proc` there is nothing that only
 * Linux has. Programs are still those of Linux.
 * @returns value for NODE_OPTIONS
 */
export async function pretend(platform: 'darwin' | 'win32'): Promise<string> {
  const file = join(await mkdtemp('/tmp/bka-system-'), 'system.cjs');
  await writeFile(file, `Object.defineProperty(process, 'platform', { value: '${platform}' });\n`);
  return `--require ${file}`;
}
