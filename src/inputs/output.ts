import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import type { Attributes } from '../plan/attributes.ts';
import { parseExporter } from '../plan/exporters.ts';
import { type Ask, attempt, attemptAll, flag, list, oneOf } from './grammar.ts';

const COMPRESSIONS = ['gzip', 'zstd', 'estargz', 'uncompressed'] as const;
const MEDIA_TYPES = ['oci', 'docker'] as const;

/** What form the result has, and where else it goes. */
export interface OutputInputs {
  readonly exporters: readonly Attributes[];
  readonly compression: (typeof COMPRESSIONS)[number];
  readonly mediaTypes: (typeof MEDIA_TYPES)[number];
  readonly reproducible: boolean;
}

export async function readOutput({ raw, problems, runner }: Ask): Promise<() => OutputInputs> {
  const exporters = await attemptAll(problems, list(raw, 'outputs'), (entry) =>
    placeDest(parseExporter(entry), runner.workspace),
  );
  const compression = await attempt(problems, () => oneOf(raw, 'compression', COMPRESSIONS) ?? 'gzip');
  const mediaTypes = await attempt(problems, () => oneOf(raw, 'mediaTypes', MEDIA_TYPES) ?? 'oci');
  const reproducible = await attempt(problems, () => flag(raw, 'reproducible', false));
  await attempt(problems, () => {
    if (mediaTypes.known === 'docker' && compression.known === 'zstd') {
      throw new Failure({
        code: 'compression-conflict',
        message: 'mediaTypes: docker has no name for zstd layers.',
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
  const base = await realpath(workspace);
  const target = resolve(base, dest);
  const way = relative(base, join(await existing(dirname(target)), 'x'));
  if (!isAbsolute(dest) && (relative(base, target).startsWith('..') || way.startsWith('..'))) {
    throw new Failure({
      code: 'path-outside',
      message: `outputs: dest "${dest}" leaves the workspace.`,
      hint: 'Use a path inside of it, or an absolute path.',
    });
  }
  return new Map([...attributes, ['dest', target]]);
}

/** The nearest directory above that is there, without links. */
async function existing(directory: string): Promise<string> {
  return realpath(directory).catch(() => (directory === dirname(directory) ? directory : existing(dirname(directory))));
}
