import { type Bundle, bundleFromJSON } from '@sigstore/bundle';
import type { TrustedRoot } from '@sigstore/protobuf-specs';
import { type Signer, toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { at, parseJson, textAt } from '../../src/json.ts';

/** What a verified signature says. */
export interface Provenance {
  /** The workflow that signed, with the commit or tag that it was called by. */
  readonly signer: string;
  /** Commit of the source. */
  readonly commit: string | undefined;
  /** Address of the run. */
  readonly run: string | undefined;
  /** Where it is in the transparency log. */
  readonly logIndex: string | undefined;
}

/**
 * Who signs a release of BuildKit: the reusable workflow that its own workflow calls, by a commit or a tag and never a branch.
 * Anybody can call it, so the source repository and the tag in the certificate have to be BuildKit's as well.
 * Source: `.github/workflows/buildkit.yml` of BuildKit v0.32.2; for the extensions, Fulcio's `docs/oid-info.md`.
 */
const SIGNER =
  /^https:\/\/github\.com\/docker\/github-builder\/\.github\/workflows\/bake\.yml@(?:[0-9a-f]{40}|refs\/tags\/v[\w.-]+)$/;
const ISSUER = 'https://token.actions.githubusercontent.com';
const REPOSITORY = 'https://github.com/moby/buildkit';
const EXTENSIONS = { repository: 12, commit: 13, ref: 14, run: 21 } as const;

/**
 * Verifies the Sigstore bundle of an archive: certificate, log of certificates, signature, transparency log, and that the signer is
 * BuildKit's release of this version; then that what was signed is the provenance of this archive.
 * @param options.bundle text of the `.sigstore.json` beside the archive
 * @param options.archive its file name, which the provenance has to have with this SHA-256
 * @throws Error of the library, or one that says what is not as it has to be
 */
export function verifyProvenance(options: {
  readonly bundle: string;
  readonly trustedRoot: TrustedRoot;
  readonly version: string;
  readonly archive: string;
  readonly sha256: string;
}): Provenance {
  const { trustedRoot, version, archive, sha256 } = options;
  const bundle = bundleFromJSON(parseJson(options.bundle));
  const thresholds = { ctlogThreshold: 1, tlogThreshold: 1, timestampThreshold: 1 };
  const signer = new Verifier(toTrustMaterial(trustedRoot), thresholds).verify(toSignedEntity(bundle), {
    subjectAlternativeName: SIGNER,
    extensions: { issuer: ISSUER },
    oids: [extension(EXTENSIONS.repository, REPOSITORY), extension(EXTENSIONS.ref, `refs/tags/${version}`)],
  });
  checkStatement(statementOf(bundle), { archive, sha256 });
  return {
    signer: signer.identity?.subjectAlternativeName ?? '',
    commit: extensionOf(signer, EXTENSIONS.commit),
    run: extensionOf(signer, EXTENSIONS.run),
    logIndex: bundle.verificationMaterial.tlogEntries[0]?.logIndex,
  };
}

function statementOf({ content }: Bundle): unknown {
  if (content.$case !== 'dsseEnvelope' || content.dsseEnvelope.payloadType !== 'application/vnd.in-toto+json') {
    throw new Error('what was signed is no in-toto statement');
  }
  return parseJson(content.dsseEnvelope.payload.toString());
}

function checkStatement(statement: unknown, { archive, sha256 }: { archive: string; sha256: string }): void {
  const type = textAt(statement, 'predicateType') ?? 'nothing';
  if (!/^https:\/\/slsa\.dev\/provenance\/v\d/.test(type)) {
    throw new Error(`what was signed is not SLSA provenance, but ${type}`);
  }
  const subjects = at(statement, 'subject');
  const signed = (Array.isArray(subjects) ? subjects : []).find((subject) => textAt(subject, 'name') === archive);
  const digest = textAt(signed, 'digest', 'sha256') ?? 'none';
  if (digest !== sha256) {
    throw new Error(`its provenance is for SHA-256 ${digest}, and the archive has ${sha256}`);
  }
}

/** An extension of Fulcio's certificates: a UTF8String in DER, shorter than 128 bytes. */
function extension(number: number, text: string) {
  const bytes = Buffer.from(text);
  return { oid: { id: idOf(number) }, value: Buffer.concat([Buffer.from([0x0c, bytes.length]), bytes]) };
}

function extensionOf({ identity }: Signer, number: number): string | undefined {
  const id = idOf(number).join();
  return identity?.oids
    ?.find(({ oid }) => oid?.id.join() === id)
    ?.value.subarray(2)
    .toString();
}

function idOf(number: number): number[] {
  return [1, 3, 6, 1, 4, 1, 57264, 1, number];
}
