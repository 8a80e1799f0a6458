import { at, parseJson, textAt } from '../json.ts';
import { formatPlatform } from '../plan/platforms.ts';
import { askBuildkit, askBuildkitJson, type Client } from './client.ts';

/** RUN steps of a build that ran in an emulator. */
export interface EmulatedSteps {
  /** In BuildKit's spelling. */
  readonly platform: string;
  readonly count: number;
  /** Milliseconds, of all steps together. */
  readonly duration: number;
}

/**
 * Finds the RUN steps of a build that ran for these platforms, not counting those that came from the cache.
 * The names of steps do not tell: a build of one platform has no platforms in them, a RUN over scratch never has. So the
 * platform comes from the provenance that BuildKit keeps of each build, asked for or not, and the time from its progress.
 * Source: BuildKit v0.32.2, experiments.
 * @param ref of the build, as `--ref-file` has it
 * @param platforms those that are emulated
 * @throws Error when BuildKit does not tell
 */
export async function readEmulatedSteps(
  client: Client,
  { ref, platforms }: { readonly ref: string; readonly platforms: readonly string[] },
): Promise<EmulatedSteps[]> {
  const record = await askBuildkitJson(client, 'histories', '--format', recordTemplate(ref));
  const provenances = await Promise.all(
    provenanceDigests(record).map((digest) => askBuildkitJson(client, 'get', digest)),
  );
  const progress = askBuildkit(client, 'logs', '--progress', 'rawjson', ref);
  return countEmulatedSteps({ platforms, provenances, progress });
}

/** Go's template language: prints the record of one build, and an empty line for every other. */
function recordTemplate(ref: string): string {
  return `{{if eq .Record.Ref ${JSON.stringify(ref)}}}{{json .Record}}{{end}}`;
}

/** @returns digests of blobs; a build of several platforms has one for each */
export function provenanceDigests(record: unknown): string[] {
  const results = [at(record, 'Result'), ...Object.values(Object(at(record, 'Results') ?? {}))];
  const attestations = results.flatMap((result) => at(result, 'Attestations') ?? []);
  return attestations.flatMap((attestation) => {
    const type = textAt(attestation, 'annotations', 'in-toto.io/predicate-type');
    const digest = textAt(attestation, 'digest');
    return digest !== undefined && type?.startsWith('https://slsa.dev/provenance/v1') ? [digest] : [];
  });
}

/** The platforms that RUN steps are for, by the digests under which the progress has them. */
function platformsOfSteps(provenances: readonly unknown[]): ReadonlyMap<string, string> {
  const steps = provenances.flatMap((provenance) => {
    const config = at(provenance, 'buildDefinition', 'internalParameters', 'buildConfig');
    const definition = at(config, 'llbDefinition');
    const platforms = new Map(
      (Array.isArray(definition) ? definition : []).flatMap((step) => {
        const isRun = at(step, 'op', 'Op', 'exec') !== undefined;
        return isRun ? [[textAt(step, 'id'), platformOf(at(step, 'op', 'platform'))] as const] : [];
      }),
    );
    return Object.entries(Object(at(config, 'digestMapping') ?? {})).flatMap(([digest, id]) => {
      const platform = platforms.get(String(id));
      return platform === undefined ? [] : [[digest, platform] as const];
    });
  });
  return new Map(steps);
}

function platformOf(platform: unknown): string {
  const [os = '', architecture = '', variant] = ['OS', 'Architecture', 'Variant'].map((key) => textAt(platform, key));
  return formatPlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/** How long steps ran that were not found in the cache. @returns milliseconds by digest */
async function durations(progress: AsyncIterable<string> | Iterable<string>): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for await (const line of progress) {
    // Most lines are the output of steps.
    const vertexes = line.startsWith('{"vertexes"') ? at(parseJson(line), 'vertexes') : undefined;
    for (const vertex of Array.isArray(vertexes) ? vertexes : []) {
      const digest = textAt(vertex, 'digest');
      const [started, completed] = ['started', 'completed'].map((key) => Date.parse(textAt(vertex, key) ?? ''));
      const duration = (completed ?? Number.NaN) - (started ?? Number.NaN);
      if (digest !== undefined && !Number.isNaN(duration) && at(vertex, 'cached') !== true) {
        found.set(digest, duration);
      }
    }
  }
  return found;
}

/**
 * @param options.provenances as BuildKit's history has them: SLSA v1, with all steps
 * @param options.progress of the build as JSON, a line for each change
 */
export async function countEmulatedSteps(options: {
  readonly platforms: readonly string[];
  readonly provenances: readonly unknown[];
  readonly progress: AsyncIterable<string> | Iterable<string>;
}): Promise<EmulatedSteps[]> {
  const { platforms, provenances, progress } = options;
  const steps = [...platformsOfSteps(provenances)];
  const ran = await durations(progress);
  return platforms.flatMap((platform) => {
    const times = steps.flatMap(([digest, its]) => (its === platform ? (ran.get(digest) ?? []) : []));
    const duration = times.reduce((sum, time) => sum + time, 0);
    return times.length === 0 ? [] : [{ platform, count: times.length, duration }];
  });
}
