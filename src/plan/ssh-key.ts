/** What an OpenSSH key begins with after decoding; then comes the name of its cipher. Source: OpenSSH, PROTOCOL.key. */
const MAGIC = 'openssh-key-v1\0';

/** Whether a text is a private key in a form that ssh reads: OpenSSH's own or PEM. */
export function isPrivateKey(text: string): boolean {
  return /^-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\n[\s\S]+\n-----END (?:[A-Z]+ )*PRIVATE KEY-----\n$/.test(text);
}

/** Whether a private key can only be used with a passphrase. */
export function isEncryptedKey(text: string): boolean {
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    return true;
  }
  const body = Buffer.from(text.replaceAll(/^-.*-$/gm, ''), 'base64');
  if (!body.toString('latin1').startsWith(MAGIC)) {
    return false;
  }
  const at = MAGIC.length + 4;
  return body.toString('latin1', at, at + body.readUInt32BE(MAGIC.length)) !== 'none';
}
