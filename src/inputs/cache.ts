import { Failure } from '../failure.ts';
import type { Attributes } from '../plan/attributes.ts';
import { CACHE_MODES, type CacheInputs, parseCacheEntry } from '../plan/cache.ts';
import { checkTag, parseReference } from '../plan/reference.ts';
import { DEFAULT_CACHE_TAG } from '../plan/tags.ts';
import { type Ask, attempt, attemptAll, list, oneOf, optional } from './grammar.ts';
import { placePath } from './places.ts';

/** Reads `cache`, `cacheTag`, `cacheFrom` and `cacheTo`. */
export async function readCache({ raw, problems, workflow }: Ask): Promise<() => CacheInputs> {
  const mode = await attempt(problems, () => oneOf(raw, 'cache', CACHE_MODES));
  const tag = await attempt(problems, () =>
    optional(raw, 'cacheTag', (value, input) =>
      value.includes('/') ? parseReference(value, input) : checkTag(value, input),
    ),
  );
  const from = await attemptAll(
    problems,
    list(raw, 'cacheFrom').map((line) => line.trimEnd()),
    (entry) => readEntry(entry, { key: 'src', input: 'cacheFrom', workspace: workflow.workspace }),
  );
  const to = await attemptAll(
    problems,
    list(raw, 'cacheTo').map((line) => line.trimEnd()),
    (entry) => readEntry(entry, { key: 'dest', input: 'cacheTo', workspace: workflow.workspace }),
  );
  await attempt(problems, () => {
    const given = ['cacheFrom', 'cacheTo'].find((name) => raw.text(name) !== undefined);
    if (given !== undefined && mode.known !== undefined) {
      throw conflict(
        `cache: ${mode.known} and ${given} are both given, and ${given} replaces what cache would do.`,
        'Keep one of the two.',
      );
    }
    if (raw.text('cacheTag') !== undefined && (mode.known ?? 'registry') !== 'registry') {
      throw conflict(
        `cacheTag: it names a tag in a registry, and cache is ${mode.known}.`,
        'Leave cacheTag out, or use cache: registry.',
      );
    }
  });
  return () => ({
    mode: mode.get() ?? 'registry',
    tag: tag.get() ?? DEFAULT_CACHE_TAG,
    from: raw.text('cacheFrom') === undefined ? undefined : from.get(),
    to: raw.text('cacheTo') === undefined ? undefined : to.get(),
  });
}

/** A directory of a local cache is in the workspace when its path is relative. */
async function readEntry(
  entry: string,
  place: { key: 'dest' | 'src'; input: string; workspace: string },
): Promise<Attributes> {
  const attributes = parseCacheEntry(entry, place.input);
  return attributes.get('type') === 'local' ? placePath(attributes, place) : attributes;
}

function conflict(message: string, hint: string): Failure {
  return new Failure({ code: 'cache-conflict', message, hint });
}
