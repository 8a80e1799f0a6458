import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localClient } from '../../../src/buildkit/client.ts';
import { nameStages } from '../../../src/buildkit/targets.ts';
import { Failure } from '../../../src/failure.ts';
import { contextArguments } from '../../../src/plan/arguments.ts';
import { makeDirectory } from '../job.ts';
import { PLAN } from '../plans.ts';

const MISSING = new Failure({ code: 'target-missing', message: 'target stage "nope" could not be found', hint: 'x' });

/** A program in the place of buildctl. */
async function makeProgram(script: string): Promise<string> {
  const path = join(await makeDirectory(), 'buildctl');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function name(error: unknown, script: string): Promise<unknown> {
  const directory = await makeDirectory();
  const step = { directory, dockerConfig: directory };
  return nameStages(error, PLAN, { client: localClient(await makeProgram(script), 'unix:///fake'), step, env: {} });
}

describe('the error of a target that is missing', () => {
  it.each([
    ['names', 'build          \nprod (default) The shop', 'Correct target. Its stages are build, prod.'],
    ['one name', 'prod (default) ', 'Correct target. Its stages are prod.'],
    ['names and a last stage without one', 'build     \n(default) ', 'Correct target. Its stages are build.'],
    ['no names', '  The first\n(default) ', 'Correct target. No stage of it has a name (FROM … AS NAME).'],
  ])('tells of stages with %s', async (_, stages, hint) => {
    const script = `cat <<'EOF'\nTARGET DESCRIPTION\n${stages}\nEOF`;
    expect(await name(MISSING, `PATH=/bin:/usr/bin\n${script}`)).toMatchObject({
      code: 'target-missing',
      message: MISSING.message,
      hint,
      cause: MISSING,
    });
  });

  it('asks BuildKit about the same Dockerfile', async () => {
    const args = await makeDirectory();
    await name(MISSING, `for each in "$@"; do echo "$each"; done > ${join(args, 'args')}`);
    expect((await readFile(join(args, 'args'), 'utf8')).trim().split('\n')).toEqual([
      ...['--addr', 'unix:///fake', 'build', '--frontend', 'dockerfile.v0'],
      ...contextArguments(PLAN),
      ...['--opt', 'requestid=frontend.targets', '--opt', 'cmdline=builtin'],
    ]);
  });

  it('stays when BuildKit cannot be asked', async () => {
    expect(await name(MISSING, 'exit 1')).toMatchObject({ code: 'target-missing', message: MISSING.message });
  });
});

it.each([
  ['another failure', new Failure({ code: 'build-failed', message: 'it broke', hint: 'x' })],
  ['a bug', new TypeError('x')],
])('%s stays as it is', async (_, error) => {
  expect(await name(error, 'echo never; exit 1')).toBe(error);
});
