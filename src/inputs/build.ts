import { readFile, stat } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import { findPath } from '../paths.ts';
import { type Annotation, checkPlaces, parseAnnotation, withoutPlatforms } from '../plan/annotations.ts';
import { type Attestations, parseProvenance, parseSbom } from '../plan/attestations.ts';
import { basicAuth, type GitLogin } from '../plan/git-login.ts';
import { malformedPair, type Pair, parsePair } from '../plan/pairs.ts';
import { checkDistinctPlatforms, checkPlatform } from '../plan/platforms.ts';
import { findNamedContext, type NamedContext } from '../source/named-contexts.ts';
import { type Ask, attempt, attemptAll, list, type Raw } from './grammar.ts';

/** What a Dockerfile is built with. */
export interface BuildInputs {
  readonly target: string | undefined;
  readonly platforms: readonly string[];
  readonly buildArgs: readonly Pair[];
  readonly labels: readonly Pair[];
  readonly annotations: readonly Annotation[];
  readonly contexts: readonly NamedContext[];
  readonly secrets: readonly BuildSecret[];
  /** Values of `--ssh`. */
  readonly ssh: readonly string[];
  /** `all`, or the stages that are built anew. */
  readonly noCache: 'all' | readonly string[];
  readonly attestations: Attestations;
}

export interface BuildReading {
  readonly get: () => BuildInputs;
  /** Those that can be read, also when another input of the build is wrong. */
  readonly platforms: readonly string[];
}

/** A secret of the build: what it is, or the file that holds it. */
export type BuildSecret = { readonly id: string } & ({ readonly value: string } | { readonly path: string });

/** BuildKit takes no larger ones. */
const SECRET_LIMIT = 500 * 1024;

/**
 * @param options.gitAuth host that `gitToken` is for, when BuildKit fetches the context from it
 * @param options.cloneTo directory that a clone will fill
 * @param options.otherPlatforms of `extraArgs`, in place of the input
 */
export async function readBuild(
  ask: Ask,
  options: {
    readonly gitAuth: { readonly host: string; readonly login: GitLogin } | undefined;
    readonly otherPlatforms: readonly string[] | undefined;
    readonly cloneTo: string | undefined;
  },
): Promise<BuildReading> {
  const { raw, problems, workflow } = ask;
  const { gitAuth, otherPlatforms, cloneTo } = options;
  const target = raw.text('target');
  const given = await attemptAll(problems, list(raw, 'platforms', /,/), (entry) => checkPlatform(entry));
  const platforms = otherPlatforms ?? given.known ?? [];
  await attempt(problems, () => checkDistinctPlatforms(platforms));
  const buildArgs = await attemptAll(problems, list(raw, 'buildArgs'), (entry) => parsePair(entry, 'buildArgs'));
  const labels = await attemptAll(problems, list(raw, 'labels'), (entry) => parsePair(entry, 'labels'));
  const annotations = await attemptAll(problems, list(raw, 'annotations'), parseAnnotation);
  const contexts = await attemptAll(problems, list(raw, 'buildContexts'), (entry) =>
    findNamedContext(parsePair(entry, 'buildContexts'), { workspace: workflow.workspace, cloneTo }),
  );
  const secrets = await attemptAll(problems, list(raw, 'secrets'), (entry) => readSecret(entry, ask));
  const ssh = await attemptAll(problems, list(raw, 'ssh'), (entry) => readSsh(entry, ask));
  const provenance = await attempt(problems, () => parseProvenance(raw.text('provenance')));
  const sbom = await attempt(problems, () => parseSbom(raw.text('sbom')));
  const isIndex = platforms.length > 1 || Boolean(provenance.known ?? sbom.known);
  await attempt(problems, () => checkPlaces(annotations.known?.flat() ?? [], { platforms, isIndex }));
  const get = () => ({
    target,
    platforms: otherPlatforms ?? given.get(),
    buildArgs: buildArgs.get(),
    labels: labels.get(),
    annotations: isIndex ? annotations.get().flat() : withoutPlatforms(annotations.get().flat()),
    contexts: contexts.get(),
    secrets: [...secrets.get(), ...(gitAuth === undefined ? [] : [gitSecret(gitAuth)])],
    ssh: ssh.get(),
    noCache: readNoCache(raw),
    attestations: { provenance: provenance.get(), sbom: sbom.get() },
  });
  return { get, platforms };
}

