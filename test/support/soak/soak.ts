import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Toolchain } from '../toolchain.ts';
import { type Outcome, runBuild } from './build.ts';
import { FAULT_KINDS } from './faults.ts';
import { type Lane, openLane } from './lane.ts';
import { leftByAbandoned, leftInRoot } from './leaks.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { isBad, verdictOf } from './table.ts';

export interface SoakOptions {
  readonly toolchain: Toolchain;
  readonly seed: number;
  /** At least so many builds, and for at least so many minutes. */
  readonly builds: number;
  readonly minutes: number;
  /** How many builds at the same time. */
  readonly parallel: number;
  /** One build of the run again. */
  readonly only?: number | undefined;
  /** No build begins after that. */
  readonly signal?: AbortSignal | undefined;
  /** Gets one line for each build that is not as it has to be. */
  readonly log: (line: string) => void;
}

export interface Soak {
  readonly outcomes: readonly Outcome[];
  /** Of `buildkitRoot`, which all builds share. */
  readonly leftInRoot: readonly string[];
  readonly isGood: boolean;
}

/** Builds with faults until there are enough. */
export async function soak(options: SoakOptions): Promise<Soak> {
  const { toolchain, log } = options;
  const keptRoot = await mkdtemp('/tmp/bka-soak-root-');
  const logs = await mkdtemp('/tmp/bka-soak-logs-');
  const next = scenarios(options);
  const lanes = options.only === undefined ? options.parallel : 1;
  const outcomes: Outcome[] = [];
  const one = async (number: number) => {
    const lane = await openLane({ toolchain, number, keptRoot });
    try {
      outcomes.push(...(await runLane(lane, { next, logs, log })));
    } finally {
      await lane.close();
    }
  };
  try {
    // Where one has a problem of its own, the others still come to their end.
    const ends = await Promise.allSettled(Array.from({ length: lanes }, (_, number) => one(number)));
    for (const end of ends) {
      if (end.status === 'rejected') {
        throw end.reason;
      }
    }
    const left = await leftInRoot(keptRoot, lanes);
    const isGood = left.length === 0 && !outcomes.some(isBad);
    if (isGood) {
      await rm(logs, { recursive: true });
    }
    return { outcomes, leftInRoot: left, isGood };
  } finally {
    await rm(keptRoot, { recursive: true, force: true });
  }
}

/** The next build of the run; none when there are enough. */
function scenarios({ seed, builds, minutes, only, signal }: SoakOptions): () => Scenario | undefined {
  const end = performance.now() + minutes * 60_000;
  let index = 0;
  return () => {
    const isEnough = only !== undefined ? index > 0 : index >= builds && performance.now() > end;
    if (isEnough || signal?.aborted) {
      return undefined;
    }
    index += 1;
    return drawScenario({ seed, index: only ?? index });
  };
}

interface LaneRun {
  readonly next: () => Scenario | undefined;
  readonly logs: string;
  readonly log: (line: string) => void;
}

async function runLane(lane: Lane, { next, logs, log }: LaneRun): Promise<Outcome[]> {
  const outcomes = new Map<number, Outcome>();
  const build = async (scenario: Scenario) => {
    const killed = lane.abandoned.length;
    const outcome = await runBuild(scenario, lane);
    outcomes.set(scenario.index, outcome);
    if (killed > 0 && verdictOf(outcome) === 'succeeded') {
      for (const { index, leaks } of await leftByAbandoned(lane)) {
        const former = outcomes.get(index);
        if (former !== undefined && leaks.length > 0) {
          outcomes.set(index, { ...former, leaks });
          await tell({ ...former, leaks }, logs, log);
        }
      }
    }
    if (isBad(outcome)) {
      await tell(outcome, logs, log);
    }
  };
  for (let scenario = next(); scenario !== undefined; scenario = next()) {
    await build(scenario);
  }
  if (lane.abandoned.length > 0) {
    await build(lastScenario);
  }
  return [...outcomes.values()];
}

/** A build without a fault, after which nothing may be left of those that were killed. */
const lastScenario: Scenario = {
  index: 0,
  content: 'the last build',
  shape: 'one tag',
  fault: FAULT_KINDS[0],
  random: drawScenario({ seed: 0, index: 0 }).random,
};

async function tell(outcome: Outcome, logs: string, log: (line: string) => void): Promise<void> {
  const { scenario, judgements, leaks } = outcome;
  const { index, shape, fault } = scenario;
  const reasons = [...judgements.map(({ why }) => why).filter((why) => why !== ''), ...leaks];
  const file = join(logs, `${index}.log`);
  await writeFile(file, [`${fault.name}, ${shape}`, ...reasons, '', outcome.log, ''].join('\n'));
  log(`build ${index} (${shape}; ${fault.name}): ${verdictOf(outcome)}; ${file}\n  ${reasons.join('\n  ')}`);
}
