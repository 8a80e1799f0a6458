import { at, textAt } from '../json.ts';
import { type Arch, emulatorOf } from '../plan/platforms.ts';
import { askBuildkitJson, type Client } from './client.ts';
import { isOnPath } from './programs.ts';

/** How RUN steps for other processors than the machine's run on it. The platforms are in BuildKit's spelling. */
export interface Emulation {
  /** By an emulator: BuildKit's, or a handler that is registered on the machine. */
  readonly emulated: readonly string[];
  /** Not at all. Their other steps can be built. */
  readonly unable: readonly string[];
}

/**
 * Finds out how a daemon would run steps for these platforms. Nothing is asked when all are the machine's own.
 * @param path PATH of the daemon
 */
export async function findEmulation(
  platforms: readonly string[],
  { client, arch, path }: { readonly client: Client; readonly arch: Arch; readonly path: string },
): Promise<Emulation> {
  const foreign = platforms.filter((platform) => emulatorOf(platform, arch) !== undefined);
  if (foreign.length === 0) {
    return { emulated: [], unable: [] };
  }
  const runnable = await runnableArchitectures(client);
  const kinds = foreign.map(async (platform) => {
    const [, architecture = ''] = platform.split('/');
    if (runnable.has(architecture)) {
      // A handler of the machine; except for arm, which many arm64 processors know themselves.
      return [platform, architecture === 'arm' && arch === 'arm64' ? 'own' : 'emulated'] as const;
    }
    const isThere = await isOnPath(emulatorOf(platform, arch) ?? '', path);
    return [platform, isThere ? 'emulated' : 'unable'] as const;
  });
  const found = await Promise.all(kinds);
  const ofKind = (kind: string) => found.flatMap(([platform, its]) => (its === kind ? [platform] : []));
  return { emulated: ofKind('emulated'), unable: ofKind('unable') };
}

/** What the machine runs without an emulator of BuildKit's: BuildKit has tried. */
async function runnableArchitectures(client: Client): Promise<ReadonlySet<string>> {
  return askBuildkitJson(client, 'workers', '--format', '{{json .}}').then(architecturesOf, () => new Set<string>());
}

/** @param workers as `buildctl debug workers --format '{{json .}}'` prints them */
export function architecturesOf(workers: unknown): ReadonlySet<string> {
  const platforms = Array.isArray(workers) ? workers.flatMap((worker) => at(worker, 'platforms') ?? []) : [];
  return new Set(platforms.flatMap((platform) => textAt(platform, 'architecture') ?? []));
}
