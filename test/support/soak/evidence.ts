import { at, textAt } from '../../../src/json.ts';
import type { LoggedRequest } from '../ecr/exchange.ts';
import type { Ecr } from '../ecr/stand-in.ts';
import type { StepResult } from '../job.ts';
import { type ImageLocation, RegistryError, readLayerFile, readManifest } from '../oci.ts';
import type { Lane } from './lane.ts';
import { CONTENT_FILE } from './shaped.ts';
import { claimsOf, type Evidence } from './verdict.ts';

/** A name that was given to another image, and when. */
export interface Move {
  readonly tag: string;
  readonly to: string;
  /** Milliseconds since the epoch, when it was done. */
  readonly at: number;
}

export interface Asked {
  readonly names: (digest: string) => readonly string[];
  readonly content: string;
  readonly moves: readonly Move[];
  readonly ecr: Ecr;
}

/** Looks into the registries themselves, without the stand-in in between. */
export async function lookAround(
  result: StepResult,
  lane: Lane,
  { names, content, moves, ecr }: Asked,
): Promise<Evidence> {
  const digest = result.outputs.imageDigest || undefined;
  const expected = names(digest ?? '');
  const claimed = result.errors.flatMap(claimsOf).map(({ name }) => name);
  const stored = new Map<string, string | undefined>();
  for (const name of new Set([...expected, ...claimed])) {
    stored.set(name, await digestAt(lane.locate(name)));
  }
  return {
    exitCode: result.code,
    errors: result.errors,
    codes: [...result.output.matchAll(/^::error [^:]*?title=([\w-]+)/gm)].map(([, code = '']) => code),
    warnings: result.warnings,
    digest,
    names: expected,
    stored,
    content: digest === undefined ? 'missing' : await contentOf(digest, { lane, names: expected, content }),
    moved: new Map(
      moves.flatMap(({ tag, to, at }) =>
        expected
          .filter((name) => name.endsWith(`:${tag}`))
          .map((name) => [name, { to, wasSeen: ecr.requests.some(looksAt(tag, at)) }] as const),
      ),
    ),
  };
}

function looksAt(tag: string, since: number) {
  return ({ method, path, userAgent, at }: LoggedRequest) =>
    method === 'GET' && path.endsWith(`/manifests/${tag}`) && userAgent.startsWith('buildkit-aws') && at > since;
}

async function digestAt(location: ImageLocation | undefined): Promise<string | undefined> {
  return location && (await unlessMissing(() => readManifest(location)))?.digest;
}

/** In every registry that has a name of it. */
async function contentOf(
  digest: string,
  { lane, names, content }: { lane: Lane; names: readonly string[]; content: string },
): Promise<Evidence['content']> {
  for (const name of names) {
    const location = lane.locate(name.replace(/[:@][^/]*$/, `@${digest}`));
    const texts = location && (await unlessMissing(() => readContents({ ...location, reference: digest })));
    if (texts === undefined) {
      return 'missing';
    }
    if (texts.some((text) => text !== content)) {
      return 'foreign';
    }
  }
  return 'own';
}

/** Of an image, or of each image of an index. */
async function readContents(image: ImageLocation): Promise<(string | undefined)[]> {
  const { json } = await readManifest(image);
  const members = at(json, 'manifests');
  const references = Array.isArray(members)
    ? members.flatMap((member) => textAt(member, 'digest') ?? [])
    : [image.reference];
  return Promise.all(references.map((reference) => readLayerFile({ ...image, reference, path: CONTENT_FILE })));
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RegistryError && (error.status === 404 || error.status === 400)) {
      return undefined;
    }
    throw error;
  }
}
