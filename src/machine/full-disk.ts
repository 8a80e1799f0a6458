import { Failure, type FailureOptions, messageOf } from '../failure.ts';
import type { FailureCode } from '../failure-codes.ts';
import { textAt } from '../json.ts';
import { formatSize } from '../report/format.ts';
import { type Disk, lookAtDisks, NO_SPACE } from './disks.ts';

const HINT =
  'Make room there: take a runner with a larger disk, delete what the job does not need before this step, or keep the data of BuildKit on another disk with buildkitRoot.';

/** The path in `write /data/file: no space left on device`. */
const NAMED = /(?:^|\s|'|")(?<path>\/[^\s'":]+)['"]?: (?:no space left|disk quota)/i;

/**
 * What a full disk has to do with an error.
 * @param said what the system, BuildKit or Git says
 * @param options.isCertain whether this is about a disk of this machine: else it counts only when one of them is full now
 * @param options.places where the action writes, the likeliest first
 * @returns sentences that name the disk; undefined when it has nothing to do with it
 */
export async function fullDisks(
  said: string,
  { isCertain, places }: { readonly isCertain: boolean; readonly places: readonly string[] },
): Promise<string | undefined> {
  if (!NO_SPACE.test(said)) {
    return undefined;
  }
  const { path } = NAMED.exec(said)?.groups ?? {};
  const disks = await lookAtDisks([...(path === undefined ? [] : [path]), ...places]);
  const full = disks.filter(({ isFull }) => isFull);
  const shown = full.length > 0 || !isCertain ? full : disks.slice(0, 1);
  return shown.length === 0 ? undefined : shown.map(sentence).join(' ');
}

/** The error of a disk that is full, with the words of what has failed for it. */
export function diskFull(
  disks: string,
  { message, ...others }: Pick<FailureOptions, 'message' | 'location' | 'cause'>,
): Failure {
  return new Failure({
    code: 'disk-full',
    message: `${disks} This has failed for it:\n${message}`,
    hint: HINT,
    ...others,
  });
}

/** Codes whose words come from a machine elsewhere, which may have a full disk of its own, or that have been looked at already. */
const OF_OTHERS =
  /^(?:push|registry|repository|tag|scan|ecr|daemon-unreachable|daemon-lost|build-failed|base-image|part)|^disk-full$/;

/** Codes whose words come from programs that have failed on this machine. */
const OF_THIS_MACHINE: readonly FailureCode[] = ['git-failed', 'buildkit-archive-broken'];

/**
 * Runs a part of a step. What fails in it because a disk is full is an error that names the disk.
 * @param places where it writes
 * @throws Failure `disk-full`; whatever else it throws
 */
export async function namingFullDisks<T>(places: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await explained(error, places);
  }
}

async function explained(error: unknown, places: readonly string[]): Promise<unknown> {
  if (error instanceof Failure && OF_OTHERS.test(error.code)) {
    return error;
  }
  const chain = causesOf(error);
  const cause = chain.find((one) => /^(?:ENOSPC|EDQUOT)$/.test(textAt(one, 'code') ?? ''));
  const own = [textAt(cause, 'dest'), textAt(cause, 'path')].filter((path) => path !== undefined);
  const said = chain
    .map(messageOf)
    .join('\n')
    .replaceAll(/^remote:.*$/gm, '');
  const disks = await fullDisks(said, {
    isCertain: cause !== undefined || (error instanceof Failure && OF_THIS_MACHINE.includes(error.code)),
    places: [...own, ...places],
  }).catch(() => undefined);
  return disks === undefined ? error : diskFull(disks, { message: messageOf(error), cause: error });
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let one = error; one !== undefined && chain.length < 8; one = one instanceof Error ? one.cause : undefined) {
    chain.push(one);
  }
  return chain;
}

function sentence({ path, size, free, hasNoInodes, isFull }: Disk): string {
  const rest = hasNoInodes ? 'it has no inodes left' : `${formatSize(free)} of ${formatSize(size)} are free`;
  return isFull
    ? `The disk with ${path} is full: ${rest}.`
    : `There was not enough room on the disk with ${path}: ${rest} now.`;
}
