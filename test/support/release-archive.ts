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

/** Names of what the archives of BuildKit hold besides the three programs. Source: BuildKit v0.32.2, Dockerfile. */
export const PLUGINS = ['bridge', 'firewall', 'host-local', 'loopback'].map((name) => `buildkit-cni-${name}`);
const EMULATORS = [
  ...[
    'buildkit-qemu-arm',
    'buildkit-qemu-i386',
    'buildkit-qemu-ppc64le',
    'buildkit-qemu-riscv64',
    'buildkit-qemu-s390x',
  ],
  process.arch === 'arm64' ? 'buildkit-qemu-x86_64' : 'buildkit-qemu-aarch64',
] as const;

const EPOCH = new Date(0);

export interface ArchiveOptions {
  readonly toolchain: Toolchain;
  /** Paths of real emulators by their names in the archive. The other files are a line of text each. */
  readonly emulators?: Readonly<Record<string, string>>;
  /** Names that the archive lacks, as that of a mirror that packs its own may. */
  readonly without?: readonly string[];
}

/**
 * An archive shaped like those that BuildKit releases, with the programs of the toolchain in it. Its bytes depend on
 * nothing but the options; it is made once and kept in the cache.
 * @returns the path of the archive, which must not be changed
 */
export async function releaseArchive({ toolchain, emulators = {}, without = [] }: ArchiveOptions): Promise<string> {
  const { directory, buildctl, buildkitd, runc } = toolchain;
  const plugins = PLUGINS.filter((name) => !without.includes(name)).map(
    (name) => [name, join(directory, name)] as const,
  );
  const programs = { 'buildkit-runc': runc, buildctl, buildkitd, ...Object.fromEntries(plugins), ...emulators };
  const others = EMULATORS.filter((name) => !without.includes(name) && emulators[name] === undefined);
  const hashes = await Promise.all(
    Object.entries(programs).map(async ([name, path]) => [name, await sha256OfFile(path)] as const),
  );
  const key = createHash('sha256')
    .update(JSON.stringify([hashes, others]))
    .digest('hex');
  const path = join(cacheDirectory(), 'releases', `${key.slice(0, 16)}.tar.gz`);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    const work = mkdtempSync(`${path}.`);
    try {
      // Compressed fast: it is read from loopback, and the unpacking is what the tests wait for.
      const archive = packed(programs, others);
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

function packed(programs: Readonly<Record<string, string>>, others: readonly string[]): Pack {
  const archive = pack();
  archive.entry({ name: 'bin/', type: 'directory', mode: 0o755, mtime: EPOCH });
  for (const name of others) {
    archive.entry({ name: `bin/${name}`, mode: 0o755, mtime: EPOCH }, `stands for ${name}\n`);
  }
  for (const [name, path] of Object.entries(programs)) {
    archive.entry({ name: `bin/${name}`, mode: 0o755, mtime: EPOCH }, readFileSync(path));
  }
  archive.finalize();
  return archive;
}
