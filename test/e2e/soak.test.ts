import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runProgram } from '../support/program-run.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/soak.ts');

it('a short soak run loses nothing and leaves nothing', { timeout: 300_000 }, async () => {
  const args = ['--builds', '6', '--minutes', '0', '--parallel', '2', '--seed', '2'];
  const { PATH = '', HOME = '', BUILDKIT_AWS_TOOLS, XDG_CACHE_HOME } = process.env;
  const optional = Object.entries({ BUILDKIT_AWS_TOOLS, XDG_CACHE_HOME }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const env = { PATH, HOME, ...Object.fromEntries(optional) };
  const { code, output } = await runProgram([process.execPath, SCRIPT, ...args], { env });
  expect(code, output).toBe(0);
  expect(output).toMatch(/^all +[67] /m);
  expect(output).toMatch(/[67] builds: none lost, none leaked$/m);
});
