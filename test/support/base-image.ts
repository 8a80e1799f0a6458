import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { digestOf } from './oci.ts';
import { pushBlob, pushManifest } from './oci-push.ts';
import type { Registry } from './registry.ts';
import type { Toolchain } from './toolchain.ts';

const APPLETS = [
  ...[
    '[',
    'basename',
    'cat',
    'chmod',
    'chown',
    'cmp',
    'cp',
    'cut',
    'date',
    'dd',
    'diff',
    'dirname',
    'du',
    'echo',
    'env',
  ],
  ...['expr', 'false', 'find', 'grep', 'head', 'hostname', 'id', 'kill', 'ln', 'ls', 'md5sum', 'mkdir', 'mktemp', 'mv'],
  ...['nc', 'od', 'printf', 'ps', 'pwd', 'readlink', 'rm', 'rmdir', 'sed', 'seq', 'sh', 'sha256sum', 'sleep', 'sort'],
  ...['stat', 'tail', 'tar', 'tee', 'test', 'touch', 'tr', 'true', 'uname', 'uniq', 'wc', 'wget', 'xargs', 'yes'],
] as const;

/** No clock in the bytes: the same busybox gives the same digest every time. */
const EPOCH = new Date(0);

export interface BaseImageOptions {
  readonly toolchain: Toolchain;
  readonly registry: Registry;
  /** Default: base/busybox */
  readonly repository?: string;
  /** Default: 1 */
  readonly tag?: string;
}

/**
 * Puts a base image for Dockerfiles with RUN into a registry: one layer with the machine's static busybox, its applets as
 * links, /tmp and a root user. Needs neither Docker nor BuildKit.
 * @returns its reference, for example "127.0.0.1:40123/base/busybox:1"
 */
export async function pushBaseImage({
  toolchain,
  registry,
  repository = 'base/busybox',
  tag = '1',
}: BaseImageOptions): Promise<string> {
  const location = { registryUrl: registry.url, repository };
  const tar = await layer(await readFile(toolchain.busybox));
  // Fast, because the tests push it often; a registry does not care how well it is compressed.
  const compressed = gzipSync(tar, { level: 1 });
  const config = Buffer.from(JSON.stringify(configuration(digestOf(tar))));
  const [layerDigest, configDigest] = await Promise.all([pushBlob(location, compressed), pushBlob(location, config)]);
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: configDigest, size: config.length },
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: layerDigest, size: compressed.length },
    ],
  };
  await pushManifest({ ...location, reference: tag, mediaType, bytes: Buffer.from(JSON.stringify(manifest)) });
  return `${registry.host}/${repository}:${tag}`;
}

function configuration(diffId: string) {
  return {
    created: EPOCH.toISOString(),
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created: EPOCH.toISOString(), created_by: 'busybox' }],
  };
}

async function layer(busybox: Buffer): Promise<Buffer> {
  const archive = pack();
  const packed = buffer(archive);
  for (const name of ['bin/', 'etc/', 'root/']) {
    archive.entry({ name, type: 'directory', mode: 0o755, mtime: EPOCH });
  }
  archive.entry({ name: 'tmp/', type: 'directory', mode: 0o1777, mtime: EPOCH });
  archive.entry({ name: 'etc/passwd', mode: 0o644, mtime: EPOCH }, 'root:x:0:0:root:/root:/bin/sh\n');
  archive.entry({ name: 'etc/group', mode: 0o644, mtime: EPOCH }, 'root:x:0:\n');
  archive.entry({ name: 'bin/busybox', mode: 0o755, mtime: EPOCH }, busybox);
  for (const applet of APPLETS) {
    archive.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox', mode: 0o777, mtime: EPOCH });
  }
  archive.finalize();
  return packed;
}
