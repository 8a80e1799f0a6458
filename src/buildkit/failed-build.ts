import { Failure } from '../failure.ts';
import type { Treatment } from './cure.ts';
import type { BuildRecord } from './record.ts';

interface Remains {
  readonly record: BuildRecord;
  readonly output: string;
  readonly treatment: Treatment | undefined;
}

/** A build that BuildKit has ended with an error, and what there is to show of it. */
export class FailedBuild extends Failure {
  readonly record: BuildRecord;
  /** The end of what buildctl has printed: the failing step's last lines, an excerpt of the Dockerfile, the reason. */
  readonly output: string;
  /** Undefined: the same would happen again. */
  readonly treatment: Treatment | undefined;

  constructor(failure: Failure, { record, output, treatment }: Remains) {
    super(failure);
    this.record = record;
    this.output = output;
    this.treatment = treatment;
  }
}

/** The same failure in other words. */
export function withMessage(failure: Failure, message: string): Failure {
  const { code, hint, location } = failure;
  const said = new Failure({ code, message, hint, location, cause: failure });
  return failure instanceof FailedBuild ? new FailedBuild(said, failure) : said;
}
