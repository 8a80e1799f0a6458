import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { codeOf, Failure, messageOf } from '../failure.ts';
import { at, parseJson, textAt } from '../json.ts';
import { isMakerGone, makerTag } from './maker.ts';
import { type Owner, readOwner, stepOwner, whereIs } from './owner.ts';

/**
 * Everything that must not outlive a step or a job stands in a private directory with a record of who it belongs to,
 * so that post, or the next run on this machine, can take it away.
 */
export interface Scratch {
  /** Short, for sockets; only its user may enter it. */
  readonly directory: string;
  /** On the larger disk of the runner; made when it is needed. */
  readonly bulk: string;
}

const RECORD = 'record.json';
const STAGING = '.new-';
export const BULK_PREFIX = 'buildkit-aws-';

/**
 * Where a scratch directory of this name is, whether it exists or not.
 * @param temp the runner's, without links: what is mounted below it is listed by its real path
 */
export function scratchAt(name: string, temp: string): Scratch {
  return { directory: join(scratchBase(), name), bulk: join(temp, BULK_PREFIX + name) };
}

/** Whether these are paths as `scratchAt` makes them: nothing else is ever taken away. */
export function isScratch({ directory, bulk }: Scratch): boolean {
  const name = basename(directory);
  return (
    dirname(directory) === scratchBase() &&
    /^(?:step|daemon|rootless)-[0-9a-f]+$/.test(name) &&
    basename(bulk) === BULK_PREFIX + name
  );
}

/** One place per user on this machine; /tmp itself, because the path of a socket has at most 104 characters. */
function scratchBase(): string {
  return process.getuid === undefined ? join(tmpdir(), 'buildkit-aws') : `/tmp/buildkit-aws-${process.getuid()}`;
}

/**
 * Makes the directory; its record is there from the first moment on that others can see it.
 * @throws Failure `temp-unusable`
 */
export async function createScratch(scratch: Scratch, owner: Owner): Promise<void> {
  const staging = await momentary(scratch.directory);
  try {
    await makeInBase(staging);
    await writeRecord({ ...scratch, directory: staging }, owner);
    await rename(staging, scratch.directory);
  } catch (cause) {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    throw new Failure({
      code: 'temp-unusable',
      message: `The private directory ${scratch.directory} cannot be made: ${messageOf(cause)}.`,
      hint: `Make room in /tmp, and have ${scratchBase()} removed if it is not this user's alone.`,
      cause,
    });
  }
}

/**
 * A private directory for one moment of this process, which the next run removes when this one is killed.
 * @param work gets its path, which is short enough for a socket
 */
export async function inPassing<T>({ directory }: Scratch, work: (directory: string) => Promise<T>): Promise<T> {
  const passing = await momentary(directory);
  await makeInBase(passing);
  try {
    return await work(passing);
  } finally {
    await rm(passing, { recursive: true, force: true });
  }
}

/** Where this process makes, or takes away, what others know by its path. */
async function momentary(directory: string): Promise<string> {
  return `${directory}${STAGING}${await makerTag()}`;
}

