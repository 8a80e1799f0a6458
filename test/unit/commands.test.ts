import { afterEach, expect, it, vi } from 'vitest';
import { openCommands } from '../../src/commands.ts';
import { runnerLines } from '../support/runner-commands.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('what is issued in the middle of a build is taken, and what the build prints is not', async () => {
  const printed: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const commands = openCommands();
  const print = (line: string) => process.stdout.write(`${line}\n`);
  commands.issue(() => print('::add-mask::before'));
  const work = commands.without(async () => {
    print('::add-mask::build');
    commands.issue(() => print('::add-mask::issued'));
    print('::error::build');
    return 1;
  });
  expect(await work).toBe(1);
  print('::add-mask::after');
  const taken = runnerLines(printed.join('')).flatMap(({ command }) => command?.data ?? []);
  expect(taken.filter((data) => /^[a-z]+$/.test(data))).toEqual(['before', 'issued', 'after']);
});

it('a build that fails ends it, too', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const failing = openCommands().without(async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  const [[start] = [], [end] = []] = write.mock.calls;
  expect(end).toBe(String(start).replace('stop-commands::', '').replace('\n', '::\n'));
});
