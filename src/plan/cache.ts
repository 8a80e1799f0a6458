import { Failure } from '../failure.ts';
import { type Attributes, parseAttributes } from './attributes.ts';
import { ecrHostsOf } from './image-hosts.ts';
import { architectureOf } from './platforms.ts';
import { formatReference, type Reference, type Repository } from './reference.ts';
import { DEFAULT_CACHE_TAG } from './tags.ts';

export const CACHE_MODES = ['registry', 'gha', 'inline', 'none'] as const;
type CacheMode = (typeof CACHE_MODES)[number];

/** Where layers are kept between jobs, as far as the inputs say. */
export interface CacheInputs {
  readonly mode: CacheMode;
  /** A tag of the image's repository, or a full reference of another one. */
  readonly tag: string | Reference;
  /** Entries that replace what would be imported or exported. */
  readonly from: readonly Attributes[] | undefined;
  readonly to: readonly Attributes[] | undefined;
}

/** What buildctl imports and exports. */
export interface CachePlan {
  readonly imports: readonly Attributes[];
  readonly exports: readonly Attributes[];
}

/** Attributes that hold secrets: they would stand in the arguments of a program, which everybody on the machine sees. */
const SECRET_ATTRIBUTES = ['access_key_id', 'secret_access_key', 'session_token', 'token', 'ghtoken', 'account_key'];

/** User and password in front of a host; a tag may stand in front of a digest like that. */
const LOGIN = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/@:]*:[^/@]*@(?!sha256:)/i;

/** What imports a cache in `extraArgs`. */
const IMPORT_FLAG = /^--?import-cache(?:=|$)/;

/** Events that may put layers into the cache, on the default branch: nobody else can change what they build. */
const EXPORT_EVENTS = ['push', 'schedule', 'workflow_dispatch', 'repository_dispatch'];

/**
 * Reads one entry of `cacheFrom` or `cacheTo`.
 * @throws Failure `cache-malformed`, `cache-secret`
 */
export function parseCacheEntry(entry: string, input: string): Attributes {
  const attributes = parseAttributes(entry, { input, code: 'cache-malformed' });
  const [withLogin] = [...attributes].find(([, value]) => LOGIN.test(value)) ?? [];
  const secret = SECRET_ATTRIBUTES.find((name) => attributes.has(name)) ?? (withLogin && `the login in ${withLogin}`);
  if (secret === undefined) {
    return attributes;
  }
  throw new Failure({
    code: 'cache-secret',
    message: `${input}: ${secret} is a secret, and every user of the machine could read it.`,
    hint: 'Leave it out: gha takes what the runner offers, and s3 the role of the machine that the daemon runs on.',
  });
}

/** `--import-cache` and `--export-cache` of `extraArgs` replace what the action would import or export. */
export function replaceByExtraArgs(cache: CacheInputs, extraArgs: readonly string[]): CacheInputs {
  const has = (flag: RegExp) => extraArgs.some((argument) => flag.test(argument));
  return {
    ...cache,
    from: cache.from ?? (has(IMPORT_FLAG) ? [] : undefined),
    to: cache.to ?? (has(/^--?export-cache(?:=|$)/) ? [] : undefined),
  };
}

/** The tag of `cacheTag`, which may be a full reference. */
export function cacheTagName(cacheTag: string | undefined): string {
  return cacheTag?.replace(/^.*[/:]/s, '') || DEFAULT_CACHE_TAG;
}

/**
 * A cache that is exported to a name of the image would take that name away, after the image was pushed.
 * @param references names of the image
 * @throws Failure `cache-conflict`
 */
export function checkExports(exports: readonly Attributes[], references: readonly Reference[]): void {
  const names = references.map(formatReference);
  const taken = exports.map((entry) => entry.get('ref') ?? '').find((ref) => names.includes(ref));
  if (taken !== undefined) {
    throw new Failure({
      code: 'cache-conflict',
      message: `cacheTo: ${taken} is a name of the image, which the cache would take away.`,
      hint: 'Give the cache a tag of its own, such as buildcache.',
    });
  }
}

/** Whether this run may put layers into the cache. */
export function mayExport({ name, onDefaultBranch }: { name: string; onDefaultBranch: boolean }): boolean {
  return onDefaultBranch && EXPORT_EVENTS.includes(name);
}

