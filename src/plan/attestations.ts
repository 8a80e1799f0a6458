import { Failure } from '../failure.ts';

/** What is said about an image beside it. Undefined: nothing, so that a single-platform image is a plain manifest. */
export interface Attestations {
  /** Value of BuildKit's `attest:provenance`, such as `mode=min`. */
  readonly provenance: string | undefined;
  /** Value of BuildKit's `attest:sbom`. */
  readonly sbom: string | undefined;
}

/** BuildKit's own scanner, by digest: its tag moves. Several independent projects pin this one. */
const SCANNER =
  'docker.io/docker/buildkit-syft-scanner:stable-1@sha256:ae4f3b554449e7e25548e7d8ccc029d17357348e30c6e3df01b92bc93654d6a9';

/**
 * Reads `provenance`: `false`, `true` or `min`, `max`, or BuildKit's own attributes with a mode.
 * @throws Failure `input-invalid`
 */
export function parseProvenance(value: string | undefined): string | undefined {
  switch (value?.toLowerCase()) {
    case undefined:
    case 'false':
      return undefined;
    case 'true':
    case 'min':
      return 'mode=min';
    case 'max':
      return 'mode=max';
  }
  if (value !== undefined && /^(?:[a-z-]+=[^,\s]*,)*mode=(?:min|max)(?:,[a-z-]+=[^,\s]*)*$/.test(value)) {
    return value;
  }
  throw new Failure({
    code: 'input-invalid',
    message: `provenance: "${value}" is not one of its values.`,
    hint: 'Write false, min, max, or attributes such as mode=max,version=v1.',
  });
}

/** Reads `sbom`: `false`, `true`, or the image of a scanner. @throws Failure `input-invalid` */
export function parseSbom(value: string | undefined): string | undefined {
  switch (value?.toLowerCase()) {
    case undefined:
    case 'false':
      return undefined;
    case 'true':
      return `generator=${SCANNER}`;
  }
  const image = value?.replace(/^generator=/, '') ?? '';
  if (/^[a-z0-9][\w./:@-]*$/.test(image)) {
    return `generator=${image}`;
  }
  throw new Failure({
    code: 'input-invalid',
    message: `sbom: "${value}" is neither true or false nor the image of a scanner.`,
    hint: 'Write true for the default scanner, or an image such as registry/scanner@sha256:….',
  });
}
