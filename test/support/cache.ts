import { at, textAt } from '../../src/json.ts';
import type { Bed } from './bed.ts';
import type { JobOptions, StepResult } from './job.ts';
import { type ImageLocation, listTags, readManifest } from './oci.ts';

/** BuildKit's name of the machine's own processor. */
export const ARCH = process.arch === 'x64' ? 'amd64' : process.arch;

/** A job with one step: its daemon is new, and is gone with it. What the next such job finds is in the cache. */
export async function runJob(
  bed: Bed,
  inputs: Readonly<Record<string, string>>,
  options: JobOptions = {},
): Promise<StepResult> {
  const job = await bed.job(options);
  const result = await job.step({ ...bed.inputs, ...inputs });
  await bed.endJobs();
  return result;
}

/** The steps that came from the cache, by the plain progress of the build: for example "[2/3] RUN make". */
export function cachedSteps(log: string): string[] {
  // Every build of a step counts from #1.
  const builds = log.split('::stop-commands::');
  return [...new Set(builds.flatMap(cachedStepsOfBuild))].sort();
}

function cachedStepsOfBuild(log: string): string[] {
  const cached = new Set([...log.matchAll(/^#(\d+) CACHED$/gm)].map(([, number]) => number));
  return [...log.matchAll(/^#(\d+) (\[.*)$/gm)].flatMap(([, number, step = '']) => (cached.has(number) ? [step] : []));
}

/**
 * How many steps a job says came from the cache, for example "1 of 1 step". Where layers have to be fetched from elsewhere,
 * the plain progress may show that instead of CACHED.
 */
export function foundSteps(log: string): string | undefined {
  return /^From cache: (.*)$/m.exec(log)?.[1];
}

/** The names of caches that BuildKit looked for, without their registry. */
export function soughtCaches(bed: Bed, log: string): string[] {
  const names = [...log.matchAll(/^#\d+ importing cache manifest from (\S+)$/gm)].map(([, name = '']) => name);
  return [...new Set(names)].map((name) => name.replace(`${bed.ecr.host}/`, '')).sort();
}

/** The tags of a repository that hold caches by their default name. */
export async function cacheTags(bed: Bed, repository: string): Promise<string[]> {
  const tags = await listTags({ registryUrl: bed.registry.url, repository });
  return tags.filter((tag) => tag.startsWith('buildcache'));
}

/** What the registry was asked about manifests of a repository: "HEAD app:v1". */
export function manifestRequests({ ecr }: Bed, repository: string): string[] {
  const prefix = `/v2/${repository}/manifests/`;
  return ecr.requests
    .filter(({ kind, path }) => kind === 'registry' && path.startsWith(prefix))
    .map(({ method, path }) => `${method} ${repository}:${path.slice(prefix.length)}`);
}

/** A layer as a manifest names it. */
export interface Layer {
  readonly digest: string;
  readonly mediaType: string;
}

/** The layers of an image or a cache, the lowest first. */
export async function layersOf(image: ImageLocation): Promise<Layer[]> {
  const layers = at((await readManifest(image)).json, 'layers');
  return (Array.isArray(layers) ? layers : []).map((layer) => ({
    digest: textAt(layer, 'digest') ?? '',
    mediaType: textAt(layer, 'mediaType') ?? '',
  }));
}

export const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';
export const ZSTD = 'application/vnd.oci.image.layer.v1.tar+zstd';

/** The kinds of layers that there are, each once. */
export function kindsOf(layers: readonly Layer[]): string[] {
  return [...new Set(layers.map(({ mediaType }) => mediaType))].sort();
}
