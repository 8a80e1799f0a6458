import { lstat, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { leaves } from '../paths.ts';
import type { Attributes } from '../plan/attributes.ts';
import { parseExporter } from '../plan/exporters.ts';
import { type Ask, attempt, attemptAll, flag, list, oneOf } from './grammar.ts';

const COMPRESSIONS = ['gzip', 'zstd', 'estargz', 'uncompressed'] as const;
/** Source: BuildKit v0.32, util/compression, OnlySupportOCITypes. */
const ONLY_OCI = ['zstd', 'estargz'];
const MEDIA_TYPES = ['oci', 'docker'] as const;

/** What form the result has, and where else it goes. */
export interface OutputInputs {
  readonly exporters: readonly Attributes[];
  readonly compression: (typeof COMPRESSIONS)[number];
  readonly mediaTypes: (typeof MEDIA_TYPES)[number];
  readonly reproducible: boolean;
}

export async function readOutput({ raw, problems, runner }: Ask): Promise<() => OutputInputs> {
  const exporters = await attemptAll(
    problems,
    list(raw, 'outputs').map((line) => line.trimEnd()),
    (entry) => placeDest(parseExporter(entry), runner.workspace),
  );
  const compression = await attempt(problems, () => oneOf(raw, 'compression', COMPRESSIONS) ?? 'gzip');
  const mediaTypes = await attempt(problems, () => oneOf(raw, 'mediaTypes', MEDIA_TYPES) ?? 'oci');
  const reproducible = await attempt(problems, () => flag(raw, 'reproducible', false));
  await attempt(problems, () => {
    if (mediaTypes.known === 'docker' && ONLY_OCI.some((name) => name === compression.known)) {
      throw new Failure({
        code: 'compression-conflict',
        message: `mediaTypes: docker has no name for ${compression.known} layers.`,
        hint: 'Use mediaTypes: oci, or another compression.',
      });
    }
  });
  return () => ({
    exporters: exporters.get(),
    compression: compression.get(),
    mediaTypes: mediaTypes.get(),
    reproducible: reproducible.get(),
  });
}

/** A relative dest is in the workspace and stays there, links included. */
async function placeDest(attributes: Attributes, workspace: string): Promise<Attributes> {
  const dest = attributes.get('dest');
  if (dest === undefined) {
    return attributes;
  }
  const base = await realpath(workspace).catch(() => workspace);
  const target = resolve(base, dest);
  if (!isAbsolute(dest) && (leaves(base, target) || leaves(await existing(base), await existing(target)))) {
    throw new Failure({
      code: 'path-outside',
      message: `outputs: dest "${dest}" leaves the workspace.`,
      hint: 'Use a path inside of it, or an absolute path.',
    });
  }
  return new Map([...attributes, ['dest', target]]);
}

/** The path, or the nearest one above it that is there, without links. What a link to nothing leads to is the root's. */
async function existing(path: string): Promise<string> {
  const isThere = await lstat(path).then(
    () => true,
    () => path === dirname(path),
  );
  return isThere ? realpath(path).catch(() => '/') : existing(dirname(path));
}
