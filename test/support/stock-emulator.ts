import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isStaticProgram } from './elf.ts';
import type { MarkerArch } from './marker-program.ts';
import { findProgram } from './programs.ts';
import { cacheDirectory } from './toolchain.ts';

const run = promisify(execFile);

/** Debian's package of static emulators; Ubuntu's has the same name and files. */
const PACKAGE = 'qemu-user-static';

/**
 * A static emulator of QEMU for the programs of another processor: the system's own, else Debian's, which is downloaded once
 * with apt-get and kept. The package is not installed: it would register its emulators with the kernel of this machine, and
 * the tests have to see a machine without.
 * Unlike BuildKit's own emulators it runs one program, not those that this one starts.
 * @param arch of the programs that it runs
 * @returns its path
 * @throws Error when the package cannot be downloaded or has no such program
 */
export async function stockEmulator(arch: MarkerArch): Promise<string> {
  const name = `qemu-${{ amd64: 'x86_64', arm64: 'aarch64' }[arch]}-static`;
  const own = findProgram(name);
  if (own !== undefined && isStaticProgram(own)) {
    return own;
  }
  const kept = join(cacheDirectory(), 'emulators', process.arch, name);
  if (!existsSync(kept)) {
    await mkdir(dirname(kept), { recursive: true });
    const work = await mkdtemp(`${kept}.`);
    try {
      await fetchProgram(name, join(work, name));
      await rename(join(work, name), kept);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  return kept;
}

async function fetchProgram(name: string, target: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'bka-emulator-'));
  try {
    // With lists of its own where the system's are missing or old: that changes nothing and needs no root.
    const lists = ['-o', `Dir::State::Lists=${work}/lists`, '-o', `Dir::Cache=${work}/cache`];
    const download = (...options: readonly string[]) =>
      run('apt-get', [...options, '-qq', 'download', PACKAGE], { cwd: work });
    await download().catch(async () => {
      await mkdir(join(work, 'lists/partial'), { recursive: true });
      await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
      await run('apt-get', [...lists, '-qq', 'update']);
      await download(...lists);
    });
    const archive = (await readdir(work)).find((file) => file.endsWith('.deb')) ?? `${PACKAGE}.deb`;
    await run('dpkg-deb', ['--extract', join(work, archive), join(work, 'package')]);
    const program = join(work, 'package/usr/bin', name);
    if (!isStaticProgram(program)) {
      throw new Error(`The package ${PACKAGE} has no static ${name}.`);
    }
    await run('cp', [program, target]);
    await chmod(target, 0o755);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
