import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

/** The files that the runner starts. */
export const BUNDLES = ['main', 'post', 'merge'] as const;

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

/**
 * Makes the bundles that users get: TypeScript's own compiler first, because ncc cannot read the sources with it.
 * @param target directory that gets one folder per bundle
 */
export async function build(target: string): Promise<void> {
  // Inside of the tree, so that ncc finds the packages.
  const lib = join(root, 'lib');
  await rm(lib, { recursive: true, force: true });
  await run(process.execPath, [bin('typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')], { cwd: root });
  await Promise.all(BUNDLES.map((name) => bundle(join(lib, 'entry', `${name}.js`), join(target, name))));
}

async function bundle(entry: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await run(
    process.execPath,
    [bin('@vercel/ncc/dist/ncc/cli.js'), 'build', entry, '-o', target, '--license', 'licenses.txt'],
    {
      cwd: root,
    },
  );
}

function bin(path: string): string {
  return join(root, 'node_modules', path);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { target: { type: 'string', default: join(root, 'dist') } } });
  await build(values.target);
}
