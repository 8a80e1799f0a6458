import type { BuildResult } from '../buildkit/build.ts';
import type { ImageNames } from '../plan/image.ts';

/** Outputs of the step by name. */
export type Outputs = Readonly<Record<string, string>>;

/** What later steps get. A name is also given when nothing was pushed, as long as a registry is known. */
export function imageOutputs(image: {
  readonly names: ImageNames;
  readonly result: BuildResult;
  readonly push: boolean;
}): Outputs {
  const { names, result, push } = image;
  const { first, references } = names;
  return {
    imageFullNameTag: references[0] ?? '',
    imageFullNameDigest: first === undefined ? '' : `${first.host}/${first.repository}@${result.digest}`,
    imageDigest: result.digest,
    imageTags: push ? references.join('\n') : '',
    imagePushed: String(push),
    metadata: result.metadata,
  };
}

/**
 * The same outputs a second time, each under a name that begins with the prefix: with `nginx`, `imageDigest` is
 * `nginxImageDigest` too.
 */
export function withPrefix(outputs: Outputs, prefix: string | undefined): Outputs {
  if (prefix === undefined) {
    return outputs;
  }
  const prefixed = Object.entries(outputs).map(([name, value]) => [
    prefix + name.charAt(0).toUpperCase() + name.slice(1),
    value,
  ]);
  return { ...outputs, ...Object.fromEntries(prefixed) };
}
