import { type Cure, judge, REFUSALS } from '../registry/refusals.ts';
import { reasonOf } from './errors.ts';

/** What helps against the error of a build, and where. */
export interface Treatment {
  readonly cure: Cure;
  /** Host of the registry; undefined when it is not said. */
  readonly host: string | undefined;
}

/** Words of BuildKit around what a registry or a server of files has said. Source: experiments with BuildKit v0.32.2. */
const FROM_A_SERVER =
  /failed to push |failed to resolve source metadata for |failed to (?:copy|authorize|fetch|do request)\b|unexpected status from |httpReadSeeker: |failed commit on ref |invalid response status \d/;

/** A command may print whatever it likes. */
const FROM_A_COMMAND = /^(?:failed to solve: )?process "/;

const HOST =
  /(?:failed to push |failed to resolve source metadata for |unexpected status from [A-Z]+ request to https?:\/\/)(?<host>[^\s/]+)\//;

/**
 * Finds out whether a build that has failed may succeed when it is repeated.
 * @param output at least the end of what buildctl has printed
 * @returns undefined when it would fail again
 */
export function treatmentOf(output: string): Treatment | undefined {
  const reason = reasonOf(output);
  if (FROM_A_COMMAND.test(reason) || !FROM_A_SERVER.test(reason)) {
    return undefined;
  }
  const { cure } = judge(reason.replace(/^failed to solve: /, ''), REFUSALS);
  return cure === undefined ? undefined : { cure, host: HOST.exec(reason)?.groups?.host };
}
