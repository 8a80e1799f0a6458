import type { FailureCode } from '../failure-codes.ts';

/** A step that ended a build, as BuildKit and its error tell of it. */
export interface FailedStep {
  /** Such as `[linux/arm64 build 2/3] RUN make:`; undefined when no step is to blame. */
  readonly step: string | undefined;
  /** Last lines of its output. */
  readonly output: readonly string[];
  /** Of the error. */
  readonly reason: string;
}

/** What the kernel says of a program for another processor, as runc and shells repeat it, and what an emulator says of one. */
const FOREIGN = /: (?:exec format error|invalid ELF image for this architecture)$/i;
/** Only builds of several platforms have them in the names of steps, and not that of a RUN over scratch. */
const PLATFORM = /^\[(?<platform>[a-z]+\/[a-z0-9]+(?:\/[a-z0-9]+)?)(?:->\S+)? /;
const EMULATOR = 'process "/dev/.buildkit_qemu_emulator ';
const UNSUPPORTED = /no support for running processes with (?<platform>\S+) platform/;

/**
 * Explains why a step for another processor than the machine's has failed.
 * Source: captured output of BuildKit v0.32.2 and QEMU 7.2; BuildKit's solver/llbsolver/ops/exec_binfmt.go.
 * @param unable platforms whose RUN steps cannot run on this machine
 * @returns undefined when the failure has another reason
 */
export function explainForeignProgram(
  { step, output, reason }: FailedStep,
  unable: readonly string[],
): { code: FailureCode; hint: string } | undefined {
  const unsupported = UNSUPPORTED.exec(reason)?.groups?.platform;
  if (unsupported !== undefined) {
    return {
      code: 'emulator-missing',
      hint: `No emulator has what ${unsupported} asks for: build on a runner whose processor does, or for a platform without that variant.`,
    };
  }
  if (output.some((line) => FOREIGN.test(line))) {
    return explainFormat(PLATFORM.exec(step ?? '')?.groups?.platform, unable);
  }
  return reason.includes(EMULATOR)
    ? {
        code: 'build-failed',
        hint: 'The step ran emulated. If it works on its own processor, build it there: docs/multi-arch.md.',
      }
    : undefined;
}

/** @param platform of the step, if it is known */
function explainFormat(platform: string | undefined, unable: readonly string[]): { code: FailureCode; hint: string } {
  const concerned = unable.filter((candidate) => platform === undefined || candidate === platform);
  return concerned.length === 0
    ? {
        code: 'program-foreign',
        hint: 'The program is for another processor than the step. Take a base image for the platform that is built; for a FROM that names a platform of its own, register an emulator on the runner.',
      }
    : {
        code: 'emulator-missing',
        hint: `This runner cannot run programs for ${concerned.join(' or ')}. Put BuildKit's emulator beside its other programs, register one on the runner, or build on a runner with that processor (docs/multi-arch.md).`,
      };
}
