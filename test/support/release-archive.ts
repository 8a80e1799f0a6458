import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { cacheDirectory, type Toolchain } from './toolchain.ts';

/** What the releases of BuildKit hold besides the three programs; here they are small files of text. */
const OTHER_FILES = [
  ...['buildkit-cni-bridge', 'buildkit-cni-firewall', 'buildkit-cni-host-local', 'buildkit-cni-loopback'],
  ...[
    'buildkit-qemu-aarch64',
    'buildkit-qemu-arm',
    'buildkit-qemu-i386',
    'buildkit-qemu-mips64',
    'buildkit-qemu-mips64el',
  ],
  ...['buildkit-qemu-ppc64le', 'buildkit-qemu-riscv64', 'buildkit-qemu-s390x', 'buildkit-qemu-x86_64'],
] as const;

const EPOCH = new Date(0);

/**
 * An archive shaped like those that BuildKit releases, with the programs of the toolchain in it. Its bytes depend on
 * nothing but the programs; it is made once and kept in the cache.
 * @returns the path of the archive, which must not be changed
 */
export async function releaseArchive({ buildctl, buildkitd, runc }: Toolchain): Promise<string> {
  const programs = { 'buildkit-runc': runc, buildctl, buildkitd };
  const hashes = await Promise.all(Object.values(programs).map(sha256OfFile));
  const key = createHash('sha256')
    .update(JSON.stringify([hashes, OTHER_FILES]))
    .digest('hex');
  const path = join(cacheDirectory(), 'releases', `${key.slice(0, 16)}.tar.gz`);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    const work = mkdtempSync(`${path}.`);
    try {
      // Compressed fast: it is read from loopback, and the unpacking is what the tests wait for.
      const archive = packed(programs);
      await pipeline(archive, createGzip({ level: 1 }), createWriteStream(join(work, 'archive')));
      renameSync(join(work, 'archive'), path);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return path;
}

/** The hash of a file in lower-case hexadecimal digits. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function packed(programs: Readonly<Record<string, string>>): Pack {
  const archive = pack();
  archive.entry({ name: 'bin/', type: 'directory', mode: 0o755, mtime: EPOCH });
  for (const name of OTHER_FILES) {
    archive.entry({ name: `bin/${name}`, mode: 0o755, mtime: EPOCH }, `stands for ${name}\n`);
  }
  for (const [name, path] of Object.entries(programs)) {
    archive.entry({ name: `bin/${name}`, mode: 0o755, mtime: EPOCH }, readFileSync(path));
  }
  archive.finalize();
  return archive;
}
