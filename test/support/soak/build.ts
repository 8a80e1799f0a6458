import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, openJob, type StepResult } from '../job.ts';
import { pushNote } from '../push-note.ts';
import { startWorker } from '../worker.ts';
import { lookAround, type Move } from './evidence.ts';
import type { Armed } from './faults.ts';
import type { Lane } from './lane.ts';
import { leftBy, secretsLeft, secretsOf } from './leaks.ts';
import type { Scenario } from './scenario.ts';
import { asLeg, type Shaped, shape } from './shaped.ts';
import { type StartedStep, startStep } from './step.ts';
import { type Judgement, judge } from './verdict.ts';

/** What has become of a build. */
export interface Outcome {
  readonly scenario: Scenario;
  /** Whether the fault has hit something: without, there is nothing that it excuses. */
  readonly hasHit: boolean;
  /** Of each of its steps. */
  readonly judgements: readonly Judgement[];
  /** What has outlived its jobs, as far as it is known yet. */
  readonly leaks: readonly string[];
  readonly milliseconds: number;
  readonly log: string;
}

/** A step is given up after that. Milliseconds */
const LONGEST = 120_000;

export async function runBuild(scenario: Scenario, lane: Lane): Promise<Outcome> {
  const shaped = await shape(scenario, lane);
  return scenario.fault.build === 'job-killed' ? killBuild(scenario, shaped, lane) : endBuild(scenario, shaped, lane);
}

/** The machine takes the job away. Its leftovers are for the next build. */
async function killBuild(scenario: Scenario, shaped: Shaped, lane: Lane): Promise<Outcome> {
  const { index, random } = scenario;
  const job = await openJobFor(shaped);
  const begin = performance.now();
  const worker = await startWorker(job, shaped.inputs, shaped.options);
  worker.stepEnded.catch(() => undefined);
  await sleep(random.between(300, 3_500));
  await worker.kill();
  lane.abandoned.push({ index, job });
  const judgements = [{ verdict: 'ended', why: '' }] as const;
  return { scenario, hasHit: true, judgements, leaks: [], milliseconds: performance.now() - begin, log: '' };
}

/** What the steps of a build have in common while it goes on. */
interface Running {
  readonly scenario: Scenario;
  readonly lane: Lane;
  readonly moves: Move[];
  readonly jobs: Job[];
  readonly results: StepResult[];
}

async function endBuild(scenario: Scenario, shaped: Shaped, lane: Lane): Promise<Outcome> {
  const running: Running = { scenario, lane, moves: [], jobs: [], results: [] };
  const begin = performance.now();
  const { hasHit, judgements } =
    scenario.shape === 'legs and merge' ? await runLegs(shaped, running) : await runOnce(shaped, running);
  const milliseconds = performance.now() - begin;
  const [job] = running.jobs;
  // What others have put under a name is kept by a second run.
  const isAgain = scenario.shape === 'run again' && scenario.fault.excuses !== 'death' && running.moves.length === 0;
  const again = isAgain && job !== undefined ? [await runAgain(shaped, job, running)] : [];
  const secrets = secretsOf(running.results.flatMap(({ masks }) => masks));
  const leaks: string[] = [];
  for (const one of running.jobs) {
    // What a step has had for itself goes with it, unless it was killed.
    leaks.push(...(running.results.some(({ code }) => code === null) ? [] : await secretsLeft(one, secrets)));
    const { code, output } = await one.post(shaped.options);
    leaks.push(...(code === 0 ? [] : [`post ended with ${code}: ${output}`]), ...(await leftBy(one, secrets)));
    await one.remove();
  }
  const log = running.results.map(({ output }) => output).join('\n────\n');
  return { scenario, hasHit, judgements: [...judgements, ...again], leaks, milliseconds, log };
}

interface Ran {
  readonly hasHit: boolean;
  readonly judgements: readonly Judgement[];
}

