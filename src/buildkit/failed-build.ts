import { Failure } from '../failure.ts';
import type { BuildRecord } from './record.ts';

/** A build that BuildKit has ended with an error, and what there is to show of it. */
export class FailedBuild extends Failure {
  readonly record: BuildRecord;
  /** The end of what buildctl has printed: the failing step's last lines, an excerpt of the Dockerfile, the reason. */
  readonly output: string;

  constructor(failure: Failure, { record, output }: { readonly record: BuildRecord; readonly output: string }) {
    super(failure);
    this.record = record;
    this.output = output;
  }
}
