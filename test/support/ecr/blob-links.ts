import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Makes addresses that open one blob to whoever has them, and checks them: what S3 calls presigned URLs. */
export interface BlobLinks {
  /** @param storage name of the repository in the real registry */
  sign(storage: string, digest: string): string;
  /** What an address opens; undefined when it was not made here. */
  open(url: URL): { readonly storage: string; readonly digest: string } | undefined;
}

/** @param origin for example "http://127.0.0.1:40125" */
export function createBlobLinks(origin: string): BlobLinks {
  const key = randomBytes(32);
  const signatureOf = (path: string) => createHmac('sha256', key).update(path).digest('hex');
  return {
    sign: (storage, digest) => {
      const path = `/${storage}/${digest}`;
      const query = new URLSearchParams({
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': 'ASIA0FAKE0STORAGE/20260101/region/s3/aws4_request',
        'X-Amz-Expires': '3600',
        'X-Amz-SignedHeaders': 'host',
        'X-Amz-Signature': signatureOf(path),
      });
      return `${origin}${path}?${query}`;
    },
    open: ({ pathname, searchParams }) => {
      const given = Buffer.from(searchParams.get('X-Amz-Signature') ?? '');
      const expected = Buffer.from(signatureOf(pathname));
      const [, storage, digest] = /^\/(.+)\/([^/]+)$/.exec(pathname) ?? [];
      const isValid = given.length === expected.length && timingSafeEqual(given, expected);
      return isValid && storage !== undefined && digest !== undefined ? { storage, digest } : undefined;
    },
  };
}
