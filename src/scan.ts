import { setTimeout as pause } from 'node:timers/promises';
import * as core from '@actions/core';
import type { Scanner } from './aws/scan.ts';
import { isCancellation, unlessCancelled } from './cancellation.ts';
import type { Destination } from './destination.ts';
import { Failure } from './failure.ts';
import type { Inputs } from './inputs.ts';
import { log, warn } from './log.ts';
import { formatDigestName } from './plan/image.ts';
import { imagesOf } from './plan/manifest.ts';
import { builtPlatforms, formatPlatform } from './plan/platforms.ts';
import type { Reference } from './plan/reference.ts';
import { formatCounts, joinScans, judgeFindings, type PlatformScan, type ScanReport } from './plan/scan.ts';
import { followScan, type StartAttempt } from './plan/scan-progress.ts';
import { withNames } from './registry/arrival.ts';
import type { Manifest } from './registry/repository.ts';
import { putTags } from './registry/tags.ts';
import { findingsTable } from './report/findings.ts';
import { formatDuration } from './report/format.ts';
import type { Runner } from './runner.ts';

/** What became of the names of an image that was built. */
export interface Release {
  /** Names that it has got. */
  readonly tagged: readonly Reference[];
  /** Undefined: it was not scanned to the end. */
  readonly scan: ScanReport | undefined;
  /** Why the step fails, although the image is in the registry: it has got no tag. */
  readonly refusal: Failure | undefined;
}

interface Job {
  readonly inputs: Inputs;
  readonly runner: Runner;
  readonly destination: Destination;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/**
 * With `scanFailOn`, has the image scanned that was pushed by digest, and puts its tags in all registries when it passes.
 * Without it, the image was pushed with its tags.
 * @throws Failure `push-…`, `tag-immutable`, `registry-unreachable`: a tag cannot be put; `build-cancelled`
 */
export async function scanAndTag(digest: string, job: Job): Promise<Release> {
  const { inputs, destination, signal } = job;
  const { push, scanFailOn: level } = inputs;
  const { names, repositories, registries } = destination;
  const [home] = repositories;
  if (level === undefined || !push || registries === undefined || home === undefined) {
    if (level !== undefined) {
      log('scanFailOn: nothing is scanned, because nothing was pushed.');
    }
    return { tagged: push ? names.references : [], scan: undefined, refusal: undefined };
  }
  const manifest = await home.manifest(digest);
  if (manifest === undefined) {
    throw new Failure({
      code: 'push-refused',
      message: `${formatDigestName(home.name, digest)} was pushed, but the registry does not have it.`,
      hint: 'Look for a lifecycle policy or somebody who removes images without tags at once.',
    });
  }
  const { openScanner } = await import('./aws/scan.ts');
  const scanner = openScanner(home.name, registries);
  const nameOf = (image: string) => formatDigestName(home.name, image);
  const scanning = () =>
    core.group(`Scan ${inputs.imageShortName}`, () => scanPlatforms(manifest, { ...job, scanner, nameOf }));
  // Without references: no name has been put, and where the image is has to be told.
  const pushed = { digest, references: [], repositories };
  const scan = await unlessCancelled(scanning, signal).catch(async (error: unknown) => {
    const refusal = asRefusal(error);
    if (isCancellation(refusal)) {
      throw await withNames(refusal, pushed);
    }
    return refusal;
  });
  if (scan instanceof Failure) {
    return { tagged: [], scan: undefined, refusal: scan };
  }
  log(`Scanned: ${formatCounts(scan.counts)}`);
  findingsTable(scan.rows).forEach(log);
  const refusal = judgeFindings(scan, { level, name: nameOf(digest) });
  if (refusal === undefined) {
    (await putTags(manifest, { references: names.references, repositories, signal })).forEach(warn);
  }
  return { tagged: refusal === undefined ? names.references : [], scan, refusal };
}

interface Scan extends Job {
  readonly scanner: Scanner;
  /** The full name of a digest. */
  readonly nameOf: (digest: string) => string;
}

/** All platforms at the same time; the first that cannot be scanned ends the others. */
async function scanPlatforms(manifest: Manifest, scan: Scan): Promise<ScanReport> {
  const { inputs, runner, signal } = scan;
  const images = imagesOf(manifest.text);
  const [own] = builtPlatforms(inputs, runner);
  // A manifest that is no index has the one platform that was built.
  const targets =
    images.length === 0
      ? [{ platform: own, digest: manifest.digest }]
      : images.map(({ platform, digest }) => ({
          platform: platform === undefined ? digest : formatPlatform(platform),
          digest,
        }));
  const others = new AbortController();
  const either = AbortSignal.any([signal, others.signal]);
  const begin = performance.now();
  try {
    return joinScans(
      await Promise.all(targets.map((target) => scanPlatform(target, { ...scan, signal: either, begin }))),
    );
  } finally {
    others.abort();
  }
}

async function scanPlatform(
  { platform, digest }: { platform: string; digest: string },
  { scanner, nameOf, signal, begin }: Scan & { begin: number },
): Promise<PlatformScan> {
  let attempt: StartAttempt | undefined;
  for (let asked = 0; ; asked += 1) {
    const answer = await scanner.ask(digest);
    // The clock of the machine may be set anew in the meantime; this one is not.
    const elapsed = performance.now() - begin;
    signal.throwIfAborted();
    const status = answer.kind === 'none' ? 'no scan yet' : answer.status;
    log(`${platform} ${status} (${formatDuration(elapsed)})`);
    const step = followScan(answer, { name: nameOf(digest), platform, elapsed, asked, attempt });
    switch (step.kind) {
      case 'done':
        return { platform, findings: step.findings, counts: step.counts };
      case 'start':
        attempt = await scanner.start(digest);
        log(`${platform} ${attempt.kind === 'started' ? 'scan started' : 'scan not started'}`);
        break;
      case 'wait':
        await pause(step.pause, undefined, { signal });
        break;
    }
  }
}

/** The image is there, and so are its outputs: the step tells of it before it fails. */
function asRefusal(error: unknown): Failure {
  if (error instanceof Failure) {
    return error;
  }
  throw error;
}
