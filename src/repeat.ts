import { setTimeout as pause } from 'node:timers/promises';
import { joinAttempts } from './buildkit/attempts.ts';
import type { BuildOptions, BuildResult } from './buildkit/build.ts';
import { FailedBuild, withMessage } from './buildkit/failed-build.ts';
import type { BuildRecord } from './buildkit/record.ts';
import { cancelledStep, isCancellation } from './cancellation.ts';
import type { Destination } from './destination.ts';
import { Failure, messageOf } from './failure.ts';
import { MOST_REPEATS, pauseBefore } from './plan/repeat.ts';
import { formatDuration } from './report/format.ts';

/**
 * Builds, and builds again what a registry or the network has refused for a moment. The daemon is the same, so what it has done is not
 * done again: mostly a part of the push is left.
 * @param options.renewal undefined where nothing is logged in to
 * @throws the last error of the build
 */
export async function buildRepeatedly(
  build: () => Promise<BuildResult>,
  { output, signal, renewal }: Pick<BuildOptions, 'output' | 'signal'> & { readonly renewal: Destination['renewal'] },
): Promise<BuildResult> {
  const records: BuildRecord[] = [];
  let failedAt: number | undefined;
  let first: unknown;
  for (let repeats = 0; ; repeats += 1) {
    try {
      return joinAttempts(await build(), records);
    } catch (error) {
      failedAt ??= performance.now();
      first ??= error;
      if (repeats > 0 && error instanceof Failure && error.code === 'tag-immutable') {
        // An attempt has put the tag, and this one has made another digest: what has failed is what came before.
        throw first;
      }
      const elapsed = performance.now() - failedAt;
      const treatment = error instanceof FailedBuild ? error.treatment : undefined;
      const wait = treatment && pauseBefore(treatment.cure, { repeats, elapsed }, Math.random());
      if (!(error instanceof FailedBuild) || treatment === undefined || wait === undefined) {
        throw told(error, repeats);
      }
      const { record, message } = error;
      const isLogin = treatment.cure === 'login';
      // What another registry says of its own logins stays true.
      const isOurs = renewal?.hosts.includes(treatment.host ?? '') ?? false;
      if (isLogin && !(isOurs && (await tryToRenew(renewal, output)))) {
        throw told(error, repeats);
      }
      records.push(record);
      output.say(message.split('\n')[0] ?? '');
      output.say(
        `Building again in ${formatDuration(wait)}${isLogin ? ', with a new token' : ''}: ${repeats + 1} of ${MOST_REPEATS[treatment.cure]}`,
      );
      await pause(wait, undefined, { signal }).catch(() => {
        throw new FailedBuild(cancelledStep(), error);
      });
      if (!isLogin) {
        await tryToRenew(renewal, output);
      }
    }
  }
}

/** An old token may do as well; if it does not, that is what the build says. @returns whether there is a new one */
async function tryToRenew(renewal: Destination['renewal'], { say }: BuildOptions['output']): Promise<boolean> {
  try {
    await renewal?.renew();
    return renewal !== undefined;
  } catch (error) {
    say(`No new token: ${messageOf(error)}`);
    return false;
  }
}

function told(error: unknown, repeats: number): unknown {
  return error instanceof Failure && repeats > 0 && !isCancellation(error)
    ? withMessage(error, `${error.message}\nIt was built ${repeats + 1} times, and this is how it failed at last.`)
    : error;
}
