import type { Bed } from './bed.ts';
import type { Job, JobOptions, StepOptions, StepResult } from './job.ts';
import { type ImageLocation, readBlob, readManifest } from './oci.ts';

/** A step that has built and pushed, and what it has pushed. */
export interface Built {
  readonly result: StepResult;
  /** By digest: what `imageDigest` says. */
  readonly image: ImageLocation;
}

export interface ImageManifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly subject?: unknown;
  readonly config: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly layers: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageIndex {
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageConfig {
  readonly created?: string;
  readonly architecture: string;
  readonly config: { readonly Labels?: Readonly<Record<string, string>> };
  readonly history: readonly { readonly created?: string }[];
}

/** BuildKit's name of this machine's processor. */
export const ownArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;

/** Runs a step that builds anew, without a cache in the registry. @throws Error with the log when it does not succeed */
export async function buildIn(
  job: Job,
  bed: Bed,
  inputs: Readonly<Record<string, string>> = {},
  options: StepOptions = {},
): Promise<Built> {
  const result = await job.step({ ...bed.inputs, cache: 'none', ...inputs }, options);
  if (result.code !== 0) {
    throw new Error(`The step ended with ${result.code}:\n${result.log}`);
  }
  const image = {
    registryUrl: bed.registry.url,
    repository: inputs.imageShortName ?? 'app',
    reference: result.outputs.imageDigest ?? '',
  };
  return { result, image };
}

/** The same in a job of its own, so with a fresh daemon. */
export async function build(
  bed: Bed,
  inputs: Readonly<Record<string, string>> = {},
  files?: JobOptions['files'],
): Promise<Built> {
  return buildIn(await bed.job(files === undefined ? {} : { files }), bed, inputs);
}

/** Runs a step that has to fail with one error. @returns that, its code and the log */
export async function refuse(
  job: Job,
  bed: Bed,
  inputs: Readonly<Record<string, string>>,
): Promise<{ readonly code: string; readonly error: string; readonly result: StepResult }> {
  const result = await job.step({ ...bed.inputs, cache: 'none', ...inputs });
  const [error, ...others] = result.errors;
  if (result.code !== 1 || error === undefined || others.length > 0) {
    throw new Error(`The step ended with ${result.code} and ${result.errors.length} errors:\n${result.log}`);
  }
  return { code: /^::error.*?title=([\w-]+)/m.exec(result.output)?.[1] ?? '', error, result };
}

export async function readImage(image: ImageLocation): Promise<ImageManifest> {
  return JSON.parse((await readManifest(image)).bytes.toString());
}

export async function readIndex(image: ImageLocation): Promise<ImageIndex> {
  return JSON.parse((await readManifest(image)).bytes.toString());
}

export async function readImageConfig(image: ImageLocation): Promise<ImageConfig> {
  const { config } = await readImage(image);
  return JSON.parse((await readBlob(image, config.digest)).toString());
}

export async function readLabels(image: ImageLocation): Promise<Readonly<Record<string, string>>> {
  return (await readImageConfig(image)).config.Labels ?? {};
}

/** One image of an index. */
export async function memberOf(image: ImageLocation, architecture: string): Promise<ImageLocation> {
  const { manifests } = await readIndex(image);
  const found = manifests.find(({ platform }) => platform?.architecture === architecture);
  if (found === undefined) {
    throw new Error(`The index has no image for ${architecture}`);
  }
  return { ...image, reference: found.digest };
}
