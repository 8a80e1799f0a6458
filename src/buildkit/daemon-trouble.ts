import * as core from '@actions/core';
import { isCancellation } from '../cancellation.ts';
import { Failure } from '../failure.ts';
import { debug } from '../log.ts';
import { diskFull, fullDisks } from '../machine/full-disk.ts';
import { countMemoryKills, type MemoryKills, memoryKillsSince } from '../machine/memory-kills.ts';
import type { Masks } from '../masks.ts';
import { clip, printable } from '../report/printable.ts';
import type { LocalDaemon } from './daemon.ts';
import { lastLogLines, readDaemonLog } from './daemon-log.ts';
import { LESS_MEMORY } from './errors.ts';
import { FailedBuild } from './failed-build.ts';
import type { Step } from './record.ts';

/** The daemon of a build, and what has to be known of it to say what has become of it. */
export interface Patient {
  /** Address of a daemon elsewhere. */
  readonly place: string | undefined;
  /** Undefined for a daemon elsewhere: of its machine nothing is known. */
  readonly daemon: LocalDaemon | undefined;
  readonly hide: Masks['hide'];
  /** Where else on this machine the build writes. */
  readonly places: readonly string[];
}

/** Tells what is behind an error of the build that has begun. */
export type Diagnosis = (error: unknown, isSilent: boolean) => Promise<unknown>;

const LOG = 'The log of the build above has all of its output.';

/**
 * Looks at the machine before a build begins, so that it can be told from then on what the machine has done to it.
 * @returns gets what the build has thrown, and whether the daemon has given no answer for long
 */
export async function beginDiagnosis(patient: Patient): Promise<Diagnosis> {
  const before = await countMemoryKills();
  return async (error, isSilent) => {
    if (!(error instanceof FailedBuild) || isCancellation(error)) {
      return error;
    }
    // What cannot be found out of a machine in trouble takes nothing away from the error itself.
    const failure = await find(error, { ...patient, before, isSilent }).catch((problem: unknown) => {
      core.debug(`The machine cannot be looked at: ${problem}`);
    });
    return failure === undefined ? error : new FailedBuild(failure, error);
  };
}

async function find(
  error: FailedBuild,
  patient: Patient & { readonly before: number | undefined; readonly isSilent: boolean },
): Promise<Failure | undefined> {
  const { daemon, before, isSilent } = patient;
  if (isSilent) {
    return silent(error, patient);
  }
  const kills = daemon && (await memoryKillsSince(before, daemon));
  // While a build prints, the runner takes no commands: others would see it.
  if (core.isDebug()) {
    debug(`Killed for want of memory: ${JSON.stringify(kills)}`);
  }
  return error.code === 'daemon-lost'
    ? lost(error, { ...patient, kills })
    : ((await outOfSpace(error, patient)) ?? killedStep(error, kills));
}

async function silent(error: FailedBuild, patient: Patient): Promise<Failure> {
  const { place, daemon } = patient;
  const message = [
    `${daemon === undefined ? `${place} has` : `The BuildKit daemon (process ${daemon.process.pid}) has`} given no answer for some minutes.`,
    ...(await circumstances(error, patient)),
  ].join('\n');
  return daemon === undefined
    ? new Failure({
        code: 'daemon-lost',
        message,
        hint: 'The machine, or the network to it, has gone during the build: run the job again.',
        cause: error,
      })
    : new Failure({
        code: 'daemon-stuck',
        message,
        hint: 'Look for what has stopped the process or keeps it from its disk, and run the job again. The next step of this job starts another daemon.',
        cause: error,
      });
}

