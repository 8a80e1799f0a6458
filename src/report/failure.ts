import { Failure, unexpected } from '../failure.ts';
import { readShown } from '../inputs/shown.ts';
import { docsAddress, type Environment } from '../runner.ts';
import { redactor } from './redact.ts';
import { failureMarkdown } from './summary-failure.ts';
import { writeSummary } from './write-summary.ts';

/**
 * Writes the job summary of a step that fails, also when its inputs are what is wrong. A step that was cancelled has nothing to tell.
 * @throws what was given
 */
export async function reportFailure(
  error: unknown,
  { env, signal }: { readonly env: Environment; readonly signal: AbortSignal },
): Promise<never> {
  const { summary, name, buildArguments } = readShown(env);
  if (summary && !signal.aborted) {
    const failure = error instanceof Failure ? error : unexpected(error);
    const facts = { name, failure, docs: docsAddress(env), redact: redactor(buildArguments) };
    await writeSummary(() => failureMarkdown(facts), env);
  }
  throw error;
}
