import { digestOf, type ImageLocation, type Location, RegistryError } from './oci.ts';

/** Stores a blob in one request and returns its digest. */
export async function pushBlob(location: Location, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = digestOf(bytes);
  const started = await send(location, 'blobs/uploads/', { method: 'POST' });
  const upload = new URL(started.headers.get('location') ?? '', location.registryUrl);
  upload.searchParams.set('digest', digest);
  await expectOk(
    await fetch(upload, {
      method: 'PUT',
      headers: { ...authorizationOf(location), 'content-type': 'application/octet-stream' },
      body: bytes,
    }),
    `upload of ${digest}`,
  );
  return digest;
}

export interface ManifestToPush extends ImageLocation {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

/**
 * Stores a manifest or index under a tag or its digest and returns its digest.
 * @throws RegistryError with what the registry says against it
 */
export async function pushManifest({ bytes, mediaType, reference, ...location }: ManifestToPush): Promise<string> {
  await send(location, `manifests/${reference}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: bytes,
  });
  return digestOf(bytes);
}

interface Sent {
  readonly method: string;
  readonly headers?: Record<string, string>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

async function send(location: Location, rest: string, { headers, ...init }: Sent): Promise<Response> {
  const url = `${location.registryUrl}/v2/${location.repository}/${rest}`;
  const response = await fetch(url, { ...init, headers: { ...authorizationOf(location), ...headers } });
  return expectOk(response, `${init.method} ${location.repository}/${rest}`);
}

async function expectOk(response: Response, what: string): Promise<Response> {
  if (!response.ok) {
    throw new RegistryError(`${what}: ${response.status} ${await response.text()}`, response.status);
  }
  return response;
}

function authorizationOf({ authorization }: Location): Record<string, string> {
  return authorization === undefined ? {} : { authorization };
}
