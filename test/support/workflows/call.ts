import { type Json, type JsonObject, objectOf, textOf } from './expressions.ts';
import type { PlannedJob, RanLeg } from './legs.ts';
import { readWorkflow } from './parse.ts';
import { entriesOf, field, plain, resolve, resolveTexts, type Token } from './tokens.ts';
import { runJobs } from './workflow.ts';

/**
 * Runs the workflow of the same repository that a job `uses`. It sees its inputs, the secrets that it is given, and nothing of
 * the caller's `env`. GitHub's parser has checked the names of inputs and secrets, and that required ones are given.
 */
export async function callWorkflow(planned: PlannedJob, contexts: JsonObject): Promise<RanLeg> {
  const { definition, repository, surroundings } = planned;
  const uses = textOf(plain(field(definition, 'uses')));
  const path = /^\.\/(\.github\/workflows\/[^/]+\.ya?ml)$/.exec(uses)?.[1];
  if (path === undefined) {
    throw new Error(`${uses} is not a workflow of this repository in .github/workflows, the one place where it may be`);
  }
  const { root } = await readWorkflow(path, await repository.read(path), repository.read);
  const definitions = entriesOf(field(root, 'on', 'workflow_call', 'inputs'));
  const given = objectOf(resolve(field(definition, 'with'), { contexts }));
  const shared = { github: contexts.github ?? {}, vars: contexts.vars ?? {} };
  const inputs = definitions.map(([name, about]) => [name, given[name] ?? defaultOf(about, shared)]);
  const secrets = secretsFor(field(definition, 'secrets'), contexts);
  const called = await runJobs(root, {
    contexts: { ...shared, inputs: Object.fromEntries(inputs), secrets },
    repository,
    surroundings,
  });
  return { result: called.result, outputs: called.outputs, steps: [], post: '', called };
}

/** Without a default, an input has the empty value of its type. */
function defaultOf(input: Token, contexts: JsonObject): Json {
  const written = resolve(field(input, 'default'), { contexts });
  const empty: Readonly<Record<string, Json>> = { boolean: false, number: 0 };
  return written ?? empty[textOf(plain(field(input, 'type')))] ?? '';
}

function secretsFor(token: Token | undefined, contexts: JsonObject): JsonObject {
  const inherited = entriesOf(token).length === 0 && plain(token) === 'inherit';
  return inherited ? objectOf(contexts.secrets) : resolveTexts(token, { contexts });
}
