import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseBuildkitHost, rankHosts } from '../../src/plan/buildkit-hosts.ts';
import { type Authority, type Issued, makeAuthority } from '../support/authority.ts';
import { type Bed, commitAll, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, memberOf, readImage, readIndex, refuse } from '../support/built.ts';
import { readLayerFile, readManifest } from '../support/oci.ts';
import { type RemoteDaemon, startRemoteDaemon } from '../support/remote-daemon.ts';
import { runnerCommands } from '../support/runner-commands.ts';
import type { Toolchain } from '../support/toolchain.ts';

const PLATFORMS = 'linux/amd64,linux/arm64';
/** No step runs, so that each machine builds any platform. */
const FILES = {
  Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY a.txt /a.txt\nCOPY ${TARGETARCH}.txt /arch.txt\n',
  'a.txt': 'same',
  'amd64.txt': 'amd64',
  'arm64.txt': 'arm64',
  'arm.txt': 'arm',
  '386.txt': '386',
};

let bed: Bed;
let toolchain: Toolchain;
let authority: Authority;
let client: Issued;
let secure: RemoteDaemon[];
let open: RemoteDaemon[];
beforeAll(async () => {
  toolchain = inject('toolchain');
  bed = await startBed(toolchain, { repositories: [{ name: 'app' }, { name: 'second' }] });
  authority = await makeAuthority();
  client = await authority.issue({});
  const server = await authority.issue({ names: ['127.0.0.1'] });
  secure = await Promise.all([1, 2].map(() => startRemoteDaemon({ toolchain, tls: { authority, server } })));
  open = await Promise.all([1, 2, 3].map(() => startRemoteDaemon({ toolchain })));
});
afterAll(async () => {
  await bed.close();
  await Promise.all([...secure, ...open].map((daemon) => daemon.close()));
  await authority.close();
});

function addressOf(daemon: RemoteDaemon | undefined): string {
  return daemon?.address ?? '';
}

/** One machine for each platform, both behind mTLS. */
function perPlatform(): Record<string, string> {
  const [amd64, arm64] = secure.map(addressOf);
  return {
    platforms: PLATFORMS,
    buildkitHost: `linux/amd64=${amd64}\nlinux/arm64=${arm64}`,
    buildkitCaCert: authority.ca,
    buildkitClientCert: client.cert,
    buildkitClientKey: client.key,
  };
}

async function job(files: Readonly<Record<string, string>> = FILES) {
  const own = await bed.job({ files });
  await commitAll(own.workspace, '2024-02-29T12:00:00Z');
  return own;
}

