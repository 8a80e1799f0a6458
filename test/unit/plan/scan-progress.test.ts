import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { FailureCode } from '../../../src/failure-codes.ts';
import { followScan, type ScanAnswer, type ScanProgress } from '../../../src/plan/scan-progress.ts';
import { problemOf } from '../failures.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const BEGIN: ScanProgress = {
  name: 'registry.example/app@sha256:0a',
  platform: 'linux/arm64',
  elapsed: 0,
  asked: 0,
  attempt: undefined,
};
const NONE: ScanAnswer = { kind: 'none' };
const NOTHING = { kind: 'scan', findings: [], counts: {} } as const;

function scan(status: string, description?: string): ScanAnswer {
  return { kind: 'scan', status, description, findings: [], counts: {} };
}

function refused(code: FailureCode): Partial<ScanProgress> {
  return { attempt: { kind: 'refused', problem: new Failure({ code, message: 'Said by AWS.', hint: 'Do it.' }) } };
}

describe('the next question', () => {
  it.each([
    ['first after', 0, 0, 2 * SECOND],
    ['then after', 2 * SECOND, 1, 4 * SECOND],
    ['then after', 6 * SECOND, 2, 8 * SECOND],
    ['later every', 2 * MINUTE, 9, 10 * SECOND],
    ['also much later every', 14 * MINUTE, 900, 10 * SECOND],
    ['at the limit at the latest, after', 15 * MINUTE - 500, 60, 500],
  ])('comes %s (%i ms, %i questions) %i ms', (_, elapsed, asked, pause) => {
    expect(followScan(scan('IN_PROGRESS'), { ...BEGIN, elapsed, asked })).toEqual({ kind: 'wait', pause });
  });

  it.each(['PENDING', 'IN_PROGRESS', 'SOMETHING_NEW', 'constructor'])('comes while the status is %s', (status) => {
    expect(followScan(scan(status), BEGIN).kind).toBe('wait');
  });

  it.each(['COMPLETE', 'ACTIVE'])('does not come after %s, at any time', (status) => {
    const answer: ScanAnswer = { kind: 'scan', status, findings: [], counts: { LOW: 1 } };
    const done = { kind: 'done', findings: [], counts: { LOW: 1 } };
    expect(followScan(answer, { ...BEGIN, elapsed: 16 * MINUTE })).toEqual(done);
  });
});

describe('a scan of another day', () => {
  const DAY = 24 * 60 * MINUTE;
  const old = (age: number, status = 'COMPLETE'): ScanAnswer => ({ ...NOTHING, status, age });

  it.each([
    ['is made anew', old(DAY + 1), {}, 'start'],
    ['is good enough within a day', old(DAY), {}, 'done'],
    ['is waited for when it was started', old(DAY + 1), { attempt: { kind: 'started' } as const }, 'wait'],
    [
      'counts when the new one does not come',
      old(DAY + 1),
      { attempt: { kind: 'started' } as const, elapsed: 2 * MINUTE },
      'done',
    ],
    ['counts when ECR refuses another one', old(DAY + 1), refused('ecr-failed'), 'done'],
    ['counts when another one is not allowed', old(DAY + 1), refused('ecr-denied'), 'done'],
    ['is kept up to date by Amazon Inspector', old(DAY + 1, 'ACTIVE'), {}, 'done'],
  ])('%s', (_, answer, progress, kind) => {
    expect(followScan(answer, { ...BEGIN, ...progress }).kind).toBe(kind);
  });
});

describe('a scan that is not there', () => {
  it('is started once', () => {
    expect(followScan(NONE, BEGIN)).toEqual({ kind: 'start' });
    expect(followScan(NONE, { ...BEGIN, attempt: { kind: 'started' } })).toEqual({ kind: 'wait', pause: 2 * SECOND });
  });

  it.each([
    ['has two minutes to show up', { attempt: { kind: 'started' } as const }, 2 * MINUTE, 'scan-unavailable'],
    ['has the same when ECR refuses to start it', refused('ecr-failed'), 2 * MINUTE, 'scan-unavailable'],
    ['has twenty seconds when it may not be started', refused('ecr-denied'), 20 * SECOND, 'ecr-denied'],
    ['has no time without credentials', refused('credentials-expired'), 0, 'credentials-expired'],
  ])('%s', async (_, attempt, patience, code) => {
    const after = (elapsed: number) => problemOf(() => followScan(NONE, { ...BEGIN, ...attempt, elapsed, asked: 9 }));
    expect((await after(patience)).code).toBe(code);
    if (patience > 0) {
      const last = followScan(NONE, { ...BEGIN, ...attempt, elapsed: patience - 1, asked: 9 });
      expect(last).toEqual({ kind: 'wait', pause: 1 });
    }
  });

  it('says what ECR said when it was asked to begin', async () => {
    const progress = { ...BEGIN, ...refused('ecr-failed'), elapsed: 2 * MINUTE };
    const { message } = await problemOf(() => followScan(NONE, progress));
    expect(message).toBe(
      'scanFailOn: ECR has begun no scan of registry.example/app@sha256:0a (linux/arm64) within 2 minutes, so the image has got no tag. When it was asked to: Said by AWS.',
    );
  });
});

describe('a scan that cannot be waited for', () => {
  it.each([
    'FAILED',
    'UNSUPPORTED_IMAGE',
    'FINDINGS_UNAVAILABLE',
    'SCAN_ELIGIBILITY_EXPIRED',
    'LIMIT_EXCEEDED',
    'IMAGE_ARCHIVED',
  ])('ends with %s, and what to do about it', async (status) => {
    const problem = await problemOf(() => followScan(scan(status, 'ECR says so'), BEGIN));
    expect(problem.code).toBe('scan-unavailable');
    expect(problem.message).toContain(
      `cannot scan registry.example/app@sha256:0a (linux/arm64), its status is ${status}: ECR says so. The image has got no tag.`,
    );
    expect(problem.hint).toMatch(/\w{3,}.*[.]$/);
  });

  it('has 15 minutes', async () => {
    const progress = { ...BEGIN, elapsed: 15 * MINUTE, asked: 60 };
    const problem = await problemOf(() => followScan(scan('PENDING'), progress));
    expect(problem).toMatchObject({ code: 'scan-timeout', message: expect.stringContaining('its status is PENDING.') });
  });
});
