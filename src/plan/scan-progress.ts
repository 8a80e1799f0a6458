import { Failure } from '../failure.ts';
import type { Counts, Finding } from './scan.ts';

/** What ECR says when it is asked for the findings of an image. */
export type ScanAnswer =
  /** Nothing has been asked to scan it yet. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'scan';
      /** Source: ECR API, ScanStatus. */
      readonly status: string;
      /** ECR's own words about it. */
      readonly description?: string | undefined;
      /** Milliseconds since it ended; undefined when ECR does not say. */
      readonly age?: number | undefined;
      /** Of a scan that is done. */
      readonly findings: readonly Finding[];
      readonly counts: Counts;
    };

/** What came of asking ECR to scan an image. */
export type StartAttempt = { readonly kind: 'started' } | { readonly kind: 'refused'; readonly problem: Failure };

/** Where the scan of one image stands. */
export interface ScanProgress {
  /** Of the image, by digest. */
  readonly name: string;
  readonly platform: string;
  /** Milliseconds since the first question. */
  readonly elapsed: number;
  /** How often was asked before. */
  readonly asked: number;
  /** Undefined: ECR has not been asked to scan. */
  readonly attempt: StartAttempt | undefined;
}

/** What follows from an answer. */
export type ScanStep =
  | { readonly kind: 'done'; readonly findings: readonly Finding[]; readonly counts: Counts }
  | { readonly kind: 'start' }
  /** @param pause milliseconds until the next question */
  | { readonly kind: 'wait'; readonly pause: number };

const MINUTE = 60_000;
/** Longest that a step waits for all of its scans. */
const LIMIT = 15 * MINUTE;
/** Longest that a scan may take to show up: Amazon Inspector sees an image some time after its push. */
const PATIENCE = 2 * MINUTE;
/** The same where a scan may not be asked for: then only one on push, which ECR knows of soon, can come. */
const PATIENCE_DENIED = 20_000;
/** ECR scans an image at most once in this time. Source: ECR user guide, basic scanning. */
const SCANNED_ONCE_IN = 24 * 60 * MINUTE;
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 10_000;

/** Amazon Inspector goes on watching an image: ACTIVE has findings. */
const DONE = ['COMPLETE', 'ACTIVE'];

/** Statuses that no waiting changes, and what to do about each. */
const STOPPED: Readonly<Record<string, string>> = {
  FAILED: 'Run the job again; if it stays so, look at the image in the console of ECR.',
  UNSUPPORTED_IMAGE:
    'The scanner does not know the operating system of this image; images from scratch have none. Use another base image, enhanced scanning, or leave scanFailOn out.',
  FINDINGS_UNAVAILABLE: 'Run the job again; if it stays so, look at the scanning settings of the registry.',
  SCAN_ELIGIBILITY_EXPIRED:
    'Amazon Inspector no longer watches an image of this age: raise the scan duration in its settings.',
  LIMIT_EXCEEDED: 'The account has used up its scans for now: run the job again later.',
  IMAGE_ARCHIVED: 'Restore the image from the archive storage class of ECR, or remove it and run the job again.',
};

/**
 * Decides what to do after an answer of ECR.
 * @throws Failure `scan-unavailable`, `scan-timeout`, or why ECR refused to begin
 */
export function followScan(answer: ScanAnswer, progress: ScanProgress): ScanStep {
  const { elapsed, asked, attempt } = progress;
  if (answer.kind === 'scan' && DONE.includes(answer.status)) {
    if (isOutdated(answer) && attempt === undefined) {
      return { kind: 'start' };
    }
    // A scan that was started now takes a moment to replace the old one; where it is refused, the old one is what there is.
    if (isOutdated(answer) && attempt?.kind === 'started' && elapsed < PATIENCE) {
      return { kind: 'wait', pause: pauseAfter(asked, PATIENCE - elapsed) };
    }
    return { kind: 'done', findings: answer.findings, counts: answer.counts };
  }
  if (answer.kind === 'scan' && Object.hasOwn(STOPPED, answer.status)) {
    throw stopped(answer, progress);
  }
  if (answer.kind === 'none' && attempt === undefined) {
    return { kind: 'start' };
  }
  // A scan on push may be about to begin, also where a scan may not be asked for.
  const patience = patienceFor(attempt);
  if (answer.kind === 'none' && elapsed >= patience) {
    throw notBegun(progress);
  }
  if (elapsed >= LIMIT) {
    throw timedOut(answer, progress);
  }
  const next = answer.kind === 'none' ? patience : LIMIT;
  return { kind: 'wait', pause: pauseAfter(asked, next - elapsed) };
}

/** A build may make an image again that was scanned long ago; Amazon Inspector keeps what it says up to date by itself. */
function isOutdated({ status, age }: Extract<ScanAnswer, { kind: 'scan' }>): boolean {
  return status === 'COMPLETE' && age !== undefined && age > SCANNED_ONCE_IN;
}

function pauseAfter(asked: number, left: number): number {
  return Math.min(FIRST_PAUSE * 2 ** asked, LONGEST_PAUSE, left);
}

function stopped(
  { status, description }: Extract<ScanAnswer, { kind: 'scan' }>,
  { name, platform }: ScanProgress,
): Failure {
  const words = description === undefined ? '' : `: ${description}`;
  return new Failure({
    code: 'scan-unavailable',
    message: `scanFailOn: ECR cannot scan ${name} (${platform}), its status is ${status}${words}${/[.]$/.test(words) ? '' : '.'} The image has got no tag.`,
    hint: STOPPED[status] ?? '',
  });
}

/** What has to do with credentials or the network will not be another in a moment. */
function patienceFor(attempt: StartAttempt | undefined): number {
  if (attempt?.kind !== 'refused' || attempt.problem.code === 'ecr-failed') {
    return PATIENCE;
  }
  return attempt.problem.code === 'ecr-denied' ? PATIENCE_DENIED : 0;
}

function notBegun({ name, platform, attempt }: ScanProgress): Failure {
  if (attempt?.kind === 'refused' && attempt.problem.code !== 'ecr-failed') {
    return attempt.problem;
  }
  const words = attempt?.kind === 'refused' ? ` When it was asked to: ${attempt.problem.message}` : '';
  return new Failure({
    code: 'scan-unavailable',
    message: `scanFailOn: ECR has begun no scan of ${name} (${platform}) within ${PATIENCE / MINUTE} minutes, so the image has got no tag.${words}`,
    hint: 'Look at the scanning settings of the registry: with enhanced scanning, a filter has to cover this repository.',
  });
}

function timedOut(answer: ScanAnswer, { name, platform }: ScanProgress): Failure {
  const status = answer.kind === 'scan' ? answer.status : 'missing';
  return new Failure({
    code: 'scan-timeout',
    message: `scanFailOn: the scan of ${name} (${platform}) has not finished within ${LIMIT / MINUTE} minutes, its status is ${status}. The image has got no tag.`,
    hint: 'Run the job again: the build comes from the cache, and the scan may be done by then. If it stays so, look at the image in the console of ECR.',
  });
}
