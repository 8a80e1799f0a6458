import { type Descriptor, type ImageManifest, readImage, readIndex } from './built.ts';
import { type ImageLocation, readBlob } from './oci.ts';

/** What BuildKit says about an image beside it (in-toto attestation framework, "Statement"). */
export interface Statement {
  readonly predicateType: string;
  readonly subject: readonly { readonly digest: Readonly<Record<string, string>> }[];
  readonly predicate: unknown;
}

/** The entries of an index that are attestations. Source: BuildKit, docs/attestations/attestation-storage.md */
export async function attestationsOf(image: ImageLocation): Promise<(Descriptor & { manifest: ImageManifest })[]> {
  const { manifests } = await readIndex(image);
  const found = manifests.filter(
    ({ annotations }) => annotations?.['vnd.docker.reference.type'] === 'attestation-manifest',
  );
  return Promise.all(
    found.map(async (entry) => ({ ...entry, manifest: await readImage({ ...image, reference: entry.digest }) })),
  );
}

/** All statements about the images of an index. */
export async function readStatements(image: ImageLocation): Promise<Statement[]> {
  const attestations = await attestationsOf(image);
  const layers = attestations.flatMap(({ manifest }) => manifest.layers);
  return Promise.all(layers.map(async ({ digest }) => JSON.parse((await readBlob(image, digest)).toString())));
}
