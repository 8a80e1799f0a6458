import type { TestProject } from 'vitest/node';
import { resolveToolchain, type Toolchain } from './toolchain.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The real programs: `const toolchain = inject('toolchain')`. */
    toolchain: Toolchain;
  }
}

/** Runs once, before the tests of a project: they share the toolchain, and the first run builds it. */
export async function setup(project: TestProject): Promise<void> {
  project.provide('toolchain', await resolveToolchain({ log: (line) => process.stderr.write(`${line}\n`) }));
}
