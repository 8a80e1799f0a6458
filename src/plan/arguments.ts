import type { BuildContext } from '../source/context.ts';

/** What `buildctl` is asked to do. */
export interface BuildPlan {
  readonly context: BuildContext;
  /** `registry/name:tag` each; may be empty when nothing is pushed. */
  readonly names: readonly string[];
  readonly push: boolean;
  readonly extraArgs: readonly string[];
}

/**
 * The arguments of `buildctl` for a build.
 * @param address of the daemon
 * @param metadataFile where BuildKit writes what it made
 */
export function buildctlArguments(
  plan: BuildPlan,
  { address, metadataFile }: { address: string; metadataFile: string },
): string[] {
  const { context, extraArgs } = plan;
  return [
    ...['--addr', address, 'build'],
    ...['--progress', 'plain'],
    ...['--frontend', 'dockerfile.v0'],
    ...['--local', `context=${context.directory}`],
    ...['--local', `dockerfile=${context.dockerfile.directory}`],
    ...['--opt', `filename=${context.dockerfile.name}`],
    ...['--output', csv(imageExporter(plan))],
    ...['--metadata-file', metadataFile],
    ...extraArgs,
  ];
}

/** Media types are always written out, so that an update of BuildKit never changes what lands in ECR. */
function imageExporter({ names, push }: BuildPlan): string[] {
  return [
    'type=image',
    ...(names.length === 0 ? [] : [`name=${names.join(',')}`]),
    `push=${push}`,
    'oci-mediatypes=true',
    'oci-artifact=false',
  ];
}

/** BuildKit reads outputs as one line of CSV: a field with a comma or quote is quoted as a whole, its key included. */
export function csv(fields: readonly string[]): string {
  return fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}
