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
    ['docker-container://My_builder-0.a', { address: 'docker-container://My_builder-0.a' }],
    ['docker-container://builder/', { address: 'docker-container://builder' }],
    ['docker-container://builder?context=a.b', { address: 'docker-container://builder?context=a.b' }],
    ['kube-pod://0.a-b', { address: 'kube-pod://0.a-b' }],
    ['kube-pod://a/?container=b', { address: 'kube-pod://a?container=b' }],
    ['kube-pod://a?namespace=&container', { address: 'kube-pod://a?namespace=&container' }],
    [
      'kube-pod://a?context=arn:aws:eks:eu-west-1:123456789012:cluster/x%20y',
      { address: 'kube-pod://a?context=arn:aws:eks:eu-west-1:123456789012:cluster/x%20y' },
    ],
    ['tcp://buildkitd:1234/', { address: 'tcp://buildkitd:1234' }],
    ['tcp://buildkitd:1234/ insecure', { address: 'tcp://buildkitd:1234', isInsecure: true }],
    ['linux/arm64=tcp://arm:1234', { address: 'tcp://arm:1234', platform: 'linux/arm64' }],
    ['linux/arm64/v8 = tcp://arm:1234', { address: 'tcp://arm:1234', platform: 'linux/arm64' }],
    ['tcp://buildkitd:1234 insecure', { address: 'tcp://buildkitd:1234', isInsecure: true }],
    [
      'linux/amd64=tcp://buildkitd:1234\tinsecure',
      { address: 'tcp://buildkitd:1234', platform: 'linux/amd64', isInsecure: true },
    ],
  ])('may be %j', (line, expected) => {
    expect(parseBuildkitHost(line)).toEqual({
      platform: undefined,
      isInsecure: false,
      input: 'buildkitHost',
      ...expected,
    });
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

  it.each([
    ['docker-container://--privileged', 'has no name of a container: it begins with a letter or a digit'],
    ['docker-container://a;id', 'has no name of a container'],
    ['docker-container://a b', 'is no address of a BuildKit'],
    ['docker-container://user@a', 'has no name of a container'],
    ['docker-container://a:1', 'has no name of a container'],
    ['docker-container://a/b', 'has no name of a container'],
    ['docker-container://a//', 'has no name of a container'],
    ['docker-container://?context=a', 'has no name of a container'],
    ['docker-container://a#b', 'has no name of a container'],
    ['docker-container://a?namespace=b', 'has "namespace" behind the "?", and only context can stand there'],
    ['docker-container://a?context=--x', 'has no name of a context: it does not begin with "-"'],
    ['docker-container://a?context=b;c', 'has a character behind the "?"'],
    ['docker-container://a?context=b%zz', 'has a character behind the "?"'],
    ['docker-container://a?context=b&context=c', 'has "context" twice'],
    ['kube-pod://--help?namespace=--x', 'has no name of a pod'],
    ['kube-pod://a?namespace=--x', 'has no name of a namespace: it begins with a lower-case letter or a digit'],
    ['kube-pod://a?container=-b', 'has no name of a container'],
    ['kube-pod://a?container=%2d-b', 'has no name of a container'],
    ['kube-pod://a?namespace=b#c', 'has a character behind the "?"'],
    ['kube-pod://A_b', 'has no name of a pod'],
    [
      'kube-pod://a?namespace=b&foo=b',
      'has "foo" behind the "?", and only namespace, container, context can stand there',
    ],
    ['unix://bk.sock', 'has no absolute path: three slashes begin one'],
    ['unix://./bk.sock', 'has no absolute path'],
    ['unix:///', 'is a directory, and not the socket in it'],
    ['unix:///run/buildkit/', 'is a directory, and not the socket in it'],
    ['tcp://a:1?x=1', 'is not tcp://HOST:PORT'],
    ['tcp://a:1/?x=1', 'is not tcp://HOST:PORT'],
    ['tcp://a:1?', 'is not tcp://HOST:PORT'],
    ['tcp://a:1#b', 'is not tcp://HOST:PORT'],
    ['tcp://:fake@a:1', 'is not tcp://HOST:PORT'],
    ['toString://a', 'is no address of a BuildKit'],
    ['constructor://a', 'is no address of a BuildKit'],
  ])('is not %j, and the error says why', async (address, reason) => {
    const { code, message } = await problemOf(() => parseBuildkitHost(`linux/amd64=${address}`, 'BUILDKIT_HOST'));
    expect(code).toBe('buildkit-host-malformed');
    expect(message).toMatch(/^BUILDKIT_HOST: (?:"|an entry with a password)/);
    expect(message).toContain(reason);
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

  it('is refused by the name of the input or the variable that it is from', async () => {
    const { message } = await problemOf(() =>
      checkSecure(parseBuildkitHost('tcp://a:1', 'BUILDKIT_HOST'), { hasAuthority: false }),
    );
    expect(message).toMatch(/^BUILDKIT_HOST: tcp:\/\/a:1 would be spoken to/);
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

describe('platforms without machines', () => {
  it('are all named, with where the addresses are from', async () => {
    const hosts = [parseBuildkitHost('linux/arm64=tcp://b:1', 'BUILDKIT_HOST')];
    const platforms = ['linux/amd64', 'linux/arm64', 'linux/s390x'];
    const { message } = await problemOf(() => assignPlatforms(hosts, { platforms, own: 'linux/amd64' }));
    expect(message).toMatch(/^BUILDKIT_HOST: there is no address for linux\/amd64, linux\/s390x: /);
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