describe('platforms that go to machines of their own', () => {
  it('are joined into the very index that one build makes, under all tags', async () => {
    const inputs = {
      reproducible: 'true',
      annotations:
        'index:org.example.a=b\nmanifest[linux/arm64]:org.example.c=d\nmanifest-descriptor[linux/amd64]:org.example.e=f\norg.example.g=h',
    };
    const one = await buildIn(await job(), bed, { ...inputs, platforms: PLATFORMS });
    const { image, result } = await buildIn(await job(), bed, {
      ...inputs,
      ...perPlatform(),
      imageTag: 'v1.0.0,latest',
    });
    expect(result.outputs.imageDigest).toBe(one.result.outputs.imageDigest);
    expect(result.outputs.platformDigests).toBe(one.result.outputs.platformDigests);
    for (const reference of ['v1.0.0', 'latest']) {
      expect((await readManifest({ ...image, reference })).digest).toBe(result.outputs.imageDigest);
    }
    for (const architecture of ['amd64', 'arm64']) {
      expect(await readLayerFile({ ...(await memberOf(image, architecture)), path: 'arch.txt' })).toBe(architecture);
    }
    expect(JSON.parse(result.outputs.metadata ?? '')).toMatchObject({
      'containerimage.digest': result.outputs.imageDigest,
      machines: { 'linux/amd64': { 'containerimage.digest': expect.stringMatching(/^sha256:/) } },
    });
    expect(result.log).toContain('Build app on 2 machines');
    expect(result.log).toMatch(/^\[linux\/arm64\] #\d+ /m);
  });

  it('keep their order, and their attestations, wherever they are built', async () => {
    const [amd64, arm64] = secure.map(addressOf);
    const { image } = await buildIn(await job(), bed, {
      ...perPlatform(),
      platforms: 'linux/arm/v7,linux/arm64,linux/386',
      buildkitHost: `${amd64}\nlinux/arm64=${arm64}`,
      provenance: 'max',
    });
    const { manifests } = await readIndex(image);
    const shown = manifests.map(({ platform }) => `${platform?.os}/${platform?.architecture}`);
    expect(shown).toEqual([
      'linux/arm',
      'linux/arm64',
      'linux/386',
      ...Array.from({ length: 3 }, () => 'unknown/unknown'),
    ]);
  });

  it('are pushed without a tag, and built without a push, with the same digest', async () => {
    const inputs = { ...perPlatform(), reproducible: 'true', labels: 'org.opencontainers.image.version=' };
    const own = await job();
    const tagged = await buildIn(own, bed, inputs);
    const untagged = await buildIn(own, bed, { ...inputs, imageTag: '', pushByDigest: 'true' });
    const local = await buildIn(own, bed, { ...inputs, push: 'false' });
    const digests = [tagged, untagged, local].map(({ result }) => result.outputs.imageDigest);
    expect(new Set(digests).size).toBe(1);
    expect(untagged.result.outputs.imageTags).toBe('');
    expect(local.result.outputs.platformDigests).toBe(tagged.result.outputs.platformDigests);
  });

  it('have caches of their own', async () => {
    const own = await job();
    const result = await own.step({ ...bed.inputs, ...perPlatform(), imageTag: 'cached' });
    expect(result.code, result.output).toBe(0);
    const location = { registryUrl: bed.registry.url, repository: 'app' };
    for (const reference of ['buildcache-amd64', 'buildcache-arm64']) {
      expect((await readImage({ ...location, reference })).layers.length).toBeGreaterThan(0);
    }
  });

  it('end together when one fails, whose error is the only one', async () => {
    const Dockerfile = dockerfile('scratch', 'COPY only-amd64.txt /')
      .replace('only-amd64', '${TARGETARCH}')
      .replace('FROM scratch', 'FROM scratch\nARG TARGETARCH');
    const { code, error } = await refuse(await job({ Dockerfile, 'amd64.txt': '' }), bed, {
      ...perPlatform(),
      imageTag: 'half',
    });
    expect([code, error]).toEqual(['build-failed', expect.stringMatching(/^linux\/arm64: .*"\/arm64.txt": not found/)]);
    await expect(
      readManifest({ registryUrl: bed.registry.url, repository: 'app', reference: 'half' }),
    ).rejects.toThrow();
  });

  it('cannot issue commands to the runner', async () => {
    const Dockerfile = dockerfile(bed.baseImage, 'RUN echo ::error::injected && echo "##[error]injected" && exit 1');
    const [amd64] = secure.map(addressOf);
    const inputs = {
      ...perPlatform(),
      platforms: 'linux/amd64,linux/386',
      buildkitHost: `linux/386=${amd64}\n${amd64}`,
    };
    const { result } = await refuse(await job({ Dockerfile }), bed, {
      ...inputs,
      buildkitHost: `linux/amd64=${amd64}\nlinux/386=${addressOf(secure[1])}`,
    });
    expect(result.output).toContain('[linux/amd64] ');
    const obeyed = runnerCommands(result.output).filter(({ data }) => data.includes('injected'));
    expect(obeyed.map(({ name, properties }) => [name, properties.line])).toEqual([['error', '2']]);
  });

  it.each([
    ['outputs', { outputs: 'type=oci,dest=image.tar' }],
    ['cacheTo', { cache: '', cacheTo: 'type=inline' }],
    ['extraArgs', { platforms: '', extraArgs: `--opt platform=${PLATFORMS}` }],
    ['push', { push: 'false', provenance: 'max' }],
    ['annotations', { annotations: 'index-descriptor:a=b' }],
  ])('refuse what several machines cannot honour: %s', async (input, inputs) => {
    const { code, error } = await refuse(await job(), bed, { ...perPlatform(), ...inputs });
    expect([code, error.startsWith(input)]).toEqual(['buildkit-fleet-conflict', true]);
  });

  it('need an address each', async () => {
    const { code, error } = await refuse(await job(), bed, { ...perPlatform(), platforms: `${PLATFORMS},linux/s390x` });
    expect([code, error]).toEqual(['buildkit-host-missing', expect.stringContaining('no address for linux/s390x')]);
  });
});

/** Addresses that nobody answers at, the first of which the image `app` prefers to one that does. */
function downBefore(live: string): string[] {
  for (let count = 1; ; count += 1) {
    const down = Array.from({ length: count }, (_, index) => `unix:///no/such/${index}.sock`);
    const [first] = rankHosts(
      [live, ...down].map((line) => parseBuildkitHost(line)),
      'https://github.com/org/app app',
    );
    if (first?.address !== live) {
      return down;
    }
  }
}

describe('several addresses for one platform', () => {
  const addressesIn = (log: string) => log.match(/^BuildKit v\S+ at (tcp:\S+)$/m)?.[1];

  it('share the work: an image stays where it is, another one may be elsewhere', async () => {
    const buildkitHost = open.map(addressOf).join('\n');
    const own = await job();
    const used = new Map<string, string | undefined>();
    for (const imageShortName of ['app', 'app', 'second']) {
      const { result } = await buildIn(own, bed, { buildkitHost, imageShortName });
      expect(used.get(imageShortName) ?? addressesIn(result.log)).toBe(addressesIn(result.log));
      used.set(imageShortName, addressesIn(result.log));
    }
    const reversed = open.map(addressOf).reverse().join('\n');
    const { result } = await buildIn(own, bed, { buildkitHost: reversed });
    expect(addressesIn(result.log)).toBe(used.get('app'));
  });

  it('pass over those that are down, with a warning, while one answers', async () => {
    const gone = await startRemoteDaemon({ toolchain });
    const [first] = open.map(addressOf);
    const own = await job();
    await gone.close();
    const down = downBefore(first ?? '');
    const { result } = await buildIn(own, bed, { buildkitHost: [gone.address, ...down, first].join('\n') });
    expect(addressesIn(result.log)).toBe(first);
    expect(result.warnings.length).toBeGreaterThan(0);
    expect(result.warnings.every((warning) => warning.endsWith('Another address is tried.'))).toBe(true);
    const { code, error } = await refuse(own, bed, { buildkitHost: [gone.address, ...down].join('\n') });
    expect([code, error.match(/nobody answers there/g)?.length]).toEqual(['daemon-unreachable', down.length + 1]);
  });
});
