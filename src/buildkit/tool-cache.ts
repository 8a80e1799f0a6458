import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { find } from '@actions/tool-cache';
import { codeOf } from '../failure.ts';
import { parseJson, textAt } from '../json.ts';
import { isMakerGone, makerTag } from '../machine/maker.ts';

/** Programs that stand in the runner's tool cache together: unpacked, checked and replaced as one. */
export interface Tool {
  /** Of its directory in the tool cache. */
  readonly name: string;
  /** Their names in `bin/`. */
  readonly programs: readonly string[];
  /** An archive may lack them. The tool cache keeps that too, so that nobody downloads it again to look. */
  readonly optional?: boolean;
}

/** One tool of one release for one processor. */
export interface ToolPlace {
  readonly tool: Tool;
  readonly version: string;
  readonly arch: string;
  /** Its directory in the tool cache. */
  readonly target: string;
}

const CHECKSUMS = 'checksums.json';
/** Between the name of a tool's directory and the mark of who brings it. */
const INCOMING = '.incoming-';

/** Whether a tool is there, complete, and what was unpacked. */
export async function isInToolCache({ tool, version, arch }: ToolPlace): Promise<boolean> {
  const cached = find(tool.name, version, arch);
  return cached !== '' && (await isIntact(cached, tool));
}

/** @param directory with the unpacked programs in `bin/` */
export async function recordChecksums(directory: string, tool: Tool): Promise<void> {
  await writeFile(join(directory, CHECKSUMS), JSON.stringify(await checksumsOf(directory, tool)));
}

/**
 * Puts an unpacked tool into the tool cache by renaming: a job never sees half a tool, and of two jobs that install at the
 * same time neither takes away what the other one already runs.
 * @param directory of the unpacked tool, with its checksums
 */
export async function publish(directory: string, { tool, target }: ToolPlace): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  // Beside the target, where the tool cache is on another disk; one of a run that was killed there makes way.
  const beside = `${target}${INCOMING}${await makerTag()}`;
  await removeAbandoned(target);
  await rename(directory, beside)
    .catch(() => cp(directory, beside, { recursive: true }))
    .catch(async (error: unknown) => {
      // A copy that is not whole is of no use to anybody.
      await rm(beside, { recursive: true, force: true });
      throw error;
    });
  try {
    await rename(beside, target);
  } catch {
    // Another job was first, or what is there is damaged: then it makes way, and stays readable for who runs it.
    if (!(await isIntact(target, tool))) {
      await rename(target, `${beside}-damaged`);
      await rename(beside, target);
      await rm(`${beside}-damaged`, { recursive: true, force: true });
    }
  }
  await rm(beside, { recursive: true, force: true });
  await writeFile(`${target}.complete`, '');
}

/** Containers may share a tool cache: who is at work there need not be seen from here. */
async function removeAbandoned(target: string): Promise<void> {
  const prefix = basename(target) + INCOMING;
  for (const name of (await readdir(dirname(target))).filter((entry) => entry.startsWith(prefix))) {
    const path = join(dirname(target), name);
    if (await isMakerGone(path, name.slice(prefix.length))) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function isIntact(directory: string, tool: Tool): Promise<boolean> {
  try {
    const recorded = parseJson(await readFile(join(directory, CHECKSUMS), 'utf8'));
    const actual = await checksumsOf(directory, tool);
    return tool.programs.every((name) => actual[name] === textAt(recorded, name));
  } catch {
    return false;
  }
}

/** @returns SHA-256 by name; without an optional program that is not there */
async function checksumsOf(directory: string, { programs, optional }: Tool): Promise<Record<string, string>> {
  const entries = programs.map(async (name) => {
    const sum = await sha256Of(join(directory, 'bin', name)).catch((error: unknown) => {
      if (optional && codeOf(error) === 'ENOENT') {
        return undefined;
      }
      throw error;
    });
    return sum === undefined ? [] : [[name, sum] as const];
  });
  return Object.fromEntries((await Promise.all(entries)).flat());
}

/** @returns 64 hexadecimal digits */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk);
  }
  return hash.digest('hex');
}
