import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A server's certificate for some names, and the authority that made it. All PEM. */
export interface Certificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority for this test alone and a certificate of it. */
export async function makeCertificate(hosts: readonly string[]): Promise<Certificate> {
  const directory = await mkdtemp('/tmp/bka-certificate-');
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: directory });
  const read = (name: string) => readFile(join(directory, name), 'utf8');
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=test authority',
    );
    await openssl('req', ...key, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=test server');
    await writeFile(join(directory, 'names'), `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}\n`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    await openssl(
      'x509',
      '-req',
      '-in',
      'request.pem',
      ...authority,
      '-days',
      '2',
      '-extfile',
      'names',
      '-out',
      'cert.pem',
    );
    return { ca: await read('ca.pem'), cert: await read('cert.pem'), key: await read('key.pem') };
  } finally {
    await rm(directory, { recursive: true });
  }
}
