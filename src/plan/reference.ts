import { Failure } from '../failure.ts';
import { parseEcrHost } from './ecr-host.ts';
import { isRepositoryPath, looksLikeHost, parseHost } from './registry-path.ts';

/** A repository in a registry: `host/repository`. */
export interface Repository {
  readonly host: string;
  readonly repository: string;
}

/** The full name of an image: `host/repository:tag`. */
export interface Reference extends Repository {
  readonly tag: string;
}

const TAG = /^\w[\w.-]{0,127}$/;

/** `registry/repository:tag` as it stands in a manifest of Kubernetes or a task definition. */
export function formatReference({ host, repository, tag }: Reference): string {
  return `${host}/${repository}:${tag}`;
}

/** `registry/repository`. */
export function formatRepository({ host, repository }: Repository): string {
  return `${host}/${repository}`;
}

/**
 * Joins prefix and name to the repository in ECR.
 * @param name `imageShortName`, may hold slashes
 */
export function repositoryName(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}/${name}`;
}

/**
 * Checks the name of a repository against ECR's grammar.
 * @param options.prefix path that goes before the name, and counts for its length
 * @throws Failure `image-name-malformed`
 */
export function checkRepositoryName(name: string, { input, prefix = '' }: { input: string; prefix?: string }): string {
  const reason = repositoryProblem(name, repositoryName(prefix, name).length);
  if (reason === undefined) {
    return name;
  }
  throw new Failure({
    code: 'image-name-malformed',
    message: `${input}: "${name}" is not a repository name: ${reason.problem}.`,
    hint: reason.hint,
  });
}

function repositoryProblem(name: string, length: number): { problem: string; hint: string } | undefined {
  const [first = ''] = name.replace(/^https:\/\//, '').split('/');
  if (parseEcrHost(first) !== undefined || name.startsWith('https://')) {
    return {
      problem: 'it holds the registry',
      hint: 'Put the host into imageRegistryPath and keep only the name of the repository here.',
    };
  }
  if (name.includes('@') || /:[^/]*$/.test(name)) {
    return { problem: 'it holds a tag or digest', hint: 'Put the tag into imageTag.' };
  }
  if (isRepositoryPath(name) && length >= 2 && length <= 256) {
    return undefined;
  }
  if (isRepositoryPath(name)) {
    return {
      problem: `it has ${length} characters`,
      hint: 'ECR takes 2 to 256, the path of imageRegistryPath included.',
    };
  }
  return {
    problem: /[A-Z]/.test(name) ? 'it has upper-case letters' : 'it has characters that ECR does not take',
    hint: `Use lower-case letters and digits, with single ".", "_", "-" or "/" between them${suggestion(name)}.`,
  };
}

function suggestion(name: string): string {
  return isRepositoryPath(name.toLowerCase()) ? `, such as ${name.toLowerCase()}` : '';
}

/** Checks one tag. Source: distribution reference grammar, at most 128 characters. @throws Failure `tag-malformed` */
export function checkTag(tag: string, input: string): string {
  if (TAG.test(tag)) {
    return tag;
  }
  const reason =
    tag.length > 128
      ? `it has ${tag.length} characters, at most 128 are allowed`
      : /^[.-]/.test(tag)
        ? `it starts with "${tag[0]}"`
        : tag.includes(':')
          ? 'it holds ":"; a name before the tag needs its registry too (registry/name:tag)'
          : 'it has characters that a tag may not have';
  throw malformedTag(input, tag, reason);
}

function malformedTag(input: string, entry: string, reason: string): Failure {
  return new Failure({
    code: 'tag-malformed',
    message: `${input}: "${entry}" is not a tag: ${reason}.`,
    hint: 'A tag has letters, digits, "_", "." and "-", and starts with a letter, a digit or "_". Several go on lines of their own or between commas.',
  });
}

/**
 * Reads a full reference, `registry/repository:tag`, such as the `tags` output of docker/metadata-action.
 * @throws Failure `tag-malformed`, `registry-malformed`, `image-name-malformed`
 */
export function parseReference(entry: string, input: string): Reference {
  const {
    host: rawHost,
    repository,
    tag,
  } = /^(?:https:\/\/)?(?<host>[^/]*)\/(?<repository>[^:@]*)(?::(?<tag>[^/@]*))?$/.exec(entry)?.groups ?? {};
  if (rawHost === undefined || repository === undefined) {
    throw malformedTag(
      input,
      entry,
      entry.includes('@') ? 'a digest cannot be pushed to' : 'it is no full reference either',
    );
  }
  if (tag === undefined) {
    throw malformedTag(input, entry, 'it has a registry but no tag after the last ":"');
  }
  if (!looksLikeHost(rawHost)) {
    throw malformedTag(
      input,
      entry,
      `"${rawHost}" is not a registry host, and without one this is an image on Docker Hub`,
    );
  }
  const host = parseHost(rawHost, entry, input);
  if (parseEcrHost(host)?.kind === 'public' && !repository.includes('/')) {
    throw malformedTag(input, entry, 'a name in ECR Public has the alias of a registry before the repository');
  }
  return { host, repository: checkRepositoryName(repository, { input }), tag: checkTag(tag, input) };
}