async function lost(
  error: FailedBuild,
  patient: Patient & { readonly kills: MemoryKills | undefined },
): Promise<Failure> {
  const { place, daemon, kills, places } = patient;
  const rest = await circumstances(error, patient);
  if (daemon === undefined) {
    const message = [`The BuildKit daemon at ${place} has gone during the build: ${error.message}`, ...rest].join('\n');
    return new Failure({ code: 'daemon-lost', message, hint: error.hint, cause: error });
  }
  const isOfMemory = kills?.own?.some(({ program }) => program === 'buildkitd') ?? (kills?.count ?? 0) > 0;
  const log = await readDaemonLog(daemon.log);
  const disks = await fullDisks(`${error.message}\n${log.slice(-10_000)}`, {
    isCertain: false,
    places: [daemon.data, ...places],
  });
  const name = `The BuildKit daemon (process ${daemon.process.pid})`;
  if (isOfMemory) {
    const what = kills?.own === undefined ? 'has ended' : 'was killed by the kernel for want of memory';
    const message = [`${name} ${what}. ${said(kills)}`, ...rest].join('\n');
    return new Failure({ code: 'out-of-memory', message, hint: LESS_MEMORY, cause: error });
  }
  const isOfNothing = kills?.own?.length === 0 ? '. It was not for want of memory.' : '';
  const message = [`${name} has ended during the build: ${error.message}${isOfNothing}`, ...rest].join('\n');
  if (disks !== undefined) {
    return diskFull(disks, { message, cause: error });
  }
  return new Failure({
    code: 'daemon-lost',
    message,
    hint: 'Something on this machine has ended it, or it has ended by itself: then its last lines say why. Run the job again; the next step of this job starts another daemon.',
    cause: error,
  });
}

/** What was at work, and the daemon's last words. */
async function circumstances(
  { record }: FailedBuild,
  { daemon, hide }: Pick<Patient, 'daemon' | 'hide'>,
): Promise<string[]> {
  const open = record.steps.filter(isOpen).map(({ name }) => clip(printable(hide(name)), 200));
  const lines = daemon === undefined ? [] : lastLogLines(await readDaemonLog(daemon.log), hide);
  const there = record.steps.flatMap(pushed);
  return [
    ...(there.length === 0 ? [] : [`Pushed before: ${clip(there.join(', '), 500)}`]),
    ...(open.length === 0 ? [] : [`At work then: ${clip(open.join('; '), 500)}`]),
    ...(lines.length === 0 ? [] : ['Its last lines:', ...lines]),
  ];
}

function isOpen({ started, completed }: Step): boolean {
  return started !== undefined && completed === undefined;
}

/** Full names with digests, of which the registry has had everything. Source: BuildKit v0.32.2, util/push. */
function pushed({ transfers }: Step): string[] {
  return transfers.flatMap(({ id, completed }) => {
    const { name } = /^pushing manifest for (?<name>\S+)$/.exec(id)?.groups ?? {};
    return name === undefined || completed === undefined ? [] : [printable(name)];
  });
}

/** The words of BuildKit are about a disk of this machine; what a command of the Dockerfile prints need not be. */
async function outOfSpace(error: FailedBuild, { daemon, places }: Patient): Promise<Failure | undefined> {
  if (error.code !== 'build-failed' && error.code !== 'base-image-unavailable') {
    return undefined;
  }
  const isOfCommand = /^process "/.test(error.message);
  const all = daemon === undefined ? places : [daemon.data, ...places];
  const disks = await fullDisks(error.message, { isCertain: !isOfCommand && daemon !== undefined, places: all });
  return disks === undefined ? undefined : diskFull(disks, { message: error.message, cause: error });
}

const COMMAND = /^process "[\s\S]*?" did not complete successfully: exit code: (?<code>\d+)$/m;

/** Where BuildKit does not tell it by itself, which it does with control groups of version 2. */
function killedStep(error: FailedBuild, kills: MemoryKills | undefined): Failure | undefined {
  const { code } = COMMAND.exec(error.message)?.groups ?? {};
  if (code === undefined || kills === undefined || error.code !== 'build-failed') {
    return undefined;
  }
  const isKilled = code === '137';
  const isOfMemory = kills.own === undefined ? isKilled : kills.own.length > 0;
  if (isOfMemory) {
    const what = kills.own === undefined ? '' : 'A process of this build was killed by the kernel for want of memory. ';
    const message = `${what}${said(kills)}\n${error.message}`;
    return new Failure({ code: 'out-of-memory', message, hint: LESS_MEMORY, cause: error });
  }
  const hint = `The command was killed, but not for want of memory: look for what ends processes here, such as a time limit in the command. ${LOG}`;
  return isKilled ? new Failure({ code: error.code, message: error.message, hint, cause: error }) : undefined;
}

function said(kills: MemoryKills | undefined): string {
  const own = kills?.own ?? [];
  return own.length > 0
    ? `Its log has: ${clip(own.map(({ program, pid }) => `${printable(program)} (process ${pid})`).join(', '), 300)}.`
    : `Processes of this machine that the kernel has killed for want of memory since the build began: ${kills?.count}.`;
}
