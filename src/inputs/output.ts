import { Failure } from '../failure.ts';
import type { Attributes } from '../plan/attributes.ts';
import { parseExporter } from '../plan/exporters.ts';
import { type Ask, attempt, attemptAll, flag, list, oneOf } from './grammar.ts';
import { placePath } from './places.ts';

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

/** Reads `outputs`, `compression`, `mediaTypes` and `reproducible`. */
export async function readOutput({ raw, problems, workflow }: Ask): Promise<() => OutputInputs> {
  const exporters = await attemptAll(
    problems,
    list(raw, 'outputs').map((line) => line.trimEnd()),
    (entry) => placePath(parseExporter(entry), { key: 'dest', input: 'outputs', workspace: workflow.workspace }),
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