async function runOnce(shaped: Shaped, running: Running): Promise<Ran> {
  const { scenario } = running;
  const job = await openJobFor(shaped);
  running.jobs.push(job);
  const step = startStep(job, shaped.inputs, shaped.options);
  const armed = arm(step, shaped, running);
  const { result, hangs } = await ending(step);
  await armed.disarm();
  const hasHit = armed.hasHit();
  return { hasHit, judgements: [await judged({ result, hangs }, shaped, running, hasHit && scenario.fault.excuses)] };
}

/** The second run of a job that has failed or not: what is missing is built, what is there stays. */
async function runAgain(shaped: Shaped, job: Job, running: Running): Promise<Judgement> {
  const { fault } = running.scenario;
  const step = startStep(job, { ...shaped.inputs, ifTagExists: 'skip' }, shaped.options);
  return judged(await ending(step), shaped, running, fault.build === 'fails' && 'success');
}

/** Two legs at the same time, and the merge when both are there. */
async function runLegs(shaped: Shaped, running: Running): Promise<Ran> {
  const { scenario, lane } = running;
  const { excuses } = scenario.fault;
  const legs = ['amd64', 'arm64'].map((architecture) => asLeg(shaped, lane, architecture));
  const jobs = await Promise.all(legs.map((leg) => openJobFor(leg)));
  running.jobs.push(...jobs);
  const steps = jobs.map((job, at) => startStep(job, legs[at]?.inputs ?? {}, shaped.options));
  const [first] = steps;
  if (first === undefined) {
    throw new Error('there are legs');
  }
  const armed = arm(first, shaped, running);
  const ended = await Promise.all(steps.map(ending));
  const digests = ended.map(({ result }) => result.outputs.imageDigest ?? '');
  const merged = ended.every(({ result }) => result.code === 0) ? await merge(shaped, digests, running) : undefined;
  await armed.disarm();
  const hasHit = armed.hasHit();
  const all = [
    ...ended.map((end, at) => [end, legs[at] ?? shaped] as const),
    ...(merged ? [[merged, shaped] as const] : []),
  ];
  const judgements = await Promise.all(all.map(([end, one]) => judged(end, one, running, hasHit && excuses)));
  return { hasHit, judgements };
}

async function merge(shaped: Shaped, digests: readonly string[], running: Running): Promise<StepEnd> {
  const { imageShortName = '', awsRegion = '', awsCredentials = '', imageTag = '' } = shaped.inputs;
  const job = await openJobFor(shaped);
  running.jobs.push(job);
  const inputs = { imageShortName, awsRegion, awsCredentials, imageTag, sources: digests.join('\n') };
  return ending(startStep(job, inputs, { ...shaped.options, action: 'merge' }));
}

function openJobFor({ files, ecr }: Shaped): Promise<Job> {
  return openJob({ files, env: { AWS_ENDPOINT_URL: ecr.url } });
}

function arm(step: StartedStep, { tags, names, cacheTag, ecr }: Shaped, { scenario, lane, moves }: Running): Armed {
  const moveTag = async (tag: string) => {
    const place = lane.locate(names('').find((name) => name.endsWith(`:${tag}`)) ?? '');
    if (place !== undefined) {
      const to = await pushNote({ ...place, note: scenario.content });
      moves.push({ tag, to, at: Date.now() });
    }
  };
  return scenario.fault.arm(scenario.random)({ ecr, step, tags, cacheTag, moveTag });
}

interface StepEnd {
  readonly result: StepResult;
  readonly hangs: boolean;
}

async function ending(step: StartedStep): Promise<StepEnd> {
  let hangs = false;
  const patience = setTimeout(() => {
    hangs = step.signal('SIGKILL');
  }, LONGEST);
  const result = await step.ended.finally(() => clearTimeout(patience));
  return { result, hangs };
}

async function judged(
  { result, hangs }: StepEnd,
  { names, ecr }: Shaped,
  running: Running,
  excuse: Parameters<typeof judge>[1] | false,
): Promise<Judgement> {
  const { lane, scenario, moves, results } = running;
  results.push(result);
  const evidence = await lookAround(result, lane, { names, moves, ecr, content: scenario.content });
  return hangs
    ? { verdict: 'unexcused', why: `it still ran after ${LONGEST / 1000} s` }
    : judge(evidence, excuse || 'nothing');
}
