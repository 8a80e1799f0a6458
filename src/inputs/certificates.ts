import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { Failure } from '../failure.ts';

/** A block of PEM; the label of its begin is that of its end. */
const BLOCK = /^-----BEGIN (?<label>[A-Z0-9 ]+)-----[^\S\n]*\n(?:(?!^-----BEGIN ).)*?^-----END \k<label>-----/gms;

/**
 * Reads the certificates of an input, in their order; other blocks between them are left out, as BuildKit does.
 * @throws Failure `buildkit-certificate-malformed`, without the text
 */
export function readCertificates(text: string | undefined, input: string): X509Certificate[] {
  const blocks = blocksOf(text ?? '').filter(({ label }) => label === 'CERTIFICATE');
  if (text !== undefined && blocks.length === 0) {
    throw hasLostBreaks(text) ? withoutBreaks(input) : noCertificate(input, 'the text is no certificate in PEM');
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block.text);
    } catch {
      const which = blocks.length === 1 ? 'the text' : `block ${index + 1} of ${blocks.length}`;
      throw noCertificate(input, `${which} is no certificate in PEM`);
    }
  });
}

/**
 * Reads `buildkitClientKey`.
 * @throws Failure `buildkit-certificate-malformed`, without the text
 */
export function readClientKey(text: string | undefined): KeyObject | undefined {
  if (text === undefined) {
    return undefined;
  }
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw malformed(
      'buildkitClientKey: the key has a passphrase, which nobody could type here. It is not shown.',
      'Take the passphrase away, as by openssl pkey -in key.pem -out plain.pem, and give the result.',
    );
  }
  const block = blocksOf(text).find(({ label }) => /^(?:.* )?PRIVATE KEY$/.test(label));
  try {
    if (block !== undefined) {
      return createPrivateKey(block.text);
    }
  } catch {
    // Said below.
  }
  throw block === undefined && hasLostBreaks(text)
    ? withoutBreaks('buildkitClientKey')
    : malformed(
        'buildkitClientKey: the text is no private key in PEM without a passphrase. It is not shown here.',
        'Give the whole text of the file, from -----BEGIN PRIVATE KEY----- on, or its path.',
      );
}

/**
 * BuildKit shows the first certificate, and proves with the key that it is its own.
 * @throws Failure `buildkit-certificate-malformed`
 */
export function checkPair(key: KeyObject | undefined, [first, ...others]: readonly X509Certificate[]): void {
  if (key === undefined || first === undefined || first.checkPrivateKey(key)) {
    return;
  }
  if (others.some((certificate) => certificate.checkPrivateKey(key))) {
    throw malformed(
      'buildkitClientCert: the certificate that buildkitClientKey belongs to is not the first one.',
      'Put it first, and those of its authorities behind it.',
    );
  }
  throw malformed(
    'buildkitClientKey: the key does not belong to the first certificate of buildkitClientCert.',
    'Give the key and the certificate that were made together.',
  );
}

function blocksOf(text: string): { readonly label: string; readonly text: string }[] {
  return [...text.replaceAll('\r\n', '\n').matchAll(BLOCK)].map(({ 0: block, groups }) => ({
    label: groups?.label ?? '',
    text: `${block}\n`,
  }));
}

/** Something else than the end of the line behind a begin: blanks, or a backslash and an n. */
function hasLostBreaks(text: string): boolean {
  return /-----BEGIN [A-Z0-9 ]+-----[^\S\r\n]*\S/.test(text);
}

function withoutBreaks(input: string): Failure {
  return malformed(
    `${input}: the line breaks of the text are lost: blanks, or a backslash and an n, stand in their place. It is not shown here.`,
    'Give the text with its lines, as the file has them; a secret keeps them when it is set from the file: gh secret set NAME < FILE.',
  );
}

function noCertificate(input: string, reason: string): Failure {
  return malformed(
    `${input}: ${reason}. It is not shown here.`,
    'Give the whole text of the file, from -----BEGIN CERTIFICATE----- on, or its path.',
  );
}

function malformed(message: string, hint: string): Failure {
  return new Failure({ code: 'buildkit-certificate-malformed', message, hint });
}
