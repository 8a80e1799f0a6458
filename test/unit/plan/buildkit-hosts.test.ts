import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assignPlatforms,
  checkSecure,
  parseBuildkitHost,
  rankHosts,
  tcpHost,
} from '../../../src/plan/buildkit-hosts.ts';
import { problemOf } from '../failures.ts';

describe('a line of buildkitHost', () => {
  it.each([
    ['tcp://buildkitd:1234', { address: 'tcp://buildkitd:1234' }],
    ['tcp://[::1]:1234', { address: 'tcp://[::1]:1234' }],
    ['  unix:///run/buildkit/buildkitd.sock ', { address: 'unix:///run/buildkit/buildkitd.sock' }],
    ['kube-pod://buildkitd-0?namespace=a&container=b', { address: 'kube-pod://buildkitd-0?namespace=a&container=b' }],
    ['docker-container://builder', { address: 'docker-container://builder' }],
    ['linux/arm64=tcp://arm:1234', { address: 'tcp://arm:1234', platform: 'linux/arm64' }],
    ['linux/arm64/v8 = tcp://arm:1234', { address: 'tcp://arm:1234', platform: 'linux/arm64' }],
    ['tcp://buildkitd:1234 insecure', { address: 'tcp://buildkitd:1234', isInsecure: true }],
    [
      'linux/amd64=tcp://buildkitd:1234\tinsecure',
      { address: 'tcp://buildkitd:1234', platform: 'linux/amd64', isInsecure: true },
    ],
  ])('may be %j', (line, expected) => {
    expect(parseBuildkitHost(line)).toEqual({ platform: undefined, isInsecure: false, ...expected });
  });

  it.each([
    'buildkitd:1234',
    'http://buildkitd:1234',
    'ssh://builder',
    'tcp://',
    'tcp://buildkitd',
    'tcp://user@buildkitd:1234',
    'tcp://buildkitd:1234/path',
    'tcp://buildkitd:1234 secure',
    'unix:///x.sock insecure',
    'tcp://a:1 tcp://b:1',
    '=tcp://a:1',
    '--addr',
  ])('is not %j', async (line) => {
    expect((await problemOf(() => parseBuildkitHost(line))).code).toBe('buildkit-host-malformed');
  });

  it('names a platform that there is', async () => {
    expect((await problemOf(() => parseBuildkitHost('arm64=tcp://a:1'))).code).toBe('platform-unknown');
  });
});

describe('a connection', () => {
  it.each([
    ['tcp://buildkitd:1234', false, false],
    ['tcp://buildkitd:1234', true, true],
    ['tcp://buildkitd:1234 insecure', false, true],
    ['tcp://127.0.0.1:1234', false, true],
    ['tcp://localhost:1234', false, true],
    ['tcp://[::1]:1234', false, true],
    ['tcp://127.0.0.1.example.com:1234', false, false],
    ['unix:///x.sock', false, true],
    ['kube-pod://x', false, true],
  ])('to %s, with an authority: %s, is allowed: %s', async (line, hasAuthority, allowed) => {
    const check = () => checkSecure(parseBuildkitHost(line), { hasAuthority });
    if (allowed) {
      expect(check()).toBeUndefined();
    } else {
      expect((await problemOf(check)).code).toBe('buildkit-host-insecure');
    }
  });

  it('has a host only by TCP', () => {
    expect(['tcp://a:1', 'unix:///x'].map((line) => tcpHost(parseBuildkitHost(line)))).toEqual(['a:1', undefined]);
  });
});

