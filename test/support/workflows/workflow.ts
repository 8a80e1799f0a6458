import { callWorkflow } from './call.ts';
import type { Json, JsonObject } from './expressions.ts';
import { textOf } from './expressions.ts';
import { githubContext, type WorkflowEvent } from './github.ts';
import { allEnded, runLegs } from './legs.ts';
import { runOnMachine } from './machine.ts';
import { readWorkflow } from './parse.ts';
import { openRepository, type Repository } from './repository.ts';
import { type JobRun, type Result, resultOf, type Surroundings, type Texts, type WorkflowRun } from './run.ts';
import { entriesOf, field, isWanted, itemsOf, plain, resolveText, type Token } from './tokens.ts';

export interface WorkflowOptions extends Pick<Surroundings, 'open'>, Partial<Pick<Surroundings, 'provided'>> {
  /** Path of the workflow among the files. */
  readonly workflow: string;
  /** The repository: what is checked out, local actions, called workflows. */
  readonly files: Texts;
  readonly event?: WorkflowEvent;
  readonly secrets?: Texts;
  readonly vars?: Texts;
  /** Of workflow_dispatch. */
  readonly inputs?: JsonObject;
}

/**
 * Runs a workflow as GitHub does, on this machine. What it means is decided by GitHub's own parser and expressions; its steps
 * run as in `openJob`.
 * @throws Error for what GitHub refuses, and for what this cannot run; a step that fails is a result
 */
export async function runWorkflow(options: WorkflowOptions): Promise<WorkflowRun> {
  const { workflow: path, files, event = { name: 'push', ref: 'refs/heads/main' }, open, provided = {} } = options;
  const repository = await openRepository(files);
  try {
    const { root, events } = await readWorkflow(path, await repository.read(path), repository.read);
    if (!events.includes(event.name)) {
      throw new Error(`${path} does not run on ${event.name}, only on ${events.join(', ')}`);
    }
    const name = textOf(plain(field(root, 'name'))) || path;
    const { secrets = {}, vars = {}, inputs = {} } = options;
    const contexts = { github: githubContext(event, repository.sha, name), secrets, vars, inputs };
    return await runJobs(root, { contexts, repository, surroundings: { open, provided } });
  } finally {
    await repository.remove();
  }
}

/** What the jobs of a workflow share. */
export interface Shared {
  readonly contexts: JsonObject;
  readonly repository: Repository;
  readonly surroundings: Surroundings;
}

interface Ended {
  readonly run: JobRun;
  /** How it and all jobs before it have ended. A job by default runs only when all of these have succeeded. */
  readonly line: readonly Result[];
}

/** Runs each job as soon as those that it needs have ended. */
export async function runJobs(workflow: Token, shared: Shared): Promise<WorkflowRun> {
  const definitions = new Map(entriesOf(field(workflow, 'jobs')));
  const started = new Map<string, Promise<Ended>>();
  const start = (id: string): Promise<Ended> => {
    const running = started.get(id) ?? runJob(id, definitions.get(id));
    started.set(id, running);
    return running;
  };
  const runJob = async (id: string, definition: Token | undefined): Promise<Ended> => {
    const needed = itemsOf(field(definition, 'needs')).map((need) => textOf(plain(need)));
    const before = await allEnded(needed.map(start));
    const line = before.flatMap((ended) => ended.line);
    const needs = Object.fromEntries(needed.map((need, index) => [need, shown(before[index]?.run)]));
    const contexts = { ...shared.contexts, needs };
    const status = { success: line.every((result) => result === 'success'), failure: line.includes('failure') };
    if (definition === undefined || !isWanted(field(definition, 'if'), { contexts, status })) {
      return { run: { result: 'skipped', outputs: {}, legs: [] }, line: [...line, 'skipped'] };
    }
    const planned = { ...shared, contexts, id, definition, workflow };
    const run = await runLegs(planned, field(definition, 'uses') === undefined ? runOnMachine : callWorkflow);
    return { run, line: [...line, run.result] };
  };
  const ids = [...definitions.keys()];
  const runs = (await allEnded(ids.map(start))).map(({ run }, index) => [ids[index] ?? '', run] as const);
  return {
    jobs: Object.fromEntries(runs),
    result: resultOf(runs.map(([, { result }]) => result)),
    outputs: callOutputs(workflow, shared.contexts, Object.fromEntries(runs.map(([id, run]) => [id, shown(run)]))),
  };
}

function callOutputs(workflow: Token, contexts: JsonObject, jobs: Json): Texts {
  const outputs = entriesOf(field(workflow, 'on', 'workflow_call', 'outputs'));
  const scope = { contexts: { ...contexts, jobs } };
  return Object.fromEntries(outputs.map(([name, output]) => [name, resolveText(field(output, 'value'), scope)]));
}

/** What expressions see of a job. */
function shown(run: JobRun | undefined): JsonObject {
  return run === undefined ? {} : { result: run.result, outputs: run.outputs };
}
