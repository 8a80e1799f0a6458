import { makeAuthority } from './authority.ts';

/** A server's certificate for some names, and the authority that made it. All PEM. */
export interface Certificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority for this test alone and a certificate of it. */
export async function makeCertificate(hosts: readonly string[]): Promise<Certificate> {
  const authority = await makeAuthority();
  try {
    const { cert, key } = await authority.issue({ names: hosts });
    return { ca: authority.ca, cert, key };
  } finally {
    await authority.close();
  }
}
