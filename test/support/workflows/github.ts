import type { JobOptions } from '../job.ts';
import type { Json, JsonObject } from './expressions.ts';

export type WorkflowEvent = NonNullable<JobOptions['event']>;

/**
 * The context `github` of a run. It agrees with the variables that `openJob` sets, and with `githubVariables`.
 * Source: GitHub documentation, "Contexts reference".
 */
export function githubContext({ name, ref, payload }: WorkflowEvent, sha: string, workflow: string): JsonObject {
  const given: Json = JSON.parse(JSON.stringify(payload ?? {}));
  const [, type = '', refName = ref] = /^refs\/(heads|tags)\/(.*)$/.exec(ref) ?? [];
  return {
    event: { repository: { full_name: 'org/app', default_branch: 'main' }, ...Object(given) },
    event_name: name,
    ref,
    ref_name: refName,
    ref_type: type === 'tags' ? 'tag' : 'branch',
    sha,
    workflow,
    repository: 'org/app',
    repository_owner: 'org',
    actor: 'someone',
    run_id: '1',
    run_attempt: '1',
    server_url: 'https://github.com',
  };
}

/** The part of that context which every step has as variables. */
export function githubVariables(github: JsonObject): Record<string, string> {
  const names = ['ref_name', 'ref_type', 'sha', 'workflow', 'run_id', 'run_attempt', 'repository_owner'];
  return Object.fromEntries(names.map((name) => [`GITHUB_${name.toUpperCase()}`, String(github[name])]));
}