/** Takes away what was made for a moment by a process that was killed in that moment. */
async function removeMomentary(directory: string): Promise<void> {
  for (const name of await readdir(dirname(directory)).catch(() => [])) {
    const [of, maker] = name.split(STAGING);
    const path = join(dirname(directory), name);
    if (of === basename(directory) && maker !== undefined && (await isMakerGone(path, maker))) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

/** A job that ends takes the empty base away: then it is made again. */
async function makeInBase(directory: string, attempts = 20): Promise<void> {
  try {
    await mkdir(scratchBase(), { recursive: true, mode: 0o700 });
    await checkBase();
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (attempts === 0 || codeOf(error) !== 'ENOENT') {
      throw error;
    }
    await makeInBase(directory, attempts - 1);
  }
}

/** What is read here decides what root ends and removes: it must come from this user. Windows keeps the directory itself to its user. */
async function checkBase(): Promise<void> {
  const found = await lstat(scratchBase());
  const isOpen = process.getuid !== undefined && (found.uid !== process.getuid() || (found.mode & 0o077) !== 0);
  if (!found.isDirectory() || isOpen) {
    throw new Error(`${scratchBase()} belongs to another user or is open to others`);
  }
}

/** Writes down who it belongs to now. The step that makes it is the one that does this, also later. */
export async function writeRecord({ directory, bulk }: Scratch, owner: Owner): Promise<void> {
  const file = join(directory, RECORD);
  const maker = await stepOwner();
  await writeFile(`${file}.new`, JSON.stringify({ owner, maker, bulk }), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

interface ScratchRecord {
  readonly owner: Owner;
  readonly maker: Owner | undefined;
  readonly bulk: string;
}

async function readRecord(directory: string): Promise<ScratchRecord | undefined> {
  try {
    const record = parseJson(await readFile(join(directory, RECORD), 'utf8'));
    const owner = readOwner(at(record, 'owner'));
    return owner && { owner, maker: readOwner(at(record, 'maker')), bulk: textAt(record, 'bulk') ?? '' };
  } catch {
    return undefined;
  }
}

/** Whether there is a directory with a record. */
export async function exists({ directory }: Scratch): Promise<boolean> {
  return (await readRecord(directory)) !== undefined;
}

/**
 * This user's scratch whose owner is gone: of a job that was killed, or of a machine that went down. What lies in this
 * runner's own temp without a record of its owner is of an earlier job, because a runner has one job at a time.
 */
export async function abandonedScratch(temp: string): Promise<Scratch[]> {
  const names: string[] = await readdir(scratchBase()).catch(() => []);
  if (names.length > 0) {
    await checkBase();
  }
  const recorded = await Promise.all(names.map((name) => abandoned(join(scratchBase(), name))));
  const orphaned = (await readdir(temp).catch(() => []))
    .flatMap((name) => (name.startsWith(BULK_PREFIX) ? [name.slice(BULK_PREFIX.length)] : []))
    .filter((name) => !names.includes(name))
    .map((name) => scratchAt(name, temp));
  return [...recorded.flat(), ...orphaned];
}

/** What a step has made, whomever it belongs to by now. A step that has run on has made more than what it had saved then. */
export async function scratchMadeBy({ pid, start, boot, namespace }: Owner): Promise<Scratch[]> {
  const isIts = (maker: Owner | undefined) =>
    maker?.pid === pid && maker.start === start && maker.boot === boot && maker.namespace === namespace;
  return (await recordedScratch()).filter(({ maker }) => isIts(maker));
}

/**
 * This user's scratch of such names.
 * @returns with each whether the step that has made it still runs
 */
export async function findScratch(fits: (name: string) => boolean): Promise<(Scratch & { isMakerAlive: boolean })[]> {
  const found = (await recordedScratch()).filter(({ directory }) => fits(basename(directory)));
  return Promise.all(
    found.map(async ({ directory, bulk, maker }) => {
      const isMakerAlive = maker !== undefined && (await whereIs(maker)) !== 'gone';
      return { directory, bulk, isMakerAlive };
    }),
  );
}

async function recordedScratch(): Promise<(Scratch & Pick<ScratchRecord, 'maker'>)[]> {
  const names: string[] = await readdir(scratchBase()).catch(() => []);
  const directories = names.filter((name) => !name.includes(STAGING)).map((name) => join(scratchBase(), name));
  const found = directories.map(async (directory) => {
    const record = await readRecord(directory);
    return record === undefined ? [] : [{ directory, bulk: record.bulk, maker: record.maker }];
  });
  return (await Promise.all(found)).flat();
}

async function abandoned(directory: string): Promise<Scratch[]> {
  const [, maker] = basename(directory).split(STAGING);
  if (maker !== undefined) {
    // Whoever made it was ended before anything else came to be.
    if (await isMakerGone(directory, maker)) {
      // What cannot be removed is no reason to leave all others.
      await rm(directory, { recursive: true, force: true }).catch(() => undefined);
    }
    return [];
  }
  const record = await readRecord(directory);
  if (record === undefined || (await whereIs(record.owner)) !== 'gone') {
    return [];
  }
  // Whoever has ended may have handed it over just before, between the two looks.
  const heir = (await readRecord(directory))?.owner;
  const isHandedOver = heir?.pid !== record.owner.pid && heir !== undefined && (await whereIs(heir)) !== 'gone';
  return isHandedOver ? [] : [{ directory, bulk: record.bulk }];
}

/**
 * Removes the directory and, when it was the last one, the place that all of them stand in. It is renamed first: a removal that
 * is cut short is one that the next run finds, as the record may be gone already and the secrets not.
 */
export async function removeDirectory(directory: string): Promise<void> {
  const leaving = await momentary(directory);
  const isRenamed = await rename(directory, leaving).then(
    () => true,
    () => false,
  );
  await rm(isRenamed ? leaving : directory, { recursive: true, force: true });
  await removeMomentary(directory);
  await rmdir(dirname(directory)).catch(() => undefined);
}
