import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { at, numberAt, parseJson, textAt } from '../../src/json.ts';
import type { Toolchain } from './toolchain.ts';

const run = promisify(execFile);

/** Of this project, where its README, its script and its directories of kustomize are. */
export const EXAMPLE = 'examples/kubernetes';

/** A copy of the example, with certificates of its own. */
export interface Example {
  readonly directory: string;
  /** Makes the certificates anew, as the README says. */
  createCertificates(): Promise<void>;
  close(): Promise<void>;
}

/** Copies the example and runs its script for the certificates. Those that someone has made in the tree are not copied. */
export async function openExample(): Promise<Example> {
  const directory = await mkdtemp('/tmp/bka-kubernetes-');
  await cp(join(import.meta.dirname, '../..', EXAMPLE), directory, {
    recursive: true,
    filter: (path) => !['authority', 'server', 'client'].includes(basename(path)),
  });
  const createCertificates = async () => {
    await run('sh', ['create-certificates.sh'], { cwd: directory });
  };
  await createCertificates();
  return { directory, createCertificates, close: () => rm(directory, { recursive: true }) };
}

/**
 * The objects of a directory of kustomize, each decoded strictly against the types of the Kubernetes API.
 * @throws Error with what kustomize or the decoder has to say
 */
export async function readManifests({ manifests }: Toolchain, directory: string): Promise<unknown[]> {
  const { stdout } = await run(manifests, [directory]);
  const objects = parseJson(stdout);
  if (!Array.isArray(objects)) {
    throw new Error(`Not a list of objects: ${stdout.slice(0, 100)}`);
  }
  return objects;
}

export function nameOf(object: unknown): string {
  return textAt(object, 'metadata', 'name') ?? '';
}

export function namespaceOf(object: unknown): string {
  return textAt(object, 'metadata', 'namespace') ?? '';
}

/** The pod of a StatefulSet. */
export function podOf(set: unknown): unknown {
  return at(set, 'spec', 'template', 'spec');
}

/** The names in DNS of all pods of all StatefulSets. */
export function hostsOf(objects: readonly unknown[]): string[] {
  const sets = objects.filter((one) => textAt(one, 'kind') === 'StatefulSet');
  return sets.flatMap((set) =>
    Array.from({ length: numberAt(set, 'spec', 'replicas') ?? 0 }, (_, index) => {
      const service = textAt(set, 'spec', 'serviceName');
      return `${nameOf(set)}-${index}.${service}.${namespaceOf(set)}.svc.cluster.local`;
    }),
  );
}
