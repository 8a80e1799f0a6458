/**
 * The digest of each platform of an image.
 * @param image.platforms that were built; the machine's own when none was given
 * @param image.stored what the index in the registry says; empty when there is none, or it is not known
 * @param image.manifests that were exported, in the order of the platforms
 * @returns empty when nobody knows
 */
export function digestsByPlatform(image: {
  readonly digest: string;
  readonly platforms: readonly string[];
  readonly stored: ReadonlyMap<string, string>;
  readonly manifests: readonly string[];
}): ReadonlyMap<string, string> {
  const { digest, platforms, stored, manifests } = image;
  if (stored.size > 0) {
    return stored;
  }
  const digests = manifests.length === 0 && platforms.length === 1 ? [digest] : manifests;
  return new Map(
    digests.length === platforms.length
      ? platforms.flatMap((platform, index) => {
          const own = digests[index];
          return own === undefined ? [] : [[platform, own] as const];
        })
      : [],
  );
}
