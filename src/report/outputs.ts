import { formatDigestName, type ImageNames } from '../plan/image.ts';
import { formatReference, type Reference } from '../plan/reference.ts';
import type { Source } from '../source/source.ts';

/** What later steps get. All values are exact, without trailing newline. */
export interface ImageOutputs {
  /** `registry/name:tag` of the first tag; also when nothing was pushed, as long as a registry is known. */
  readonly imageFullNameTag: string;
  /** `registry/name@sha256:…`, likewise. */
  readonly imageFullNameDigest: string;
  readonly imageDigest: string;
  /** Every full name that was pushed, one per line. */
  readonly imageTags: string;
  readonly imagePushed: 'true' | 'false';
  /** JSON, platform to digest; without entries when nobody knows. */
  readonly platformDigests: string;
  /** BuildKit's metadata, JSON. */
  readonly metadata?: string;
  /** JSON, severity to count; empty when no scan has finished. */
  readonly scanFindings?: string;
  /** The commit that was built, also where the revision is an annotated tag; empty when it is not known. */
  readonly gitCommitId?: string;
  /** Absolute path of what is checked out; empty when BuildKit has fetched the source, or nothing was built. */
  readonly gitCheckoutDirectory?: string;
}

/** @param image.tagged names that this step has pushed */
export function imageOutputs(image: {
  readonly names: ImageNames;
  readonly digest: string;
  readonly pushed: boolean;
  readonly tagged: readonly Reference[];
  readonly platforms: ReadonlyMap<string, string>;
}): ImageOutputs {
  const { names, digest, pushed, tagged, platforms } = image;
  const [repository] = names.repositories;
  const [first] = names.references;
  return {
    imageFullNameTag: first === undefined ? '' : formatReference(first),
    imageFullNameDigest: repository === undefined ? '' : formatDigestName(repository, digest),
    imageDigest: digest,
    imageTags: tagged.map(formatReference).join('\n'),
    imagePushed: pushed ? 'true' : 'false',
    platformDigests: JSON.stringify(Object.fromEntries(platforms)),
  };
}

/** What later steps get of the source. */
export function sourceOutputs(
  source: Pick<Source, 'commit' | 'directory'> | undefined,
): Required<Pick<ImageOutputs, 'gitCommitId' | 'gitCheckoutDirectory'>> {
  return { gitCommitId: source?.commit?.sha ?? '', gitCheckoutDirectory: source?.directory ?? '' };
}

/**
 * The same outputs a second time, each under a name that begins with the prefix: with `nginx`, `imageDigest` is
 * `nginxImageDigest` too.
 */
export function withPrefix(outputs: ImageOutputs, prefix: string | undefined): Readonly<Record<string, string>> {
  if (prefix === undefined) {
    return { ...outputs };
  }
  const prefixed = Object.entries(outputs).map(([name, value]) => [
    prefix + name.charAt(0).toUpperCase() + name.slice(1),
    value,
  ]);
  return { ...outputs, ...Object.fromEntries(prefixed) };
}
