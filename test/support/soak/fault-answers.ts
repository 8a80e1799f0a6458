import type { Answer, LoggedRequest } from '../ecr/exchange.ts';
import type { FaultKind, Target } from './faults.ts';
import type { Random } from './random.ts';

type Matches = (request: LoggedRequest) => boolean;

const isWrite: Matches = ({ method }) => method !== 'GET' && method !== 'HEAD';
const isManifest: Matches = ({ path }) => path.includes('/manifests/');
const isRegistry: Matches = ({ kind }) => kind === 'registry';

/** Where a passing fault hits. */
const PLACES: readonly [Matches, ...Matches[]] = [
  () => true,
  isRegistry,
  (request) => isRegistry(request) && isWrite(request) && !isManifest(request),
  (request) => isRegistry(request) && isWrite(request) && isManifest(request),
  (request) => isRegistry(request) && !isWrite(request) && isManifest(request),
  ({ userAgent }) => userAgent.startsWith('buildkit-aws'),
  ({ kind }) => kind !== 'registry',
];

interface Passing extends Pick<FaultKind, 'name' | 'weight'> {
  readonly answer: (random: Random) => Answer;
  readonly excuses?: FaultKind['excuses'];
}

/** An answer to one or two requests, after some others. */
function passing({ name, weight, answer, excuses = 'nothing' }: Passing): FaultKind {
  const arm: FaultKind['arm'] = (random) => {
    const [matches, skipped, times] = [random.pick(PLACES), random.pick([0, 0, 1, 2, 4, 8]), random.integer(1, 2)];
    return inject({ matches: after(skipped, matches), times, answer: answer(random) });
  };
  return { name, weight, excuses, arm };
}

/** Lets some requests pass. */
function after(count: number, matches: Matches): Matches {
  let seen = 0;
  return (request) => {
    if (!matches(request)) {
      return false;
    }
    seen += 1;
    return seen > count;
  };
}

interface Injection {
  readonly matches: Matches;
  readonly answer: Answer;
  readonly times?: number;
}

function inject({ matches, answer, times }: Injection) {
  return ({ ecr }: Target) => {
    const fault = ecr.fault({ when: matches, answer, ...(times === undefined ? {} : { times }) });
    return {
      hasHit: () => fault.hits() > 0,
      disarm: async () => fault.remove(),
    };
  };
}

function registryError(status: number, code: string, message: string): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: { errors: [{ code, message }] } };
}

const BUSY = registryError(503, 'UNAVAILABLE', 'made up by the soak run');
const DENIED = registryError(403, 'DENIED', 'made up by the soak run');

/** An API of AWS that asks for patience. */
const THROTTLED: FaultKind['arm'] = (random) =>
  inject({
    matches: after(random.integer(0, 1), ({ kind }) => kind === 'ecr'),
    times: random.integer(1, 2),
    answer: { status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } },
  });

/** Never again a good answer, from some request on. */
const DOWN: FaultKind['arm'] = (random) =>
  inject({ matches: after(random.integer(0, 12), isRegistry), answer: random.pick([BUSY, 'reset']) });

const REFUSED: FaultKind['arm'] = (random) => (target) => {
  const tag = random.pick([target.tags[0] ?? '', ...target.tags]);
  const isPut: Matches = (request) => isWrite(request) && request.path.endsWith(`/manifests/${tag || 'none'}`);
  return inject({ matches: isPut, answer: DENIED })(target);
};

/** The cache can neither be read nor written, which is no reason to fail. */
const NO_CACHE: FaultKind['arm'] = (random) => {
  const answer = random.pick<Answer>([registryError(500, 'UNKNOWN', 'made up by the soak run'), DENIED]);
  return (target) => inject({ matches: ({ path }) => path.includes(`/manifests/${target.cacheTag}`), answer })(target);
};

/** What a registry or an API of AWS answers in place of what it should. */
export const ANSWER_FAULTS: readonly FaultKind[] = [
  passing({ name: 'HTTP 429', weight: 3, answer: () => registryError(429, 'TOOMANYREQUESTS', 'Rate exceeded') }),
  passing({ name: 'HTTP 500', weight: 3, answer: () => registryError(500, 'UNKNOWN', 'made up by the soak run') }),
  passing({ name: 'HTTP 502 or 503', weight: 3, answer: (random) => ({ status: random.pick([502, 503]) }) }),
  passing({ name: 'connection reset', weight: 3, answer: () => 'reset' }),
  passing({ name: 'late answer', weight: 2, answer: (random) => ({ delayMs: random.integer(300, 2_500) }) }),
  passing({ name: 'slow body', weight: 2, answer: (random) => ({ slowMs: random.integer(300, 2_500) }) }),
  passing({ name: 'truncated body', weight: 3, answer: () => 'truncated' }),
  // What changes bytes does not pass by itself, and a token that is another one cannot be told from a wrong one.
  passing({ name: 'altered body', weight: 3, answer: () => 'altered', excuses: 'failure' }),
  passing({ name: 'done, but the answer is lost', weight: 3, answer: () => 'lost' }),
  { name: 'API of ECR throttles', weight: 2, excuses: 'nothing', arm: THROTTLED },
  { name: 'registry goes down', weight: 3, excuses: 'failure', isFast: true, arm: DOWN },
  { name: 'a tag is refused', weight: 3, excuses: 'failure', arm: REFUSED },
  { name: 'cache cannot be used', weight: 2, excuses: 'nothing', arm: NO_CACHE },
];