/** Registries that a cache is written to, beside those of the image: the action logs in to those of ECR. */
export function cacheHosts({ tag, to = [] }: CacheInputs): string[] {
  return [...new Set([...(typeof tag === 'string' ? [] : [tag.host]), ...ecrHostsOf(referencesOf(to))])];
}

/** The images that a cache is only read from. */
export function importedImages({ from = [] }: Pick<CacheInputs, 'from'>): string[] {
  return referencesOf(from);
}

function referencesOf(entries: readonly Attributes[]): string[] {
  return entries.flatMap((entry) => (entry.get('type') === 'registry' ? (entry.get('ref') ?? []) : []));
}

/** The repository and tag that a registry cache is in. */
export function cacheReference(tag: CacheInputs['tag'], repository: Repository | undefined): Reference | undefined {
  return typeof tag === 'string' ? repository && { ...repository, tag } : tag;
}

/**
 * Decides what is imported and exported.
 * @param options.repository the image's first one; undefined when no registry is known
 * @param options.image the image's first name; undefined when it has none
 * @param options.platforms that are built; the machine's own when none is given
 * @param options.exporting whether this run may export at all
 */
export function planCache(
  { mode, tag, from, to }: CacheInputs,
  options: {
    readonly imageShortName: string;
    readonly repository: Repository | undefined;
    readonly image: Reference | undefined;
    readonly platforms: readonly [string, ...string[]];
    readonly exporting: boolean;
  },
): CachePlan {
  const standard = standardCache({ mode, tag }, options);
  return {
    imports: from ?? standard.imports,
    // An inline cache is part of the image itself, and goes where that goes.
    exports: to?.map(tolerant) ?? (options.exporting || mode === 'inline' ? standard.exports : []),
  };
}

/** A cache that cannot be exported is no reason to lose an image, unless somebody says so. */
function tolerant(entry: Attributes): Attributes {
  return entry.get('type') === 'inline' || entry.has('ignore-error')
    ? entry
    : new Map([...entry, ['ignore-error', 'true']]);
}

function standardCache(
  { mode, tag }: Pick<CacheInputs, 'mode' | 'tag'>,
  options: {
    readonly imageShortName: string;
    readonly repository: Repository | undefined;
    readonly image: Reference | undefined;
    readonly platforms: readonly [string, ...string[]];
  },
): CachePlan {
  const { imageShortName, repository, image, platforms } = options;
  const architectures = platforms.map(architectureOf);
  const own = architectures.length === 1 ? architectures[0] : undefined;
  switch (mode) {
    case 'registry': {
      const plain = cacheReference(tag, repository);
      if (plain === undefined) {
        return { imports: [], exports: [] };
      }
      const suffixed = architectures.map((architecture) => ({ ...plain, tag: `${plain.tag}-${architecture}` }));
      const exported = own === undefined ? plain : (suffixed[0] ?? plain);
      return {
        imports: [...suffixed, plain].map((reference) => entry({ type: 'registry', ref: formatReference(reference) })),
        // The form that ECR accepts, and zstd for layers that are only in the cache: those of the image stay its own.
        exports: [entry({ type: 'registry', ref: formatReference(exported), ...REGISTRY_EXPORT })],
      };
    }
    case 'gha': {
      const scope = own === undefined ? imageShortName : `${imageShortName}-${own}`;
      return {
        imports: [entry({ type: 'gha', scope })],
        exports: [entry({ type: 'gha', scope, mode: 'max', compression: 'zstd', 'ignore-error': 'true' })],
      };
    }
    case 'inline': {
      const references = image === undefined ? [] : [image, { ...image, tag: 'latest' }];
      const names = [...new Set(references.map(formatReference))];
      return { imports: names.map((ref) => entry({ type: 'registry', ref })), exports: [entry({ type: 'inline' })] };
    }
    case 'none':
      return { imports: [], exports: [] };
  }
}

/** Source: ECR's refusal of cache manifests that are lists; aws/containers-roadmap#876. */
const REGISTRY_EXPORT = {
  mode: 'max',
  'image-manifest': 'true',
  'oci-mediatypes': 'true',
  compression: 'zstd',
  'ignore-error': 'true',
};

function entry(attributes: Readonly<Record<string, string>>): Attributes {
  return new Map(Object.entries(attributes));
}
