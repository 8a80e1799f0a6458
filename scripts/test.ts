import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveToolchain } from '../test/support/toolchain.ts';
import { BUNDLES, build } from './build.ts';
import { ensureSystemPackages } from './system.ts';

/** What the gate runs: types, lint, dist, and all tests. Its last line counts each of them. */
interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const root = join(import.meta.dirname, '..');
const log = (line: string) => console.log(line);

async function main(): Promise<number> {
  await ensureSystemPackages({ log });
  await resolveToolchain({ log });
  const counts = [
    await check('types', () => node('typescript/bin/tsc', '--noEmit')),
    await check('lint', () => node('@biomejs/biome/bin/biome', 'check')),
    await check('dist is what the source builds', distIsBuilt),
    await tests(),
  ];
  const sum = (key: keyof Counts) => counts.reduce((total, count) => total + count[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed') === 0 ? 0 : 1;
}

async function check(name: string, holds: () => Promise<boolean>): Promise<Counts> {
  const good = await holds();
  console.log(`${good ? 'ok' : 'FAILED'}: ${name}`);
  return { passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 };
}

/** Builds from a copy, so that this does not touch what is in the tree. */
async function distIsBuilt(): Promise<boolean> {
  const target = await mkdtemp(join(tmpdir(), 'buildkit-aws-dist-'));
  try {
    await build(target);
    const differences = (
      await Promise.all(BUNDLES.map((name) => differing(join(root, 'dist', name), join(target, name))))
    ).flat();
    for (const file of differences) {
      console.log(`dist is not what the source builds: ${file}. Run npm run build and commit dist.`);
    }
    return differences.length === 0;
  } finally {
    await rm(target, { recursive: true });
  }
}

async function differing(committed: string, built: string): Promise<string[]> {
  const names = new Set([...(await readdir(committed).catch(() => [])), ...(await readdir(built))]);
  const read = (directory: string, name: string) => readFile(join(directory, name), 'utf8').catch(() => undefined);
  const compared = [...names].map(async (name) =>
    (await read(committed, name)) === (await read(built, name)) ? [] : [join(committed, name)],
  );
  return (await Promise.all(compared)).flat();
}

/** The tests start daemons and namespaces, which is for root; on a person's account sudo asks once. */
async function tests(): Promise<Counts> {
  const directory = await mkdtemp(join(tmpdir(), 'buildkit-aws-tests-'));
  const file = join(directory, 'results.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const command = [
    process.execPath,
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  const good = await run([...asRoot(), ...command]);
  const results: { numPassedTests: number; numFailedTests: number; numPendingTests: number; numTodoTests: number } =
    JSON.parse(
      await readFile(file, 'utf8').catch(
        () => '{"numPassedTests":0,"numFailedTests":0,"numPendingTests":0,"numTodoTests":0}',
      ),
    );
  await rm(directory, { recursive: true, force: true });
  return {
    passed: results.numPassedTests,
    // A file that cannot be loaded, or an error outside of every test, has no test that fails.
    failed: good ? results.numFailedTests : Math.max(results.numFailedTests, 1),
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

function asRoot(): string[] {
  const { PATH = '', HOME = '', BUILDKIT_AWS_TOOLS, XDG_CACHE_HOME } = process.env;
  const optional = Object.entries({ BUILDKIT_AWS_TOOLS, XDG_CACHE_HOME }).flatMap(([name, value]) =>
    value ? [`${name}=${value}`] : [],
  );
  return process.getuid?.() === 0 ? [] : ['sudo', 'env', `PATH=${PATH}`, `HOME=${HOME}`, ...optional];
}

function node(script: string, ...args: string[]): Promise<boolean> {
  return run([process.execPath, join(root, 'node_modules', script), ...args]);
}

async function run([program = '', ...args]: readonly string[]): Promise<boolean> {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  return code === 0;
}

process.exitCode = await main();
