import { type JsonObject, objectOf, textOf } from './expressions.ts';
import { githubVariables } from './github.ts';
import type { PlannedJob, RanLeg } from './legs.ts';
import type { StepRun, Texts } from './run.ts';
import { type Frame, failed, runSteps, scopeAfter } from './steps.ts';
import { entriesOf, field, resolveTexts } from './tokens.ts';

const KEYS = ['name', 'needs', 'if', 'permissions', 'runs-on', 'strategy', 'outputs', 'env', 'defaults', 'steps'];
const KEYS_WITHOUT_EFFECT = ['timeout-minutes', 'concurrency', 'environment'];

/**
 * Runs the steps of one leg on a machine of its own, with an empty workspace, and post of their actions at the end.
 * The machine is this one, whatever `runs-on` says: a leg for arm64 runs here as well. So workflows say by `platforms` what a
 * leg builds, and the Dockerfiles of the tests have no RUN, which makes them the same image on any machine.
 */
export async function runOnMachine(planned: PlannedJob, contexts: JsonObject): Promise<RanLeg> {
  const { id, definition, workflow, repository, surroundings } = planned;
  refuseUnknown(planned);
  const github = objectOf(contexts.github);
  const [name = '', ref = ''] = [github.event_name, github.ref].map((value) => textOf(value ?? ''));
  const job = await surroundings.open({
    files: {},
    event: { name, ref, payload: github.event },
    env: { ...githubVariables(github), GITHUB_JOB: id },
  });
  const both = (...path: string[]) => ({
    ...resolveTexts(field(workflow, ...path), { contexts }),
    ...resolveTexts(field(definition, ...path), { contexts }),
  });
  try {
    const here = { ...github, workspace: job.workspace, job: id };
    const arch = process.arch === 'arm64' ? 'ARM64' : 'X64';
    const runner = { os: 'Linux', arch, temp: job.temp, tool_cache: job.toolCache };
    const frame: Frame = {
      job,
      repository,
      surroundings,
      contexts: { ...contexts, github: here, runner },
      env: both('env'),
      runDefaults: both('defaults', 'run'),
    };
    const steps = await runSteps(field(definition, 'steps'), frame);
    const outputs = resolveTexts(field(definition, 'outputs'), scopeAfter(steps, frame));
    const post = await job.post();
    refuseMasked(id, outputs, [...secretsOf(contexts), ...masksOf(steps)]);
    return { result: failed(steps) || post.code !== 0 ? 'failure' : 'success', outputs, steps, post: post.output };
  } finally {
    // Does nothing when post has run.
    await job.post();
    await job.remove();
  }
}

/** A key that is left out without a word would let a test pass where the workflow does something else. */
function refuseUnknown({ id, definition }: PlannedJob): void {
  const unknown = entriesOf(definition).find(([key]) => ![...KEYS, ...KEYS_WITHOUT_EFFECT].includes(key));
  if (unknown !== undefined) {
    throw new Error(`${id}: jobs with ${unknown[0]} cannot be run here`);
  }
}

/** GitHub hands no output on that holds a secret, and only warns: who needs it gets a blank value. */
function refuseMasked(id: string, outputs: Texts, masks: readonly string[]): void {
  const found = Object.entries(outputs).find(([, value]) => masks.some((mask) => value.includes(mask)));
  if (found !== undefined) {
    throw new Error(`The output ${found[0]} of ${id} holds a masked value: GitHub would not hand it on`);
  }
}

/** The runner masks every line of a secret. */
function secretsOf({ secrets }: JsonObject): string[] {
  return Object.values(objectOf(secrets))
    .flatMap((secret) => textOf(secret).split(/\r?\n/))
    .filter((line) => line.trim() !== '');
}

function masksOf(steps: readonly StepRun[]): string[] {
  return steps.flatMap(({ action, steps: inner }) => [...(action?.masks ?? []), ...masksOf(inner)]);
}
