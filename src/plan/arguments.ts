import { annotationAttribute } from './annotations.ts';
import type { Attributes } from './attributes.ts';
import type { BuildPlan } from './build-plan.ts';
import { formatCsv } from './csv.ts';
import { localName } from './local-name.ts';

/** Files that are made for one build. */
export interface BuildFiles {
  readonly metadata: string;
  readonly cacheMetrics: string;
  /** Takes what happens in the build, as JSON. */
  readonly trace: string;
  /** Takes the name under which BuildKit remembers the build; undefined where nobody asks for it afterwards. */
  readonly ref?: string | undefined;
  /** Where each secret is, by its id. */
  readonly secrets: ReadonlyMap<string, string>;
}

/**
 * The arguments of `buildctl` for a build.
 * @param connection arguments that name the daemon
 */
export function buildctlArguments(
  plan: BuildPlan,
  { connection, files }: { connection: readonly string[]; files: BuildFiles },
): string[] {
  return [
    ...connection,
    'build',
    ...['--progress', 'plain'],
    ...['--frontend', 'dockerfile.v0'],
    ...contextArguments(plan),
    ...frontendArguments(plan),
    ...secretArguments(files.secrets),
    ...plan.build.ssh.flatMap((ssh) => ['--ssh', ssh]),
    ...plan.cache.imports.flatMap((entry) => ['--import-cache', attributesArgument(entry)]),
    ...plan.cache.exports.flatMap((entry) => ['--export-cache', attributesArgument(entry)]),
    // The image comes last: of several results it is the one that the metadata tell of.
    ...plan.output.exporters.flatMap((exporter) => ['--output', attributesArgument(likeImage(exporter, plan))]),
    ...['--output', formatCsv(imageExporter(plan))],
    ...['--metadata-file', files.metadata],
    ...['--debug-json-cache-metrics', files.cacheMetrics],
    ...['--trace', files.trace],
    ...(files.ref === undefined ? [] : ['--ref-file', files.ref]),
    ...plan.extraArgs,
  ];
}

/** @param secrets where each is, by its id */
export function secretArguments(secrets: ReadonlyMap<string, string>): string[] {
  return [...secrets].flatMap(([id, path]) => ['--secret', formatCsv([`id=${id}`, `src=${path}`])]);
}

/** What a Dockerfile is read from, and what it copies from. */
export function contextArguments({ context, build }: Pick<BuildPlan, 'context' | 'build'>): string[] {
  const named = build.contexts.flatMap(({ name, source, directory }) => [
    ...['--opt', `context:${name}=${source}`],
    ...(directory === undefined ? [] : ['--local', `${localName(name)}=${directory}`]),
  ]);
  if (context.kind === 'remote') {
    return ['--opt', `context=${context.url}`, '--opt', `filename=${context.dockerfile}`, ...named];
  }
  return [
    ...['--local', `context=${context.directory}`],
    ...['--local', `dockerfile=${context.dockerfile.directory}`],
    ...['--opt', `filename=${context.dockerfile.name}`],
    ...named,
  ];
}

function frontendArguments({ build, labels, vcs, epoch, builtInFrontend }: BuildPlan): string[] {
  const { target, platforms, buildArgs, noCache, attestations } = build;
  const { provenance, sbom } = attestations;
  const options: readonly (readonly [string, string | undefined])[] = [
    ['target', target],
    ['platform', platforms.length === 0 ? undefined : platforms.join(',')],
    ...buildArgs.map(({ key, value }) => [`build-arg:${key}`, value] as const),
    ['build-arg:SOURCE_DATE_EPOCH', epoch?.toString()],
    ...labels.map(({ key, value }) => [`label:${key}`, value] as const),
    ['no-cache', noCache === 'all' ? '' : noCache.length === 0 ? undefined : noCache.join(',')],
    ['attest:provenance', provenance],
    ['attest:sbom', sbom],
    ...(provenance === undefined ? [] : vcs.map(({ key, value }) => [`vcs:${key}`, value] as const)),
    // Any value keeps the frontend that is built in, whatever the Dockerfile asks for.
    ['cmdline', builtInFrontend ? 'builtin' : undefined],
  ];
  return options.flatMap(([key, value]) => (value === undefined ? [] : ['--opt', `${key}=${value}`]));
}

/** Media types and the form of attestations are always written out, so that an update of BuildKit changes nothing in ECR. */
function imageExporter({ names, push, pushByDigest, build, output, epoch, forceCompression }: BuildPlan): string[] {
  return [
    'type=image',
    ...(names.length === 0 ? [] : [`name=${names.join(',')}`]),
    `push=${push}`,
    ...(pushByDigest ? ['push-by-digest=true'] : []),
    `oci-mediatypes=${output.mediaTypes === 'oci'}`,
    'oci-artifact=false',
    `compression=${output.compression}`,
    ...(forceCompression ? ['force-compression=true'] : []),
    ...(epoch === undefined ? [] : ['rewrite-timestamp=true']),
    ...build.annotations.map(annotationAttribute),
  ];
}

/**
 * An archive that is told no compression has that of the image where it is forced: its layers would otherwise be those of whatever
 * was there first, the cache or another exporter.
 */
function likeImage(exporter: Attributes, { output, forceCompression }: BuildPlan): Attributes {
  const follows = forceCompression && exporter.get('type') === 'oci' && !exporter.has('compression');
  return follows
    ? new Map([...exporter, ['compression', output.compression], ['force-compression', 'true']])
    : exporter;
}

function attributesArgument(attributes: Attributes): string {
  return formatCsv([...attributes].map(([key, value]) => `${key}=${value}`));
}
