import { textAt } from './json.ts';
import type { Location } from './location.ts';

/**
 * Every way in which a step can fail for a reason that its user can do something about.
 * Each code is an anchor in docs/troubleshooting.md; test/unit/metadata.test.ts keeps the two in step.
 */
export const FAILURE_CODES = [
  'inputs-invalid',
  'input-missing',
  'input-invalid',
  'image-name-malformed',
  'registry-malformed',
  'registry-not-ecr',
  'registry-mirror-malformed',
  'registry-auth-malformed',
  'region-missing',
  'tag-malformed',
  'tag-reserved',
  'tag-not-derivable',
  'settings-malformed',
  'push-conflict',
  'context-missing',
  'dockerfile-missing',
  'path-outside',
  'path-unreadable',
  'pair-malformed',
  'platform-unknown',
  'platform-duplicate',
  'annotation-misplaced',
  'secret-unavailable',
  'ssh-unavailable',
  'exporter-malformed',
  'compression-conflict',
  'epoch-unknown',
  'cache-malformed',
  'cache-conflict',
  'cache-secret',
  'extra-args-malformed',
  'extra-args-refused',
  'git-address-malformed',
  'git-revision-malformed',
  'git-login-malformed',
  'git-key-malformed',
  'git-key-missing',
  'git-key-unused',
  'git-directory-taken',
  'buildkit-version-unknown',
  'buildkit-host-malformed',
  'buildkit-host-missing',
  'buildkit-host-insecure',
  'buildkit-host-conflict',
  'buildkit-certificate-malformed',
  'buildkit-fleet-conflict',
  'buildkit-config-malformed',
  'credentials-file-missing',
  'credentials-file-empty',
  'credentials-profile-unknown',
  'credentials-profile-incomplete',
  'credentials-process-refused',
  'role-malformed',
  'endpoint-malformed',
  'credentials-fork',
  'credentials-none',
  'credentials-refused',
  'credentials-expired',
  'oidc-permission-missing',
  'oidc-token-missing',
  'oidc-refused',
  'ecr-denied',
  'ecr-unreachable',
  'ecr-unreadable',
  'ecr-throttled',
  'ecr-failed',
  'git-missing',
  'git-lfs-missing',
  'git-directory-unusable',
  'git-host-unknown',
  'git-denied',
  'git-repository-missing',
  'git-repository-empty',
  'git-revision-unknown',
  'git-revision-ambiguous',
  'git-unreachable',
  'git-stalled',
  'git-local-changes',
  'git-failed',
  'runner-unsupported',
  'privileges-missing',
  'rootless-unavailable',
  'buildkit-root-unusable',
  'buildkit-download-failed',
  'buildkit-checksum-mismatch',
  'buildkit-archive-broken',
  'buildkit-programs-missing',
  'tool-cache-unusable',
  'temp-unusable',
  'daemon-not-started',
  'daemon-unreachable',
  'daemon-lost',
  'buildkit-too-old',
  'build-failed',
  'target-missing',
  'emulator-missing',
  'program-foreign',
  'build-cancelled',
  'base-image-unavailable',
  'sources-malformed',
  'part-missing',
  'part-foreign',
  'part-not-image',
  'part-duplicate',
  'part-mismatch',
  'tag-exists',
  'repository-create-failed',
  'registry-unreachable',
  'push-denied',
  'push-unauthenticated',
  'push-refused',
  'push-throttled',
  'repository-missing',
  'tag-immutable',
  'scan-findings',
  'scan-unavailable',
  'scan-timeout',
  'unexpected',
] as const;

export type FailureCode = (typeof FAILURE_CODES)[number];

export interface FailureOptions {
  readonly code: FailureCode;
  /** What happened, and on which input, file or resource. One or two sentences. */
  readonly message: string;
  /** What the user should change. */
  readonly hint: string;
  readonly location?: Location | undefined;
  readonly cause?: unknown;
}

/** An error with a name in docs/troubleshooting.md and a way out. Anything else that is thrown is a bug of the action. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly hint: string;
  readonly location: Location | undefined;

  constructor({ code, message, hint, location, cause }: FailureOptions) {
    super(message, { cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = hint;
    this.location = location;
  }
}

/**
 * Ends the reading of inputs when any of them has a problem: all of them are the one error that a step shows.
 * @throws Failure `inputs-invalid`, or the only problem
 */
export function throwTogether(problems: readonly Failure[]): void {
  const [first, ...others] = new Set(problems);
  if (first !== undefined) {
    throw joinFailures([first, ...others]);
  }
}

/** Joins the problems of all inputs into the one error that a step shows. */
function joinFailures(failures: readonly [Failure, ...Failure[]]): Failure {
  const [first, ...others] = failures;
  if (others.length === 0) {
    return first;
  }
  const list = failures.map(({ code, message, hint }, index) => `${index + 1}. ${message}\n   ${hint} (${code})`);
  return new Failure({
    code: 'inputs-invalid',
    message: `${failures.length} inputs need a change:\n${list.join('\n')}`,
    hint: 'Nothing was downloaded, started or called.',
  });
}

/** What the user reads: a title, and a message of several lines that ends with the link to its entry. */
export interface Explanation {
  readonly title: string;
  readonly message: string;
  readonly location: Location | undefined;
}

/**
 * Turns whatever was thrown into what the user reads.
 * @param docs address of docs/troubleshooting.md, without fragment
 */
export function explain(error: unknown, docs: string): Explanation {
  const failure = error instanceof Failure ? error : unexpected(error);
  return {
    title: failure.code,
    message: [failure.message, failure.hint, `More: ${docs}#${failure.code}`].join('\n'),
    location: failure.location,
  };
}

/** What was thrown, in its own words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of an error of Node, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return textAt(error, 'code');
}

/** The messages of an error and of everything that caused it, outermost first. */
export function causes(error: unknown): string[] {
  const messages: string[] = [];
  for (let current = error; current !== undefined && messages.length < 8; ) {
    messages.push(messageOf(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return messages;
}

/** What is thrown and is no failure: a bug. */
export function unexpected(error: unknown): Failure {
  return new Failure({
    code: 'unexpected',
    message: causes(error).join(': '),
    hint: 'This is a bug of the action. Please report it with the log of a run with debug logging (ACTIONS_STEP_DEBUG).',
    cause: error,
  });
}