describe('platforms and machines', () => {
  const own = 'linux/amd64';
  const assign = (lines: readonly string[], platforms: readonly string[] = []) =>
    assignPlatforms(
      lines.map((line) => parseBuildkitHost(line)),
      { platforms, own },
    ).map((machines) => [
      machines.platforms.join(' '),
      machines.hosts.map(({ address }) => address.slice(6)).join(' '),
    ]);

  it.each<readonly [string, readonly string[], readonly string[], readonly (readonly string[])[]]>([
    ['one address', ['tcp://a:1'], [], [['', 'a:1']]],
    ['several addresses', ['tcp://a:1', 'tcp://b:1'], [], [['', 'a:1 b:1']]],
    ['one address for all', ['tcp://a:1'], ['linux/amd64', 'linux/arm64'], [['linux/amd64 linux/arm64', 'a:1']]],
    [
      'one for each',
      ['linux/amd64=tcp://a:1', 'linux/arm64=tcp://b:1'],
      ['linux/arm64', 'linux/amd64'],
      [
        ['linux/arm64', 'b:1'],
        ['linux/amd64', 'a:1'],
      ],
    ],
    [
      'the runner’s own, when another platform has a machine of its own',
      ['tcp://a:1', 'linux/arm64=tcp://b:1'],
      [],
      [['linux/amd64', 'a:1']],
    ],
    [
      'several for one',
      ['linux/amd64=tcp://a:1', 'linux/arm64=tcp://b:1', 'linux/arm64=tcp://c:1'],
      ['linux/amd64', 'linux/arm64'],
      [
        ['linux/amd64', 'a:1'],
        ['linux/arm64', 'b:1 c:1'],
      ],
    ],
    [
      'the rest elsewhere',
      ['linux/arm64=tcp://b:1', 'tcp://a:1'],
      ['linux/386', 'linux/arm64', 'linux/amd64'],
      [
        ['linux/386 linux/amd64', 'a:1'],
        ['linux/arm64', 'b:1'],
      ],
    ],
    [
      'the same machine for two',
      ['linux/amd64=tcp://a:1', 'linux/386=tcp://a:1'],
      ['linux/amd64', 'linux/386'],
      [['linux/amd64 linux/386', 'a:1']],
    ],
    [
      'only one of them is asked for',
      ['linux/amd64=tcp://a:1', 'linux/arm64=tcp://b:1'],
      ['linux/arm64'],
      [['linux/arm64', 'b:1']],
    ],
    [
      "none, and the runner's own is there",
      ['linux/arm64=tcp://b:1', 'linux/amd64=tcp://a:1'],
      [],
      [['linux/amd64', 'a:1']],
    ],
    ['none, and there is one only', ['linux/arm64=tcp://b:1'], [], [['linux/arm64', 'b:1']]],
  ])('%s', (_, lines, platforms, expected) => {
    expect(assign(lines, platforms)).toEqual(expected);
  });

  it.each([
    [['linux/arm64=tcp://b:1'], ['linux/amd64']],
    [['linux/arm64=tcp://b:1', 'linux/s390x=tcp://c:1'], []],
  ])('%j have none for %j', async (lines, platforms) => {
    const problem = await problemOf(() => assign(lines, platforms));
    expect([problem.code, problem.message]).toEqual([
      'buildkit-host-missing',
      expect.stringContaining('no address for linux/amd64'),
    ]);
  });
});

describe('the order of hosts', () => {
  const hosts = Array.from({ length: 6 }, (_, index) => parseBuildkitHost(`tcp://host-${index}:1234`));
  const orderOf = (some: typeof hosts, key: string) => rankHosts(some, key).map(({ address }) => address);

  it('is the same for a repository, however they are written down', () => {
    fc.assert(
      fc.property(fc.string(), fc.shuffledSubarray(hosts, { minLength: hosts.length }), (key, shuffled) => {
        expect(orderOf(shuffled, key)).toEqual(orderOf(hosts, key));
      }),
    );
  });

  it('stays for all others when one is taken away', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(hosts.length - 1), (key, gone) => {
        const rest = hosts.filter((_, index) => index !== gone);
        expect(orderOf(rest, key)).toEqual(orderOf(hosts, key).filter((address) => address !== hosts[gone]?.address));
      }),
    );
  });

  it('spreads repositories over all of them', () => {
    const counts = new Map<string | undefined, number>();
    for (let index = 0; index < 600; index += 1) {
      const [first] = orderOf(hosts, `repository-${index}`);
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    expect([...counts.values()].every((count) => count > 60 && count < 140)).toBe(true);
    expect(counts.size).toBe(hosts.length);
  });
});
