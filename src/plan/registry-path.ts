import { Failure } from '../failure.ts';
import { ecrHostTypo, parseEcrHost } from './ecr-host.ts';

/** A registry host, optionally with a path that goes before every repository name. */
export interface RegistryPath {
  /** Host with optional port, in lower case. */
  readonly host: string;
  /** Without leading and trailing slash; empty when there is none. */
  readonly prefix: string;
}

const HOST = /^(?=.{1,255}$)[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*(?::\d{1,5})?$/;
/** ECR's own grammar, stricter than Docker's: single separators only. Source: ECR API, CreateRepository. */
const REPOSITORY = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** Whether a name looks like a host rather than the first part of a path, by the rule of Docker references. */
export function looksLikeHost(text: string): boolean {
  return text === 'localhost' || /[.:]/.test(text);
}

/** Whether a text, in lower case, can be the host of a registry, with an optional port. */
export function isRegistryHost(text: string): boolean {
  return HOST.test(text) && looksLikeHost(text);
}

/** Whether a text can be the path of a repository, or the beginning of one. */
export function isRepositoryPath(text: string): boolean {
  return REPOSITORY.test(text);
}

/**
 * Reads `imageRegistryPath`: a host with an optional path; a leading `https://` and trailing slashes do not matter.
 * @throws Failure `registry-malformed`
 */
export function parseRegistryPath(value: string, input: string): RegistryPath {
  const registry = parsePath(value, input);
  if (parseEcrHost(registry.host)?.kind === 'public' && registry.prefix === '') {
    throw malformedRegistry(input, value, 'ECR Public has the alias of a registry after its host');
  }
  return registry;
}

function parsePath(value: string, input: string): RegistryPath {
  const address = value.replace(/^https:\/\//i, '').replace(/(?<!\/)\/+$/, '');
  const [host = '', ...path] = address.split('/');
  if (value.includes('@')) {
    throw malformedRegistry(input, '***', 'it holds "@"; a user or password does not belong here');
  }
  const registry = { host: parseHost(host, value, input), prefix: path.join('/') };
  if (path.length > 0 && !isRepositoryPath(registry.prefix)) {
    throw malformedRegistry(
      input,
      value,
      `its path "${registry.prefix}" has characters that a repository may not have`,
    );
  }
  return registry;
}

/** Reads `containerRegistry`: one host, no path. @throws Failure `registry-malformed` */
export function parseRegistryHost(value: string, input: string): string {
  const { host, prefix } = parsePath(value, input);
  if (prefix !== '') {
    throw malformedRegistry(input, value, 'it has a path');
  }
  return host;
}

/**
 * Checks the host of a registry.
 * @param value that it is part of, and `input`, as the user knows them
 * @returns the host in lower case
 * @throws Failure `registry-malformed`
 */
export function parseHost(host: string, value: string, input: string): string {
  const lower = host.toLowerCase();
  if (/^[a-z]+:$/.test(lower)) {
    throw malformedRegistry(input, value, `only https is spoken to a registry`);
  }
  const typo = ecrHostTypo(lower);
  if (typo !== undefined) {
    throw malformedRegistry(input, value, typo);
  }
  if (host.includes(',')) {
    throw malformedRegistry(input, value, 'several registries go on lines of their own');
  }
  if (/^\d{1,12}$/.test(host)) {
    throw malformedRegistry(input, value, 'it is an account number');
  }
  if (!isRegistryHost(lower)) {
    throw malformedRegistry(input, value, host === '' ? 'it has no host' : `"${host}" is not a host name`);
  }
  return lower;
}

function malformedRegistry(input: string, value: string, reason: string): Failure {
  return new Failure({
    code: 'registry-malformed',
    message: `${input}: "${value}" is not a registry: ${reason}.`,
    hint: 'Write the host, such as 123456789012.dkr.ecr.ap-northeast-1.amazonaws.com, with an optional path after it, or public.ecr.aws/ALIAS.',
  });
}
