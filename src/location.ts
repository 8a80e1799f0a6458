/** Where GitHub shows a message. */
export interface Location {
  /** Relative to the repository of the workflow. */
  readonly file: string;
  /** From 1. */
  readonly startLine: number;
  readonly endLine: number;
}
