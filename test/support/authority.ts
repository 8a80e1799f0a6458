import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** An authority of a test, which signs whatever it is asked for. */
export interface Authority {
  /** PEM, and where it is. */
  readonly ca: string;
  readonly caFile: string;
  issue(options: IssueOptions): Promise<Issued>;
  close(): Promise<void>;
}

export interface IssueOptions {
  /** Names of the server; none for a client. */
  readonly names?: readonly string[];
  /** Was valid, and is not any more. */
  readonly isExpired?: boolean;
}

/** A certificate and its key, as PEM and as files. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Makes one. Source: openssl-ca(1), which unlike openssl-x509(1) takes any dates. */
export async function makeAuthority(): Promise<Authority> {
  const directory = await mkdtemp('/tmp/bka-authority-');
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: directory });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=authority',
  );
  await mkdir(join(directory, 'issued'));
  await writeFile(join(directory, 'index.txt'), '');
  await writeFile(join(directory, 'index.txt.attr'), 'unique_subject = no\n');
  await writeFile(join(directory, 'serial'), '01\n');
  const config = [
    '[ca]',
    'default_ca = own',
    '[own]',
    ...[
      'database = index.txt',
      'serial = serial',
      'new_certs_dir = issued',
      'certificate = ca.pem',
      'private_key = ca.key',
    ],
    ...['default_md = sha256', 'policy = any'],
    '[any]',
    'commonName = supplied',
  ];
  await writeFile(join(directory, 'config'), `${config.join('\n')}\n`);
  let count = 0;
  return {
    ca: await readFile(join(directory, 'ca.pem'), 'utf8'),
    caFile: join(directory, 'ca.pem'),
    issue: async ({ names = [], isExpired = false }) => {
      count += 1;
      const file = (kind: string) => join(directory, `${count}.${kind}`);
      const usage = names.length === 0 ? 'clientAuth' : 'serverAuth';
      const alternatives = names.map((name) => `${/^[\d.]+$/.test(name) ? 'IP' : 'DNS'}:${name}`);
      const lines = [
        `extendedKeyUsage = ${usage}`,
        ...(names.length === 0 ? [] : [`subjectAltName = ${alternatives.join(',')}`]),
      ];
      await writeFile(file('ext'), `${lines.join('\n')}\n`);
      await openssl('req', ...newKey, '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=test ${count}`);
      const dates = isExpired ? ['-startdate', '200101000000Z', '-enddate', '200201000000Z'] : ['-days', '2'];
      await openssl(
        'ca',
        '-batch',
        '-notext',
        '-config',
        'config',
        '-in',
        file('csr'),
        '-out',
        file('pem'),
        '-extfile',
        file('ext'),
        ...dates,
      );
      const [cert, key] = await Promise.all([readFile(file('pem'), 'utf8'), readFile(file('key'), 'utf8')]);
      return { cert, key, certFile: file('pem'), keyFile: file('key') };
    },
    close: () => rm(directory, { recursive: true }),
  };
}
