import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  isWellKnown,
  KNOWN_HOSTS,
  keyscanCommand,
  knownHostsName,
  knownHostsText,
} from '../../../src/plan/known-hosts.ts';

/** As the services publish them, on the pages that the source of each entry names. */
const FINGERPRINTS: Readonly<Record<string, readonly string[]>> = {
  'github.com': [
    '+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
    'p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM',
    'uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s',
  ],
  'gitlab.com': [
    'eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8',
    'HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw',
    'ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ',
  ],
  'bitbucket.org': ['ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM', 'FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0'],
};

describe('the well-known hosts', () => {
  it.each(KNOWN_HOSTS)('$names.0 has the keys that it publishes', ({ names: [name = ''], source, keys }) => {
    const found = keys.map((key) => {
      const [type = '', data = ''] = key.split(' ');
      const bytes = Buffer.from(data, 'base64');
      expect(bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0))).toBe(type);
      return createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '');
    });
    expect(found).toEqual(FINGERPRINTS[name]);
    expect(new URL(source).protocol).toBe('https:');
  });

  it.each([
    ['github.com', true],
    ['github.com:22', true],
    ['ssh.github.com:443', true],
    ['github.com:2222', false],
    ['git.example.com', false],
    ['space.git.backlog.com', false],
  ])('%s: %s', (host, known) => {
    expect(isWellKnown(host)).toBe(known);
  });

  it('give way to lines of the user for the same host', () => {
    const text = knownHostsText('github.com ssh-ed25519 AAAAfake\n');
    expect(text).not.toContain('github.com');
    expect(text).toContain('gitlab.com,[altssh.gitlab.com]:443 ssh-ed25519 ');
    expect(knownHostsText().trimEnd().split('\n')).toHaveLength(8);
  });
});

describe('the name of a host', () => {
  it.each([
    ['git.example.com', 'git.example.com', 'ssh-keyscan git.example.com'],
    ['git.example.com:22', 'git.example.com', 'ssh-keyscan git.example.com'],
    ['git.example.com:2222', '[git.example.com]:2222', 'ssh-keyscan -p 2222 git.example.com'],
    ['[::1]:2222', '[::1]:2222', 'ssh-keyscan -p 2222 ::1'],
  ])('%s', (host, name, command) => {
    expect([knownHostsName(host), keyscanCommand(host)]).toEqual([name, command]);
  });
});
