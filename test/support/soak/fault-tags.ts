import type { LoggedRequest } from '../ecr/exchange.ts';
import type { FaultKind, Target } from './faults.ts';
import { armTimer } from './timer.ts';

/** How often it is looked whether a push has been answered. Milliseconds */
const LOOK_EVERY = 5;

/** Another job pushes another image under a name, as soon as the name has been put. */
const MOVED: FaultKind['arm'] = (random) => (target) => {
  const tag = random.pick([target.tags[0] ?? '', ...target.tags]);
  const moving = moveWhenPut(target, tag);
  return { hasHit: () => moving.isDone(), disarm: moving.end };
};

function moveWhenPut({ ecr, moveTag }: Target, tag: string) {
  const since = ecr.requests.length;
  let moved: Promise<void> | undefined;
  const isPut = ({ method, path, status }: LoggedRequest) =>
    method === 'PUT' && status === 201 && path.endsWith(`/manifests/${tag || 'none'}`);
  const looking = setInterval(() => {
    if (moved === undefined && ecr.requests.slice(since).some(isPut)) {
      moved = moveTag(tag);
    }
  }, LOOK_EVERY);
  return {
    isDone: () => moved !== undefined,
    end: async () => {
      clearInterval(looking);
      await moved;
    },
  };
}

const EXPIRED: FaultKind['arm'] = (random) => {
  const delay = random.between(0, 1_200);
  return ({ ecr }) => armTimer(delay, async () => ecr.expireTokens());
};

/** What others do to names and tokens of a build. */
export const TAG_FAULTS: readonly FaultKind[] = [
  { name: 'token expires', weight: 3, excuses: 'nothing', arm: EXPIRED },
  { name: 'tag moved by another job', weight: 3, excuses: 'nothing', arm: MOVED },
];
