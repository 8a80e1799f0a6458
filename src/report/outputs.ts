import type { BuildResult } from '../buildkit/build.ts';
import type { ImageNames } from '../plan/image.ts';

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
  /** BuildKit's metadata, JSON. */
  readonly metadata: string;
}

export function imageOutputs(image: {
  readonly names: ImageNames;
  readonly result: Pick<BuildResult, 'digest' | 'metadata'>;
  readonly push: boolean;
}): ImageOutputs {
  const { names, result, push } = image;
  const { first, references } = names;
  return {
    imageFullNameTag: references[0] ?? '',
    imageFullNameDigest: first === undefined ? '' : `${first.host}/${first.repository}@${result.digest}`,
    imageDigest: result.digest,
    imageTags: push ? references.join('\n') : '',
    imagePushed: push ? 'true' : 'false',
    metadata: result.metadata,
  };
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
