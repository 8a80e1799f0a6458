import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { isMakerGone, makerTag } from '../../../src/machine/maker.ts';

it('knows this process, and that one has ended', async () => {
  const tag = await makerTag();
  expect(tag).toMatch(/^[0-9a-z-]{1,30}$/);
  expect(await isMakerGone('/nonexistent', tag)).toBe(false);
  const { pid } = spawnSync('true');
  expect(await isMakerGone('/nonexistent', tag.replace(/^\d+/, String(pid)))).toBe(true);
});

it('takes what has the number of a living process for that of another one, when it has started at another time', async () => {
  const [pid, start, place] = (await makerTag()).split('-');
  expect(await isMakerGone('/nonexistent', `${pid}-${Number(start) + 1}-${place}`)).toBe(true);
});

it('lets a maker of another PID namespace have an hour', async () => {
  const path = await mkdtemp('/tmp/bka-maker-');
  const tag = '1-1-00000000';
  expect(await isMakerGone(path, tag)).toBe(false);
  const before = new Date(Date.now() - 3_700_000);
  await utimes(path, before, before);
  expect(await isMakerGone(path, tag)).toBe(true);
  await rm(path, { recursive: true });
});
