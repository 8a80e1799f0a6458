import { FailedBuild } from '../buildkit/failed-build.ts';
import { Failure, unexpected } from '../failure.ts';
import { readShown } from '../inputs/shown.ts';
import type { Masks } from '../masks.ts';
import { docsAddress, type Environment } from '../runner.ts';
import { redactor } from './redact.ts';
import { failureMarkdown } from './summary-failure.ts';
import { writeSummary } from './write-summary.ts';

/**
 * Writes the job summary of a step that fails, also when its inputs are what is wrong. A step that was cancelled has none.
 * @throws what was given
 */
export async function reportFailure(
  error: unknown,
  { env, signal, hide }: { readonly env: Environment; readonly signal: AbortSignal; readonly hide: Masks['hide'] },
): Promise<never> {
  const { summary, name, buildArguments } = readShown(env);
  if (summary && !signal.aborted) {
    const failure = withoutSecrets(error instanceof Failure ? error : unexpected(error), hide);
    const facts = { name, failure, docs: docsAddress(env), redact: redactor(buildArguments) };
    await writeSummary(() => failureMarkdown(facts), env);
  }
  throw error;
}

/** Markdown writes what a server has said in its own way, and cuts it. What a build has said is without secrets already. */
function withoutSecrets(failure: Failure, hide: Masks['hide']): Failure {
  const { code, message, hint } = failure;
  return failure instanceof FailedBuild ? failure : new Failure({ code, message: hide(message), hint: hide(hint) });
}