function readNoCache(raw: Raw): 'all' | string[] {
  const entries = list(raw, 'noCache', /,/);
  const [only, ...others] = entries.map((entry) => entry.toLowerCase());
  if (others.length === 0 && only === 'true') {
    return 'all';
  }
  return others.length === 0 && only === 'false' ? [] : entries;
}

/** `id=value`, `id=env:NAME`, `id=file:PATH`, `id=text:value`. An empty secret is never meant. */
async function readSecret(entry: string, { env, workflow, mask }: Ask): Promise<BuildSecret> {
  const { key: id, value } = parsePair(entry, 'secrets', { secret: true });
  if (!/^[\w.-]+$/.test(id)) {
    throw malformedPair('secrets', undefined, 'an id has letters, digits, "_", "." and "-"');
  }
  const { kind, rest } = /^(?<kind>env|file|text):(?<rest>.*)$/s.exec(value)?.groups ?? { kind: 'text', rest: value };
  if (kind === 'file') {
    return { id, path: await findSecretFile({ id, path: rest ?? '', workspace: workflow.workspace, mask }) };
  }
  const secret = kind === 'env' ? env[rest ?? ''] : rest;
  if (!secret) {
    const reason =
      kind === 'env' ? `the variable ${rest} is ${secret === undefined ? 'not set' : 'empty'}` : 'it is empty';
    throw unavailable(id, reason);
  }
  mask(secret);
  if (Buffer.byteLength(secret) > SECRET_LIMIT) {
    throw unavailable(id, 'it is larger than 500 KiB');
  }
  return { id, value: secret };
}

async function findSecretFile(options: {
  readonly id: string;
  readonly path: string;
  readonly workspace: string;
  readonly mask: (secret: string) => void;
}): Promise<string> {
  const { id, path, workspace, mask } = options;
  const found = await findPath({ input: `secrets: ${id}`, path, base: workspace, what: 'the workspace' });
  const size = found === undefined ? undefined : await stat(found);
  if (found === undefined || size === undefined || !size.isFile()) {
    throw unavailable(id, `there is no file "${path}"`);
  }
  if (size.size === 0 || size.size > SECRET_LIMIT) {
    throw unavailable(
      id,
      size.size === 0 ? `the file "${path}" is empty` : `the file "${path}" is larger than 500 KiB`,
    );
  }
  mask((await readFile(found, 'utf8')).trim());
  return found;
}

function unavailable(id: string, reason: string): Failure {
  return new Failure({
    code: 'secret-unavailable',
    message: `secrets: "${id}" cannot be given to the build: ${reason}.`,
    hint: 'Write id=value, id=env:NAME or id=file:PATH. A secret that is not set for this repository arrives empty.',
  });
}

/** What BuildKit sends to the host of a Git context, and to no other. Source: BuildKit's git source, GIT_AUTH_… */
function gitSecret({ host, login }: { host: string; login: GitLogin }): BuildSecret {
  return login.user === TOKEN_USER
    ? { id: `GIT_AUTH_TOKEN.${host}`, value: login.password }
    : { id: `GIT_AUTH_HEADER.${host}`, value: `basic ${basicAuth(login)}` };
}

/** The user that BuildKit sends a token with. */
const TOKEN_USER = 'x-access-token';

/** `default`, the agent of the job, or `id=path` of a key or an agent's socket; several keys between commas. */
async function readSsh(entry: string, { env, workflow }: Ask): Promise<string> {
  const [id = '', paths] = entry.split(/=(.*)/s);
  if (!/^[\w.-]+$/.test(id)) {
    throw malformedPair('ssh', undefined, 'an id has letters, digits, "_", "." and "-"');
  }
  if (paths === undefined && !env.SSH_AUTH_SOCK) {
    throw new Failure({
      code: 'ssh-unavailable',
      // The id may be a line of a key that was pasted here.
      message:
        'ssh: an entry without a path is the SSH agent of the job, and there is none (SSH_AUTH_SOCK is not set).',
      hint: 'Start an agent in an earlier step, or name a key: default=path/to/key.',
    });
  }
  if (paths === undefined) {
    return id;
  }
  const found = paths.split(',').map(async (path) => {
    const key = await findPath({ input: 'ssh', path, base: workflow.workspace, what: 'the workspace' });
    if (key === undefined || (await stat(key)).isDirectory()) {
      throw new Failure({
        code: 'ssh-unavailable',
        message: `ssh: there is no key or socket at the path that "${id}" names.`,
        hint: 'Write id=PATH, relative to the workspace or absolute.',
      });
    }
    return key;
  });
  return `${id}=${(await Promise.all(found)).join(',')}`;
}
