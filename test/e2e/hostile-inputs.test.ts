import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { expectHarmless, HOSTILE_LINE, HOSTILE_LINES, namesIn } from '../support/hostile.ts';
import type { Job, StepOptions } from '../support/job.ts';

/** Bytes. Linux takes 128 KiB for a variable, which is how the runner hands an input over, its name included. */
const LONGEST = 130_000;
/** Inputs of that length beside each other: all variables together have a limit, too. */
const AT_ONCE = 10;

let bed: Bed;
let job: Job;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  job = await bed.job();
});
afterAll(() => bed.close());

const actions: readonly (readonly [string, StepOptions, Readonly<Record<string, string>>])[] = [
  ['action.yml', {}, { push: 'false' }],
  ['merge/action.yml', { action: 'merge' }, { platforms: 'linux/amd64,linux/arm64' }],
];

describe.each(actions)('every input of %s', (file, options, others) => {
  const run = async (given: Readonly<Record<string, string>>) => {
    const known = await namesIn(file, 'inputs');
    const inputs = Object.entries({ ...bed.inputs, ...others, ...given }).filter(([name]) => known.includes(name));
    const step = await job.step(Object.fromEntries(inputs), options);
    expectHarmless(step);
    const outputs = await namesIn(file, 'outputs');
    expect(Object.keys(step.outputs).filter((name) => !outputs.includes(name))).toEqual([]);
    return step;
  };

  it.each([
    ['a line', HOSTILE_LINE],
    ['lines', HOSTILE_LINES],
    ['a flag', '--output=type=local,dest=/tmp/bka-hostile-marker'],
    ['a path', '/../../../proc/self/environ'],
    ['the name of what every object has', '__proto__'],
    ['an equals sign', '=,=\n:=:\n@\n[\n{\n'],
  ])(`is text when all of ${file} are hostile: %s`, async (_, value) => {
    const names = await namesIn(file, 'inputs');
    const step = await run(Object.fromEntries(names.map((name) => [name, value])));
    expect(step.code).toBe(1);
  });

  it(`may be as long as the machine lets one of ${file} be`, async () => {
    const names = await namesIn(file, 'inputs');
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const long = ['a', ' ', 'a,'].map((unit) => unit.repeat(LONGEST / unit.length));
      const some = names.slice(at, at + AT_ONCE).map((name, index) => [name, `x${long[index % 3]}`]);
      await run(Object.fromEntries(some));
    }
  });

  it('is text by itself', { timeout: 300_000 }, async () => {
    for (const name of await namesIn(file, 'inputs')) {
      await run({ [name]: HOSTILE_LINE });
    }
  });
});
