import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { startGuardedRegistry } from '../support/guarded-registry.ts';
import type { StepResult } from '../support/job.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

/** What people see below the log's last group. */
function afterGroups({ log }: StepResult): string {
  return log.slice(log.lastIndexOf('::endgroup::') + '::endgroup::'.length).trim();
}

describe('the log of a step', () => {
  let result: StepResult;
  beforeAll(async () => {
    result = await (await bed.job()).step(bed.inputs);
    expect(result, result.output).toMatchObject({ code: 0 });
  });

  it('has a group for each phase with its time, which stands below the group of the build', () => {
    const titles = [...result.log.matchAll(/^::group::(.*)$/gm)].map(([, title = '']) => title);
    expect(titles.join('\n')).toMatch(/^Start BuildKit.* · [\d.]+ s$/m);
    expect(titles.join('\n')).toMatch(/^Log in to .* · [\d.]+ s$/m);
    expect(titles.at(-1)).toBe('Build app');
    expect(result.log).toMatch(/^Build app · [\d.]+ s$/m);
    expect(result.log.split('::group::').length).toBe(result.log.split('::endgroup::').length);
  });

  it('has BuildKit’s progress in the group of the build, and nothing of it elsewhere', () => {
    const [before = '', build = ''] = result.log.split('::group::Build app');
    expect(stripVTControlCharacters(build)).toMatch(/^#\d+ \[2\/2\] RUN echo built > \/built$/m);
    expect(before).not.toMatch(/^#\d+ /m);
  });

  it('ends outside of groups, with what one wants to copy', () => {
    const { imageFullNameTag, imageFullNameDigest } = result.outputs;
    expect(afterGroups(result).split('\n').slice(-2).join('\n')).toContain(imageFullNameTag ?? 'no output');
    expect(afterGroups(result).split('\n').at(-1)).toContain(imageFullNameDigest ?? 'no output');
  });
});

it('says every ten seconds how far a long download is: amount, total and rate', { timeout: 120_000 }, async () => {
  const slow = await startGuardedRegistry({ registry: bed.registry, rate: 40_000 });
  const base = bed.baseImage.replace(bed.registry.host, slow.host);
  const result = await (await bed.job({ files: { Dockerfile: dockerfile(base, 'RUN echo slow > /built') } })).step({
    ...bed.inputs,
    imageTag: 'slow',
  });
  await slow.close();
  expect(result, result.output).toMatchObject({ code: 0 });
  const lines = result.log.split('\n').filter((line) => line.includes('B/s') && line.startsWith('… [1/2] FROM'));
  expect(lines.length, result.log).toBeGreaterThan(0);
  expect(lines[0]).toMatch(/: [\d.]+ [kM]?B of [\d.]+ [kM]B, [\d.]+ k?B\/s$/);
});

describe('a step that is debugged', () => {
  let debugged: string;
  beforeAll(async () => {
    const job = await bed.job();
    const result = await job.step(
      { ...bed.inputs, imageTag: 'debugged', secrets: 'token=fake-secret-of-debug' },
      { env: { RUNNER_DEBUG: '1' } },
    );
    expect(result, result.output).toMatchObject({ code: 0 });
    debugged = result.output
      .split('\n')
      .filter((line) => line.startsWith('::debug::'))
      .join('\n');
  });

  it('has the log of the daemon', () => {
    expect(debugged).toContain('Log of the BuildKit daemon:');
    expect(debugged).toContain('running server on');
  });

  it('has the plan, without the values of secrets', () => {
    expect(debugged).toContain('debugged');
    expect(debugged).toContain('token');
    expect(debugged).not.toContain('fake-secret-of-debug');
  });

  it('has the time of each phase', () => {
    expect(debugged).toMatch(/Start BuildKit.*: \d+ ms, ended \d+ ms after the start of the action/);
    expect(debugged).toMatch(/Build app: \d+ ms/);
  });

  it('has each call of AWS with the id of its request', () => {
    expect(debugged).toMatch(/GetAuthorizationToken.*[0-9a-f]{8}-[0-9a-f-]{27}/);
  });
});
