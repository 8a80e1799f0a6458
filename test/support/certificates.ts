import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts of a certificate that nobody but these tests trusts. */
export interface Certificate {
  /** What a client has to trust. */
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
}

/**
 * Makes a certificate authority and a certificate of it for some host names, both valid for a day. The key of the
 * authority is thrown away.
 * @param names host names; a leading "*." stands for one label
 */
export function makeCertificate(names: readonly [string, ...string[]]): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'buildkit-aws-ca-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  try {
    const authority = ['-subj', '/CN=buildkit-aws test authority', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '1'];
    openssl('req', '-x509', ...newKey, ...authority);
    openssl('req', ...newKey, '-subj', `/CN=buildkit-aws test server`, '-keyout', 'server.key', '-out', 'server.csr');
    writeFileSync(join(directory, 'names'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'names'];
    openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.pem');
    const read = (name: string) => readFileSync(join(directory, name), 'utf8');
    return { ca: read('ca.pem'), key: read('server.key'), cert: read('server.pem') };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
