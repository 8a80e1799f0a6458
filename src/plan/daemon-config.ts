import { parse, TomlDate, TomlError, type TomlTable, type TomlValue } from 'smol-toml';
import { Failure } from '../failure.ts';
import { type Mirror, registryTables } from './mirrors.ts';

/** What the action itself has to decide: by it, it finds and ends what a daemon has made. */
const OWNED = [
  ['root'],
  ['grpc', 'address'],
  ['grpc', 'tls'],
  ['grpc', 'uid'],
  ['grpc', 'gid'],
  ['otel', 'socketPath'],
  ['worker', 'oci', 'defaultCgroupParent'],
  ['worker', 'oci', 'rootless'],
] as const;

/** Keys of a worker that ask for garbage collection. Source: BuildKit v0.32.2, cmd/buildkitd/config. */
const COLLECTING = ['gcpolicy', 'gckeepstorage', 'reservedSpace', 'maxUsedSpace', 'minFreeSpace'];

/**
 * Kept data are collected by size, each slot for itself: what is free on the disk is what they share. The defaults of BuildKit are written
 * out with half as much, because several slots may be on one disk.
 */
const KEPT_SIZES = { gc: true, reservedSpace: '10%', maxUsedSpace: '50%', minFreeSpace: '20%' };

/**
 * Reads `buildkitConfig`. Its text is not shown: a registry's entry may hold a secret.
 * @throws Failure `buildkit-config-malformed` with the line
 */
export function parseDaemonConfig(text: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) {
      throw error;
    }
    throw new Failure({
      code: 'buildkit-config-malformed',
      message: `buildkitConfig: line ${error.line}, column ${error.column} is not TOML.`,
      hint: 'Correct that line; it is not shown here. The format is that of buildkitd.toml.',
    });
  }
}

/** The keys of a configuration that the action sets itself, with dots. They are left out. */
export function ownedKeys(given: TomlTable): string[] {
  return OWNED.filter((path) => valueAt(given, path) !== undefined).map((path) => path.join('.'));
}

/**
 * The configuration of a daemon. What is given wins, except for what the action has to decide.
 * Both workers are set: left to itself the daemon looks for runc by another name than it is given, and takes a second
 * worker where the machine has containerd, as hosted runners do. A daemon that lives as long as a job needs no garbage
 * collection, which on a full disk takes layers away in the middle of a build.
 * @param options.cgroup control group of the build steps; a rootless daemon has none
 * @param options.isKept whether the data outlive the job
 * @param options.network keys of the worker that decide about the network of build steps
 */
export function daemonConfig(options: {
  readonly runc: string;
  readonly cgroup: string | undefined;
  readonly isKept: boolean;
  readonly mirrors: readonly Mirror[];
  readonly network: TomlTable;
  readonly given: TomlTable;
}): TomlTable {
  const { runc, cgroup, isKept, mirrors, network, given } = options;
  const theirs = OWNED.reduce<TomlTable>(without, given);
  const isCollecting = COLLECTING.some((key) => valueAt(theirs, ['worker', 'oci', key]) !== undefined);
  // A size of theirs beside ours would not count: what is reserved is kept, whatever the most is.
  const collection = isKept && !isCollecting ? KEPT_SIZES : { gc: isCollecting };
  const ours = {
    worker: { oci: { enabled: true, binary: runc, ...network, ...collection }, containerd: { enabled: false } },
    registry: registryTables(mirrors),
  };
  const merged = merge(ours, theirs);
  const mirrored = merge(merged, { registry: joinedMirrors(mirrors, theirs) });
  return cgroup === undefined ? mirrored : merge(mirrored, { worker: { oci: { defaultCgroupParent: cgroup } } });
}

/** Those of `registryMirrors` come before those of the configuration for the same registry. */
function joinedMirrors(mirrors: readonly Mirror[], theirs: TomlTable): TomlTable {
  return Object.fromEntries(
    Object.entries(registryTables(mirrors)).flatMap(([host, table]) => {
      const more = valueAt(theirs, ['registry', host, 'mirrors']);
      return 'mirrors' in table && Array.isArray(more)
        ? [
            [
              host,
              { mirrors: [...table.mirrors, ...more.filter((mirror) => !table.mirrors.some((own) => own === mirror))] },
            ],
          ]
        : [];
    }),
  );
}

/** Tables are merged, all else is replaced. */
function merge(below: TomlTable, above: TomlTable): TomlTable {
  const entries = Object.entries(above).map(([key, value]) => {
    const under = Object.hasOwn(below, key) ? below[key] : undefined;
    return [key, isTable(under) && isTable(value) ? merge(under, value) : value] as const;
  });
  return { ...below, ...Object.fromEntries(entries) };
}

function without(table: TomlTable, [key = '', ...path]: readonly string[]): TomlTable {
  const value = table[key];
  if (path.length === 0) {
    return Object.fromEntries(Object.entries(table).filter(([name]) => name !== key));
  }
  return isTable(value) ? { ...table, [key]: without(value, path) } : table;
}

/** The value at a path of keys. */
export function valueAt(table: TomlTable, [key = '', ...path]: readonly string[]): TomlValue | undefined {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  return path.length === 0 ? value : isTable(value) ? valueAt(value, path) : undefined;
}

function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof TomlDate);
}
