import { daemonsOf } from '../traces.ts';
import type { Armed, FaultKind, Target } from './faults.ts';
import { armTimer } from './timer.ts';

/** Milliseconds: a build is shorter than that more often than not. */
const LONGEST = 2_500;
/** From when the daemon is there. */
const LONGEST_OF_DAEMON = 1_200;
const LOOK_EVERY = 20;

/** GitHub's runner, after a cancelled step has not ended. Source: actions/runner, src/Runner.Sdk/ProcessInvoker.cs. Milliseconds */
const RUNNER_WAITS = { int: 7_500, term: 2_500 };

/** @param pauses between INT and TERM, and between TERM and KILL */
function cancel({ int, term }: { int: number; term: number }, delay: number) {
  return (target: Target): Armed =>
    hitting(delay, async (hit, pause) => {
      hit(target.step.signal('SIGINT'));
      await pause(int);
      hit(target.step.signal('SIGTERM'));
      await pause(term);
      hit(target.step.signal('SIGKILL'));
    });
}

/** What has found nobody has not hit. */
function hitting(
  delay: number,
  work: (hit: (found: boolean) => void, pause: (ms: number) => Promise<void>) => Promise<void>,
): Armed {
  let hasFound = false;
  const timer = armTimer(delay, (pause) =>
    work((found) => {
      hasFound ||= found;
    }, pause),
  );
  return { ...timer, hasHit: () => hasFound };
}

const CANCELLED: FaultKind['arm'] = (random) => cancel(RUNNER_WAITS, random.between(0, LONGEST));

const CANCELLED_IN_HASTE: FaultKind['arm'] = (random) =>
  cancel({ int: random.between(0, 300), term: random.between(0, 300) }, random.between(0, LONGEST));

const KILLED: FaultKind['arm'] = (random) => {
  const delay = random.between(0, LONGEST);
  return (target) => hitting(delay, async (hit) => hit(target.step.signal('SIGKILL')));
};

const DAEMON_KILLED: FaultKind['arm'] = (random) => {
  const delay = random.between(0, LONGEST_OF_DAEMON);
  return ({ step }) =>
    hitting(0, async (hit, pause) => {
      await untilDaemon(step, pause);
      await pause(delay);
      hit(step.signalDaemon('SIGKILL'));
    });
};

const DAEMON_STOPPED: FaultKind['arm'] = (random) => {
  const [delay, rest] = [random.between(0, LONGEST_OF_DAEMON), random.between(100, 1_000)];
  return ({ step }) =>
    hitting(0, async (hit, pause) => {
      await untilDaemon(step, pause);
      await pause(delay);
      hit(step.signalDaemon('SIGSTOP'));
      await pause(rest).finally(() => step.signalDaemon('SIGKILL'));
    });
};

async function untilDaemon({ job }: Target['step'], pause: (ms: number) => Promise<void>): Promise<void> {
  while (daemonsOf(job).length === 0) {
    await pause(LOOK_EVERY);
  }
}

/** What becomes of the processes of a job. */
export const PROCESS_FAULTS: readonly FaultKind[] = [
  { name: 'daemon killed', weight: 4, excuses: 'failure', arm: DAEMON_KILLED },
  { name: 'daemon stopped, then killed', weight: 2, excuses: 'failure', arm: DAEMON_STOPPED },
  { name: 'cancelled', weight: 4, excuses: 'death', arm: CANCELLED },
  { name: 'cancelled, and killed soon after', weight: 3, excuses: 'death', arm: CANCELLED_IN_HASTE },
  { name: 'step killed', weight: 3, excuses: 'death', arm: KILLED },
];
