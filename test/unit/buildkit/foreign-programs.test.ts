import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { explainBuildError } from '../../../src/buildkit/errors.ts';

async function sample(name: string): Promise<string> {
  return readFile(new URL(`../../fixtures/buildkit/errors/${name}.txt`, import.meta.url), 'utf8');
}

function failedStep(step: string, line: string, command = '/bin/sh -c make'): string {
  const reason = `process "${command}" did not complete successfully: exit code: 1`;
  return ['------', ` > ${step}:`, line, '------', `error: failed to solve: ${reason}`, ''].join('\n');
}

describe('a program that the machine cannot run', () => {
  it.each([
    ['exec-format-error', ['linux/arm64'], 'linux/arm64'],
    ['exec-format-platforms', ['linux/s390x', 'linux/arm64'], 'linux/arm64'],
    ['exec-format-error', ['linux/s390x', 'linux/arm64'], 'linux/s390x or linux/arm64'],
  ])('%s, without an emulator for %j', async (name, unable, platforms) => {
    const { code, message, hint } = explainBuildError(await sample(name), unable);
    expect(code).toBe('emulator-missing');
    expect(message).toContain(': exec format error');
    expect(hint).toContain(`This runner cannot run programs for ${platforms}. `);
  });

  it.each([
    ['exec-format-error', []],
    ['exec-format-platforms', []],
    ['exec-format-platforms', ['linux/s390x']],
    ['emulated-foreign', []],
  ])('%s, with emulators for all but %j, is the wrong one', async (name, unable) => {
    const { code, hint } = explainBuildError(await sample(name), unable);
    expect([code, hint]).toEqual(['program-foreign', expect.stringContaining('Take a base image for the platform')]);
  });

  it.each([
    '0.1 /bin/sh: 1: /usr/bin/tool: Exec format error',
    '0.1 /bin/bash: line 1: /tool: cannot execute binary file: Exec format error',
  ])('may be started by a shell: %s', (line) => {
    expect(explainBuildError(failedStep('[1/1] RUN /tool', line)).code).toBe('program-foreign');
  });

  it('is not one that only speaks of it', () => {
    const line = '0.1 testing for "exec format error" ... failed';
    expect(explainBuildError(failedStep('[1/1] RUN make', line)).code).toBe('build-failed');
  });

  it('may be for a variant that is not emulated', () => {
    const reason =
      'failed to solve: no support for running processes with linux/amd64/v4 platform, supported: linux/amd64, linux/amd64/v2';
    const { code, hint } = explainBuildError(`error: ${reason}\n`);
    expect([code, hint]).toEqual(['emulator-missing', expect.stringContaining('what linux/amd64/v4 asks for')]);
  });
});

it('a step that fails in an emulator may work on its own processor', () => {
  const output = failedStep('[1/1] RUN make', '0.1 Segmentation fault', '/dev/.buildkit_qemu_emulator /bin/sh -c make');
  const { code, hint } = explainBuildError(output);
  expect([code, hint]).toEqual(['build-failed', expect.stringContaining('The step ran emulated.')]);
});
