import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonObject, objectOf, textOf } from './expressions.ts';
import { readAction } from './parse.ts';
import type { ActionOutcome, Texts } from './run.ts';
import { type Frame, failed, runSteps, scopeAfter } from './steps.ts';
import { entriesOf, field, plain, resolveText, type Token } from './tokens.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** `org/buildkit-aws@v1`, and with a path `org/buildkit-aws/merge@v1`: this checkout. */
const OWN = /^org\/buildkit-aws(?:\/(?<path>[\w./-]+))?@v1$/;

/**
 * Runs what a step `uses`:
 * - actions/checkout brings the files of the repository. Until then the workspace is empty;
 * - an action of this project runs as its bundle, as `openJob().step()` does;
 * - a composite action runs its steps, whether it is one of the workspace (`./path`) or of this project.
 * @throws Error for any other action, and for an input that the action does not have: the runner only warns
 */
export function runAction(uses: string, inputs: Texts, frame: Frame): Promise<ActionOutcome> {
  if (/^actions\/checkout@/.test(uses)) {
    return checkOut(frame);
  }
  const own = OWN.exec(uses);
  if (own !== null) {
    return runFrom(join(ROOT, own.groups?.path ?? ''), own.groups?.path ?? '', { uses, inputs, frame });
  }
  if (uses.startsWith('./')) {
    return runFrom(join(frame.job.workspace, uses), undefined, { uses, inputs, frame });
  }
  throw new Error(`The action ${uses} is not known here`);
}

interface Use {
  readonly uses: string;
  readonly inputs: Texts;
  readonly frame: Frame;
}

async function checkOut({ repository, job }: Frame): Promise<ActionOutcome> {
  await repository.checkOut(job.workspace);
  return { succeeded: true, outputs: { commit: repository.sha }, output: '' };
}

/** @param path of an action of this project; undefined for one of the workspace */
async function runFrom(directory: string, path: string | undefined, use: Use): Promise<ActionOutcome> {
  const file = join(directory, 'action.yml');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`${use.uses} is not in the workspace: it has to come after actions/checkout`, { cause });
  });
  const action = readAction(file, text);
  const declared = entriesOf(field(action, 'inputs')).map(([name]) => name);
  const unknown = Object.keys(use.inputs).find((name) => !declared.includes(name));
  if (unknown !== undefined) {
    throw new Error(`${use.uses} has no input ${unknown}`);
  }
  if (textOf(plain(field(action, 'runs', 'using'))) === 'composite') {
    return runComposite(action, directory, use);
  }
  if (path !== '' && path !== 'merge') {
    throw new Error(`${use.uses} is neither a composite action nor one of this project`);
  }
  // A job runs the bundle by its name, the runner by what the action says.
  const main = join(directory, textOf(plain(field(action, 'runs', 'main'))));
  if (main !== join(ROOT, 'dist', path || 'main', 'index.js')) {
    throw new Error(`${use.uses} runs ${main}, which is not its bundle`);
  }
  return runBundle(declared, path, use);
}

async function runBundle(declared: readonly string[], path: '' | 'merge', use: Use): Promise<ActionOutcome> {
  const { inputs, frame } = use;
  const provided = Object.entries(frame.surroundings.provided).filter(
    ([name]) => declared.includes(name) && (inputs[name] ?? '').trim() === '',
  );
  const given = { ...inputs, ...Object.fromEntries(provided) };
  const options = { env: frame.env, ...(path === '' ? {} : { action: path }) };
  const action = await frame.job.step(given, options);
  return { succeeded: action.code === 0, outputs: action.outputs, output: action.output, action };
}

/** Inputs that are not given have their default, else they are blank: that is how they reach what is inside. */
async function runComposite(action: Token, directory: string, { inputs, frame }: Use): Promise<ActionOutcome> {
  const { github, matrix, strategy, runner } = frame.contexts;
  const present: JsonObject = {
    github: { ...objectOf(github), action_path: directory },
    matrix: objectOf(matrix),
    strategy: objectOf(strategy),
    runner: objectOf(runner),
  };
  const values = entriesOf(field(action, 'inputs')).map(([name, definition]) => {
    const value = inputs[name] ?? resolveText(field(definition, 'default'), { contexts: present });
    return [name, value];
  });
  const inner: Frame = { ...frame, contexts: { ...present, inputs: Object.fromEntries(values) }, runDefaults: {} };
  const steps = await runSteps(field(action, 'runs', 'steps'), inner);
  const scope = scopeAfter(steps, inner);
  const outputs = entriesOf(field(action, 'outputs')).map(([name, output]) => [
    name,
    resolveText(field(output, 'value'), scope),
  ]);
  return { succeeded: !failed(steps), outputs: Object.fromEntries(outputs), output: '', steps };
}
