import type { Excuse } from './faults.ts';

/** What is known of a step from outside, when nobody changes anything any more. */
export interface Evidence {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Messages of `::error::`, and the codes that they have as titles. */
  readonly errors: readonly string[];
  readonly codes: readonly string[];
  readonly warnings: readonly string[];
  /** `imageDigest`; undefined when there is none. */
  readonly digest: string | undefined;
  /** Full names that the image has to have. */
  readonly names: readonly string[];
  /** What a registry has under each name that counts or that a message speaks of. Nothing under it: undefined */
  readonly stored: ReadonlyMap<string, string | undefined>;
  /** Whose files the reported image has, in every registry. */
  readonly content: 'own' | 'foreign' | 'missing';
  /** Names that the run itself has moved, and whether the step has looked at them later. */
  readonly moved: ReadonlyMap<string, { readonly to: string; readonly wasSeen: boolean }>;
}

export type Verdict = 'succeeded' | 'told' | 'ended' | 'untold' | 'unexcused' | 'lost';

/** From what is best to what is worst. */
export const VERDICTS: readonly Verdict[] = ['succeeded', 'told', 'ended', 'untold', 'unexcused', 'lost'];

export interface Judgement {
  readonly verdict: Verdict;
  /** What is wrong; empty when nothing is. */
  readonly why: string;
}

/**
 * Whether the step has kept its promise: the image is under every name, or the step fails and says what is where.
 * @param excuse what the fault that has hit it excuses
 */
export function judge(evidence: Evidence, excuse: Excuse): Judgement {
  const { exitCode, codes } = evidence;
  if (exitCode === 0) {
    const missing = excuse === 'success' ? 'it has to fail and does not' : whatIsLost(evidence);
    return missing === undefined ? { verdict: 'succeeded', why: '' } : { verdict: 'lost', why: missing };
  }
  const lie = whatIsUntrue(evidence);
  if (lie !== undefined) {
    return { verdict: 'lost', why: lie };
  }
  if (excuse === 'nothing') {
    return { verdict: 'unexcused', why: evidence.errors[0] ?? `it ended with ${exitCode}` };
  }
  if (exitCode === null && excuse === 'death') {
    return { verdict: 'ended', why: '' };
  }
  return exitCode === 1 && evidence.errors.length === 1 && codes.length === 1
    ? { verdict: 'told', why: '' }
    : {
        verdict: 'untold',
        why: `it ended with ${exitCode} and ${evidence.errors.length} errors (${codes.join(', ')})`,
      };
}

function whatIsLost({ digest, names, stored, content, moved, warnings }: Evidence): string | undefined {
  if (digest === undefined) {
    return 'no digest is reported';
  }
  if (content !== 'own') {
    return `the image ${digest} is ${content}`;
  }
  for (const name of names) {
    const there = stored.get(name);
    const move = moved.get(name);
    const isKnown = move?.to === there && (!move?.wasSeen || warnings.some((warning) => warning.includes(name)));
    if (there !== digest && (move === undefined || !isKnown)) {
      return `${name} is ${there ?? 'not there'}, not ${digest}`;
    }
  }
  return undefined;
}

/** What an error says of where something is has to be so. */
function whatIsUntrue({ errors, stored, moved }: Evidence): string | undefined {
  for (const { name, digest } of errors.flatMap(claimsOf)) {
    const there = stored.get(name);
    if (there !== digest && !moved.has(name)) {
      return `the error says that ${name} is ${digest ?? 'not there'}, and it is ${there ?? 'not there'}`;
    }
  }
  return undefined;
}

export interface Claim {
  /** `host/repository:tag` or `host/repository@digest`. */
  readonly name: string;
  /** Undefined: it is not there. */
  readonly digest: string | undefined;
}

const CLAIM = /^(?<name>\S+\/\S+) is (?:not there|(?:this|another) image \((?<digest>sha256:[0-9a-f]{64})\))$/gm;

/** What an error says of names: one line for each, with what it is now. */
export function claimsOf(message: string): Claim[] {
  return [...message.matchAll(CLAIM)].map(({ groups }) => ({ name: groups?.name ?? '', digest: groups?.digest }));
}
