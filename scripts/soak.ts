import { parseArgs } from 'node:util';
import { soak } from '../test/support/soak/soak.ts';
import { table } from '../test/support/soak/table.ts';
import { resolveToolchain } from '../test/support/toolchain.ts';
import { ensureSystemPackages } from './system.ts';

/**
 * Builds again and again, with faults at random moments, and looks from outside at what has become of each build: none may be lost,
 * and nothing may be left. `--seed N --only K` runs the build K of the run N again.
 */
const log = (line: string) => console.log(line);

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      builds: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '10' },
      parallel: { type: 'string', default: '3' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
      only: { type: 'string' },
    },
  });
  if (process.getuid?.() !== 0) {
    log('The run starts namespaces, and looks into the files of daemons: it needs root.');
    return false;
  }
  await ensureSystemPackages({ log });
  const toolchain = await resolveToolchain({ log });
  const { seed, only } = values;
  log(`npm run soak -- --seed ${seed}${only === undefined ? '' : ` --only ${only}`}`);
  // What runs comes to its end, so that nothing is left on the machine.
  const ending = new AbortController();
  process.once('SIGINT', () => ending.abort());
  const { outcomes, leftInRoot, isGood } = await soak({
    toolchain,
    log,
    signal: ending.signal,
    seed: Number(seed),
    builds: Number(values.builds),
    minutes: Number(values.minutes),
    parallel: Number(values.parallel),
    only: only === undefined ? undefined : Number(only),
  });
  log(`\n${table(outcomes)}`);
  for (const line of leftInRoot) {
    log(`buildkitRoot: ${line}`);
  }
  log(isGood ? `${outcomes.length} builds: none lost, none leaked` : `Not as it has to be. Seed ${seed}`);
  return isGood;
}

process.exitCode = (await main()) ? 0 : 1;
