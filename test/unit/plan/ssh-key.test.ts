import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isEncryptedKey, isPrivateKey } from '../../../src/plan/ssh-key.ts';
import { makeDirectory } from '../job.ts';

async function makeKey(...options: readonly string[]): Promise<string> {
  const path = join(await makeDirectory(), 'key');
  execFileSync('ssh-keygen', ['-q', '-f', path, ...options]);
  return readFile(path, 'utf8');
}

describe('a private key', () => {
  it.each([
    ['ed25519', ['-t', 'ed25519']],
    ['ECDSA', ['-t', 'ecdsa']],
    ['RSA', ['-t', 'rsa', '-b', '2048']],
    ['RSA in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['RSA in PKCS 8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']],
  ])('of ssh-keygen is one, with or without a passphrase: %s', async (_, options) => {
    const [open, closed] = await Promise.all([
      makeKey(...options, '-N', ''),
      makeKey(...options, '-N', 'fake-passphrase'),
    ]);
    expect([isPrivateKey(open), isEncryptedKey(open)]).toEqual([true, false]);
    expect([isPrivateKey(closed), isEncryptedKey(closed)]).toEqual([true, true]);
  });

  it.each([
    'ssh-ed25519 AAAA fake\n',
    'PuTTY-User-Key-File-3: ssh-ed25519\n',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    '-----BEGIN OPENSSH PRIVATE KEY-----\n',
    '',
  ])('is not %j', (text) => {
    expect(isPrivateKey(text)).toBe(false);
  });
});
