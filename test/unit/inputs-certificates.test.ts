import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, makeCertificate } from '../support/certificates.ts';
import { problemOf } from './failures.ts';
import { makeDirectory, read } from './job.ts';

const INPUTS = {
  imageShortName: 'nginx',
  awsRegion: 'ap-northeast-1',
  push: 'false',
  buildkitHost: 'tcp://buildkitd.example.com:1234',
};

let own: Certificate;
let other: Certificate;
beforeAll(async () => {
  [own, other] = await Promise.all([makeCertificate(['client']), makeCertificate(['other'])]);
});

interface Texts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What a step has with these certificates in place of those that fit. */
async function readTexts({ ca = own.ca, cert = own.cert, key = own.key }: Texts = {}) {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n', 'key.pem': own.key });
  const inputs = { ...INPUTS, buildkitCaCert: ca, buildkitClientCert: cert, buildkitClientKey: key };
  return (await read({ workspace, with: inputs })).remote.tls;
}

async function problemOfTexts(texts: Texts) {
  const problem = await problemOf(() => readTexts(texts));
  expect(problem.code).toBe('buildkit-certificate-malformed');
  // No line of a key, and none of a certificate.
  expect(`${problem.message}${problem.hint}`).not.toMatch(/MI[A-Za-z0-9+/]{4}/);
  return problem;
}

/** The key with a passphrase, as PKCS #8. */
function encrypted(): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'fake' } as const;
  return String(createPrivateKey(own.key).export(options));
}

/** The key in the older form, with a passphrase. */
function encryptedBefore(): string {
  const options = { type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'fake' } as const;
  return String(createPrivateKey(own.key).export(options));
}

describe('certificates and a key', () => {
  it.each<readonly [string, () => Texts]>([
    ['as they are', () => ({})],
    [
      'with the line ends of Windows',
      () => ({ cert: own.cert.replaceAll('\n', '\r\n'), key: own.key.replaceAll('\n', '\r\n') }),
    ],
    ['with the authorities behind', () => ({ cert: own.cert + own.ca })],
    ['with text around', () => ({ cert: `Certificate:\n  Data\n${own.cert}the end` })],
    ['in one file', () => ({ cert: own.key + own.cert, key: own.key + own.cert })],
    ['of several authorities', () => ({ ca: other.ca + own.ca })],
    ['in the older form', () => ({ key: String(createPrivateKey(own.key).export({ type: 'sec1', format: 'pem' })) })],
    [
      'behind the parameters of its curve',
      () => ({ key: `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${own.key}` }),
    ],
  ])('are taken %s', async (_, texts) => {
    const { ca = own.ca, cert = own.cert, key = own.key } = texts();
    expect(await readTexts({ ca, cert, key })).toMatchObject({ ca: ca.trim(), cert: cert.trim(), key: key.trim() });
  });

  it('may be files', async () => {
    const key = join(await makeDirectory({ 'key.pem': own.key }), 'key.pem');
    expect((await readTexts({ key })).key).toBe(own.key);
  });
});

describe('a key', () => {
  it.each([
    ['in the form of today', encrypted],
    ['in the older form', encryptedBefore],
  ])('has no passphrase: %s', async (_, make) => {
    const { message, hint } = await problemOfTexts({ key: make() });
    expect(message).toBe('buildkitClientKey: the key has a passphrase, which nobody could type here. It is not shown.');
    expect(hint).toContain('Take the passphrase away');
  });

  it.each([
    ['a backslash and an n', '\\n'],
    ['a blank', ' '],
    ['nothing', ''],
  ])('has lines, and not %s between them', async (_, between) => {
    const { message } = await problemOfTexts({ key: own.key.trim().replaceAll('\n', between) });
    expect(message).toContain('buildkitClientKey: the line breaks of the text are lost');
  });

  it.each<readonly [string, () => string]>([
    ['a certificate', () => own.cert],
    ['cut off', () => own.key.slice(0, 100)],
    ['not what it says', () => '-----BEGIN PRIVATE KEY-----\nfake\n-----END PRIVATE KEY-----\n'],
  ])('is not %s', async (_, make) => {
    expect((await problemOfTexts({ key: make() })).message).toContain(
      'buildkitClientKey: the text is no private key in PEM',
    );
  });

  it('belongs to the certificate', async () => {
    expect((await problemOfTexts({ key: other.key })).message).toBe(
      'buildkitClientKey: the key does not belong to the first certificate of buildkitClientCert.',
    );
  });
});

describe('a certificate', () => {
  it('comes before those of its authorities', async () => {
    const { message, hint } = await problemOfTexts({ cert: own.ca + own.cert });
    expect(message).toBe('buildkitClientCert: the certificate that buildkitClientKey belongs to is not the first one.');
    expect(hint).toContain('Put it first');
  });

  it.each([
    ['buildkitCaCert', (cert: string) => ({ ca: cert })],
    ['buildkitClientCert', (cert: string) => ({ cert })],
  ])('has its lines in %s', async (input, texts) => {
    const { message } = await problemOfTexts(texts(own.cert.trim().replaceAll('\n', '\\n')));
    expect(message).toContain(`${input}: the line breaks of the text are lost`);
  });

  it('is one in each of its blocks', async () => {
    const broken = '-----BEGIN CERTIFICATE-----\nfake\n-----END CERTIFICATE-----\n';
    expect((await problemOfTexts({ ca: own.ca + broken })).message).toContain(
      'buildkitCaCert: block 2 of 2 is no certificate in PEM',
    );
  });

  it('is looked at beside all others', async () => {
    const { message } = await problemOf(() => readTexts({ ca: '[x', cert: '[x', key: '[x' }));
    for (const input of ['buildkitCaCert', 'buildkitClientCert', 'buildkitClientKey']) {
      expect(message).toContain(`${input}: the text is no `);
    }
  });
});
