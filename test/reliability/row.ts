/** A fault that an end-to-end test injects, what becomes of it, and a change of the source that takes this away. */
export interface Row {
  /** What goes wrong. */
  readonly fault: string;
  /** What the user gets, and what is left behind. */
  readonly outcome: string;
  readonly test: {
    /** Below `test/e2e`. */
    readonly file: string;
    /** A part of its title, with what is filled in, that no other test of the file has. */
    readonly name: string;
  };
  /** Without the handling: the test has to fail then. It compiles, and each text stands once in its file. */
  readonly mutant: Replacement | readonly Replacement[];
}

export interface Replacement {
  /** Below the root of the project. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Rows that belong together, under one heading of docs/reliability.md. */
export interface Area {
  readonly title: string;
  readonly rows: readonly Row[];
}
