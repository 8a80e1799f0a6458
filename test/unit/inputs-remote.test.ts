import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', awsRegion: 'ap-northeast-1', push: 'false' };

/** What a step has whose workspace has a Dockerfile. */
async function readWith(given: Readonly<Record<string, string>>, BUILDKIT_HOST?: string) {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
  return read({ workspace, with: { ...GOOD, ...given }, env: { BUILDKIT_HOST } });
}

function problemsWith(given: Readonly<Record<string, string>>, variable?: string) {
  return problemOf(() => readWith(given, variable));
}

/** How the problems of a joint error begin, in its order, each with its code. */
function problemsIn(message: string): string[] {
  return [...message.matchAll(/^\d+\. (?<input>[^:]+):.*\n.* \((?<code>[a-z0-9-]+)\)$/gm)].map(
    ({ groups }) => `${groups?.input} ${groups?.code}`,
  );
}

describe('addresses', () => {
  const lines = '\n# in the cluster\n  # old: tcp://b:1\r\nunix:///a.sock\n\n';

  it.each([
    ['buildkitHost', { buildkitHost: lines }, undefined],
    ['BUILDKIT_HOST', {}, lines],
  ])('may have comments between them in %s', async (input, given, variable) => {
    expect((await readWith(given, variable)).remote.machines).toEqual([
      { platforms: [], hosts: [{ address: 'unix:///a.sock', platform: undefined, isInsecure: false, input }] },
    ]);
  });

  it('are all looked at, under the name that they came by', async () => {
    const { message } = await problemsWith(
      {},
      'tcp://a:1\ntcp://b:1\nlinux/arm64=unix://c\nunix:///d\nunix:///d\ntcp://127.0.0.1:1\ntcp://127.0.0.1:1/',
    );
    expect(problemsIn(message)).toEqual([
      'BUILDKIT_HOST buildkit-host-malformed',
      'BUILDKIT_HOST buildkit-host-insecure',
      'BUILDKIT_HOST buildkit-host-insecure',
      'BUILDKIT_HOST buildkit-host-conflict',
      'BUILDKIT_HOST buildkit-host-conflict',
    ]);
    expect(message).toContain('BUILDKIT_HOST: unix:///d is given more than once.');
    expect(message).toContain('BUILDKIT_HOST: tcp://127.0.0.1:1 is given more than once.');
    expect(message).not.toContain('buildkitHost:');
  });

  it('are missing by the name of the variable', async () => {
    const { code, message } = await problemsWith({ platforms: 'linux/amd64' }, 'linux/arm64=unix:///a.sock');
    expect(code).toBe('buildkit-host-missing');
    expect(message).toMatch(/^BUILDKIT_HOST: there is no address for linux\/amd64/);
  });
});

describe('conflicts', () => {
  const local = {
    buildkitConfig: '[worker.oci]',
    buildkitRoot: '/var/lib/kept',
    registryMirrors: 'docker.io=mirror.example',
    buildkitMode: 'rootless',
  };

  it.each([
    ['BUILDKIT_HOST', {}, 'unix:///a.sock'],
    ['buildkitHost', { buildkitHost: 'unix:///a.sock' }, undefined],
  ])('with a daemon of this machine are all told, naming %s', async (source, given, variable) => {
    const { message } = await problemsWith({ ...given, ...local }, variable);
    expect(problemsIn(message)).toEqual([
      'buildkitConfig buildkit-host-conflict',
      'buildkitRoot buildkit-host-conflict',
      'registryMirrors buildkit-host-conflict',
      'buildkitMode buildkit-host-conflict',
    ]);
    expect(message.match(new RegExp(`${source} names one that runs already`, 'g'))).toHaveLength(4);
  });

  it('of a connection are all told', async () => {
    const { message } = await problemsWith({ buildkitCaCert: '[x', buildkitClientCert: '[x', buildkitServerName: 'a' });
    expect(problemsIn(message)).toEqual([
      'buildkitCaCert buildkit-certificate-malformed',
      'buildkitClientCert buildkit-certificate-malformed',
      'buildkitCaCert buildkit-host-conflict',
      'buildkitClientCert buildkit-host-conflict',
      'buildkitServerName buildkit-host-conflict',
      'buildkitClientKey buildkit-host-conflict',
    ]);
  });
});

describe('several machines', () => {
  const hosts = 'linux/amd64=unix:///a.sock\nlinux/arm64=unix:///b.sock';
  const platforms = 'linux/amd64,linux/arm64';

  it('tell all that they cannot honour, and where the addresses are from', async () => {
    const given = {
      platforms,
      outputs: 'type=oci,dest=image.tar',
      cacheTo: 'type=inline',
      annotations: 'index-descriptor:a=b',
      provenance: 'true',
    };
    const { message } = await problemsWith(given, hosts);
    expect(problemsIn(message)).toEqual([
      'outputs buildkit-fleet-conflict',
      'cacheTo buildkit-fleet-conflict',
      'annotations buildkit-fleet-conflict',
      'push buildkit-fleet-conflict',
    ]);
    expect(message.match(/and BUILDKIT_HOST sends the platforms to 2 machines/g)).toHaveLength(4);
  });

  it.each(['index:a=b', 'manifest-descriptor:a=b', 'manifest-descriptor[linux/arm64]:a=b'])(
    'make no list of the media types of Docker with %s',
    async (annotations) => {
      const { code, message } = await problemsWith({ platforms, mediaTypes: 'docker', annotations }, hosts);
      expect(code).toBe('buildkit-fleet-conflict');
      expect(message).toMatch(/^mediaTypes: docker makes a list that has no place for annotations/);
    },
  );

  it('make one with annotations of the images', async () => {
    const given = { platforms, mediaTypes: 'docker', annotations: 'a=b\nmanifest:c=d' };
    expect((await readWith(given, hosts)).remote.machines).toHaveLength(2);
  });
});
