import { Failure } from '../failure.ts';
import { digestsInJson, type PartSource, parseSource, partsOfPlatforms } from '../plan/parts.ts';
import { architectureOf, checkDistinctPlatforms, checkPlatform } from '../plan/platforms.ts';
import { type Ask, attempt, attemptAll, list } from './grammar.ts';
import type { ImageInputs } from './image.ts';

/** What is joined. */
export interface PartsInput {
  readonly parts: readonly PartSource[];
  /** Whether the order of the parts means something: that of keys in JSON is the order in which legs have ended. */
  readonly ordered: boolean;
}

/** Reads what is joined: `platforms`, or `sources`. */
export async function readPartInputs(
  { raw, problems }: Ask,
  image: { readonly tags: () => ImageInputs['tags']; readonly prefix: () => string | undefined },
): Promise<() => PartsInput> {
  const platforms = await attemptAll(problems, list(raw, 'platforms', /,/), (entry) => checkPlatform(entry));
  await attempt(problems, () => checkDistinctPlatforms(platforms.known ?? []));
  const text = raw.text('sources');
  const isJson = text !== undefined && /^[[{]/.test(text);
  const entries = await attempt(problems, () =>
    isJson ? digestsInJson(text, image.prefix()) : list(raw, 'sources').map((line) => line.trimEnd()),
  );
  const sources = await attemptAll(problems, entries.known ?? [], parseSource);
  await attempt(problems, () =>
    checkOneGiven(list(raw, 'platforms', /,/).length > 0, isJson || list(raw, 'sources').length > 0),
  );
  await attempt(problems, () => checkDistinctTags(platforms.known ?? []));
  return () => {
    const [first] = image.tags();
    const tag = first?.kind === 'tag' ? first.tag : (first?.reference.tag ?? '');
    const parts = list(raw, 'sources').length === 0 ? partsOfPlatforms(platforms.get(), tag) : sources.get();
    const distinct = new Map(parts.map((part) => [JSON.stringify([part.repository, part.reference]), part]));
    return { parts: [...distinct.values()], ordered: !isJson };
  };
}

/** Two platforms of one architecture have the same end of a tag. */
function checkDistinctTags(platforms: readonly string[]): void {
  const ends = [...new Set(platforms)].map(architectureOf);
  const repeated = ends.find((end, index) => ends.indexOf(end) !== index);
  if (repeated !== undefined) {
    throw new Failure({
      code: 'platform-duplicate',
      message: `platforms: two of them would be the tag that ends in -${repeated}.`,
      hint: 'Name the parts by sources instead.',
    });
  }
}

function checkOneGiven(platforms: boolean, sources: boolean): void {
  if (platforms === sources) {
    throw new Failure({
      code: 'sources-malformed',
      message: platforms
        ? 'sources: platforms is given, too, and only one of them can say what is joined.'
        : 'sources: neither it nor platforms says what is joined.',
      hint: 'Set platforms: linux/amd64,linux/arm64 when the legs push TAG-amd64 and TAG-arm64, or sources with their digests.',
    });
  }
}
