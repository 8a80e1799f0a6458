import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { readAreas } from '../test/reliability/areas.ts';
import type { Replacement, Row } from '../test/reliability/row.ts';

/**
 * Takes the handling of each fault of docs/reliability.md out of a copy of the source, one at a time, and runs the test that is
 * named there: it has to fail. Names of areas and parts of faults choose some of them; `--kept` also runs each test with the handling.
 */

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

interface Verdict {
  readonly row: Row;
  /** Undefined: the test fails without the handling, as it should. */
  readonly problem: string | undefined;
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { kept: { type: 'boolean' } } });
  const areas = [...(await readAreas())];
  const rows = areas.flatMap(([name, { rows }]) =>
    rows.filter(
      ({ fault }) => positionals.length === 0 || positionals.some((word) => word === name || fault.includes(word)),
    ),
  );
  const copy = await copyTree();
  const verdicts: Verdict[] = [];
  try {
    for (const row of rows) {
      const problem = (values.kept ? await keep(row, copy) : undefined) ?? (await mutate(row, copy));
      console.log(
        `${problem === undefined ? 'ok' : 'FAILED'}: ${row.fault}${problem === undefined ? '' : `: ${problem}`}`,
      );
      verdicts.push({ row, problem });
    }
  } finally {
    await rm(copy, { recursive: true });
  }
  const survived = verdicts.filter(({ problem }) => problem !== undefined);
  console.log(`${verdicts.length - survived.length} of ${verdicts.length} tests fail without what they test`);
  process.exitCode = survived.length === 0 ? 0 : 1;
}

/** What the repository has, with what is not committed yet, and the packages that are installed. */
async function copyTree(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'buildkit-aws-mutants-'));
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(root, file), join(copy, file)).catch(() => undefined);
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  // What is taken out leaves names behind that nobody uses.
  const config = join(copy, 'tsconfig.json');
  await writeFile(config, (await readFile(config, 'utf8')).replaceAll(/("noUnused\w+": )true/g, '$1false'));
  return copy;
}

async function keep(row: Row, copy: string): Promise<string | undefined> {
  await buildIn(copy);
  const { passed, failed } = await runTest(row, copy);
  return passed === 1 && failed === 0
    ? undefined
    : `with the handling ${passed} tests pass and ${failed} fail, not 1 and 0`;
}

async function mutate(row: Row, copy: string): Promise<string | undefined> {
  const replacements: readonly Replacement[] = 'file' in row.mutant ? [row.mutant] : row.mutant;
  const originals = new Map<string, string>();
  try {
    for (const { file, from, to } of replacements) {
      const text = await readFile(join(copy, file), 'utf8');
      originals.set(file, originals.get(file) ?? text);
      const count = text.split(from).length - 1;
      if (count !== 1) {
        return `${file} has ${JSON.stringify(from)} ${count} times`;
      }
      await writeFile(
        join(copy, file),
        text.replace(from, () => to),
      );
    }
    // The test of a script runs no bundle.
    if (replacements.some(({ file }) => file.startsWith('src/'))) {
      await buildIn(copy);
    }
    const { passed, failed } = await runTest(row, copy);
    return failed > 0 ? undefined : `${row.test.file} passes without the handling (${passed} tests)`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    for (const [file, text] of originals) {
      await writeFile(join(copy, file), text);
    }
  }
}

async function buildIn(copy: string): Promise<void> {
  await run(process.execPath, [join(copy, 'scripts/build.ts')], { cwd: copy }).catch(
    (error: Error & { stdout?: string }) => {
      throw new Error(`it does not build: ${error.stdout || error.message}`);
    },
  );
}

/** With a place for scratch of its own: what one version of the action leaves, a run of another one on this machine would take away. */
const ALONE = [
  ...['--mount', '--propagation', 'private', 'sh', '-c'],
  'd=/tmp/buildkit-aws-$(id -u); mkdir -p -m 700 "$d" && mount -t tmpfs -o mode=700 none "$d" && exec "$@"',
  'sh',
];

async function runTest({ test }: Row, copy: string): Promise<{ passed: number; failed: number }> {
  const results = join(copy, 'results.json');
  await rm(results, { force: true });
  const pattern = test.name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const args = ['run', '--project', 'e2e', join('test/e2e', test.file), '-t', pattern, '--reporter=json'];
  const command = [process.execPath, vitest, ...args, `--outputFile=${results}`];
  await run('unshare', [...ALONE, ...command], { cwd: copy }).catch(() => undefined);
  const { numPassedTests: passed, numFailedTests: failed }: { numPassedTests: number; numFailedTests: number } =
    JSON.parse(await readFile(results, 'utf8'));
  if (passed + failed === 0) {
    throw new Error(`${test.file} has no test ${JSON.stringify(test.name)}`);
  }
  return { passed, failed };
}

await main();
