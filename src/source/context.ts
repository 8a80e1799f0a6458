import { glob, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { Failure } from '../failure.ts';
import { findPath } from '../paths.ts';
import { isLoopback } from '../plan/hosts.ts';

/** What BuildKit is given to build from. All paths are absolute and without links. */
export type BuildContext = LocalContext | RemoteContext;

export interface LocalContext {
  readonly kind: 'local';
  readonly directory: string;
  readonly dockerfile: { readonly directory: string; readonly name: string };
}

/** A context that BuildKit fetches itself. */
export interface RemoteContext {
  readonly kind: 'remote';
  /** Git or HTTP(S) address, without user and password. */
  readonly url: string;
  /** Relative to the context. */
  readonly dockerfile: string;
}

/** Whether a value is an address that BuildKit fetches from, and no path. */
export function isRemoteAddress(value: string): boolean {
  return /^(?:https?|git|ssh):\/\/|^git@/i.test(value);
}

/** The directory that a build starts from. */
export interface SourceDirectory {
  readonly path: string;
  /** What errors call it, such as `the workspace`. */
  readonly name: string;
  /** Relative to the workspace, such as `source`; empty for the workspace itself. */
  readonly place: string;
}

/**
 * Finds the build context and its Dockerfile.
 * @param pathToContext relative to the source
 * @param dockerfile relative to the context, as in the AWS Buildkit Adapter
 * @throws Failure `context-missing`, `dockerfile-missing`, `path-outside`, `path-unreadable`
 */
export async function findContext(options: ContextOptions): Promise<BuildContext> {
  const { source, pathToContext, dockerfile } = options;
  if (isRemoteAddress(pathToContext)) {
    return remoteContext(pathToContext, dockerfile);
  }
  const directory = await findPath({
    input: 'pathToContext',
    path: pathToContext,
    base: source.path,
    what: source.name,
  });
  if (directory === undefined || !(await stat(directory)).isDirectory()) {
    throw await missingContext(options, directory);
  }
  const file = await findPath({ input: 'dockerfile', path: dockerfile, base: directory, what: 'the build context' });
  if (file === undefined || !(await stat(file)).isFile()) {
    throw await missingDockerfile(options, { directory, found: file });
  }
  return { kind: 'local', directory, dockerfile: { directory: dirname(file), name: basename(file) } };
}

interface ContextOptions {
  readonly source: SourceDirectory;
  readonly pathToContext: string;
  readonly dockerfile: string;
}

export function readDockerfile({ dockerfile }: LocalContext): Promise<string> {
  return readFile(join(dockerfile.directory, dockerfile.name), 'utf8');
}

/** Host of a Git repository that is asked by HTTPS; undefined for anything else. */
export function gitHost(context: BuildContext): string | undefined {
  if (context.kind === 'local' || !/^https?:\/\//i.test(context.url)) {
    return undefined;
  }
  const { protocol, hostname, host, pathname, hash } = new URL(context.url);
  // In clear text a token goes no further than this machine.
  const isPrivate = protocol === 'https:' || isLoopback(hostname);
  return isPrivate && (pathname.endsWith('.git') || hash !== '') ? host : undefined;
}

/**
 * Checks an address that BuildKit is given.
 * @throws Failure `input-invalid`; the address is not shown, it may hold a secret
 */
export function checkAddress(url: string, input: string): string {
  const isHttp = /^https?:\/\//i.test(url);
  if (isHttp && URL.parse(url) === null) {
    throw new Failure({
      code: 'input-invalid',
      message: `${input}: the value starts like an HTTP(S) address and is none.`,
      hint: 'Correct its host and port.',
    });
  }
  const { scheme = '', login } = /^(?<scheme>[a-z]+):\/\/(?<login>[^/?#]*)@/i.exec(url)?.groups ?? {};
  // A user alone belongs to an address of SSH.
  if (login !== undefined && (scheme.toLowerCase() !== 'ssh' || login.includes(':'))) {
    throw new Failure({
      code: 'input-invalid',
      message: `${input}: the address holds a user or password, which everybody on the machine could read.`,
      hint:
        input === 'pathToContext'
          ? 'Leave it out and give it as gitToken (a token, or user:password).'
          : 'Leave it out and give it as one of secrets: GIT_AUTH_TOKEN.HOST=TOKEN, with the host of the address.',
    });
  }
  return url;
}

function remoteContext(url: string, dockerfile: string): RemoteContext {
  if (isAbsolute(dockerfile) || dockerfile.split('/').includes('..')) {
    throw new Failure({
      code: 'path-outside',
      message: `dockerfile: "${dockerfile}" leaves the build context, which BuildKit fetches.`,
      hint: 'Give a path inside of it.',
    });
  }
  return { kind: 'remote', url: checkAddress(url, 'pathToContext'), dockerfile };
}

async function missingContext({ source, pathToContext }: ContextOptions, found: string | undefined): Promise<Failure> {
  return new Failure({
    code: 'context-missing',
    message: `pathToContext: "${pathToContext}" is ${found === undefined ? `not in ${source.name}` : 'no directory'}.`,
    hint: (await hintOfEmpty(source)) ?? `Give a directory relative to ${source.name}.`,
  });
}

async function missingDockerfile(
  { source, pathToContext, dockerfile }: ContextOptions,
  { directory, found }: { directory: string; found: string | undefined },
): Promise<Failure> {
  const base = isAbsolute(dockerfile) ? 'on this machine' : `in the build context (pathToContext "${pathToContext}")`;
  const place = `${found === undefined ? 'not' : 'no file'} ${base}`;
  const candidates = await dockerfilesIn(directory);
  const inSource = await findPath({ input: 'dockerfile', path: dockerfile, base: source.path, what: source.name });
  return new Failure({
    code: 'dockerfile-missing',
    message: [
      `dockerfile: "${dockerfile}" is ${place}.`,
      ...(candidates.length === 0 ? [] : [`Found there: ${candidates.join(', ')}.`]),
    ].join(' '),
    hint:
      (await hintOfEmpty(source)) ??
      (inSource === undefined || inSource === found
        ? 'Give the path of the Dockerfile relative to pathToContext.'
        : `${capitalized(source.name)} has that path, but dockerfile is relative to the context: write \${{ github.workspace }}/${join(source.place, dockerfile)}.`),
  });
}

/** A clone is never empty; a workspace is without a checkout. */
async function hintOfEmpty({ path }: SourceDirectory): Promise<string | undefined> {
  return (await isEmpty(path))
    ? 'The workspace is empty: put a step with actions/checkout before this one, or give gitCloneUrl.'
    : undefined;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

async function isEmpty(directory: string): Promise<boolean> {
  return (await readdir(directory).catch(() => [])).length === 0;
}

/** At most ten files that look like a Dockerfile, relative to the directory and at most two levels below it. */
async function dockerfilesIn(directory: string): Promise<string[]> {
  const names = ['', '*/', '*/*/'].flatMap((level) => [`${level}*{D,d}ockerfile*`, `${level}Containerfile`]);
  const found: string[] = [];
  for await (const name of glob(names, { cwd: directory, exclude: ['node_modules', '.git'] })) {
    found.push(name);
    if (found.length === 10) {
      break;
    }
  }
  return found.sort();
}
