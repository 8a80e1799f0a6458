import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPrograms, isOnPath, PROGRAM_NAMES, pathWith, programsIn } from '../../../src/buildkit/programs.ts';
import { problemOf } from '../failures.ts';
import { makeDirectory } from '../job.ts';

/** A workspace whose directory `bin` has these programs. */
async function makeWorkspace(programs: readonly string[]): Promise<string> {
  const workspace = await makeDirectory({ 'bin/README': '' });
  for (const name of programs) {
    await writeFile(join(workspace, 'bin', name), '');
    await chmod(join(workspace, 'bin', name), 0o755);
  }
  return workspace;
}

describe('the programs of buildkitPath', () => {
  it.each([
    ["BuildKit's own names", ['buildctl', 'buildkitd', 'buildkit-runc'], 'buildkit-runc'],
    ['a plain runc', ['buildctl', 'buildkitd', 'runc'], 'runc'],
    ['both', ['buildctl', 'buildkitd', 'buildkit-runc', 'runc'], 'buildkit-runc'],
  ])('with %s', async (_, names, runc) => {
    const workspace = await makeWorkspace(names);
    const directory = join(workspace, 'bin');
    expect(await findPrograms({ path: 'bin', workspace, isRemote: false })).toEqual({
      ...programsIn(directory),
      runc: join(directory, runc),
    });
  });

  it.each([
    ['buildctl', ['buildkitd', 'buildkit-runc'], 'it has no program buildctl'],
    ['buildkitd', ['buildctl', 'buildkit-runc'], 'it has no program buildkitd'],
    ['runc', ['buildctl', 'buildkitd'], 'it has no program runc'],
  ])('without %s', async (_, names, reason) => {
    const workspace = await makeWorkspace(names);
    expect(await problemOf(() => findPrograms({ path: 'bin', workspace, isRemote: false }))).toEqual({
      code: 'buildkit-programs-missing',
      message: `buildkitPath: "bin" cannot be used: ${reason}.`,
      hint: 'The directory needs buildctl, buildkitd and buildkit-runc (or runc), all executable.',
    });
  });

  it('that nobody may run', async () => {
    const workspace = await makeWorkspace(['buildctl', 'buildkitd', 'buildkit-runc']);
    await chmod(join(workspace, 'bin/buildkitd'), 0o644);
    const { message } = await problemOf(() => findPrograms({ path: 'bin', workspace, isRemote: false }));
    expect(message).toContain('it has no program buildkitd');
  });

  it('in no directory', async () => {
    const workspace = await makeWorkspace([]);
    const { message } = await problemOf(() => findPrograms({ path: 'no-such-directory', workspace, isRemote: false }));
    expect(message).toContain('there is no such directory');
  });
});

it('the programs of a directory have their names', () => {
  const { buildctl, buildkitd, runc } = programsIn('/fake');
  expect([buildctl, buildkitd, runc]).toEqual(PROGRAM_NAMES.map((name) => `/fake/${name}`));
});

it('helpers that are kept elsewhere are looked for after the programs of the directory', () => {
  const programs = { ...programsIn('/fake'), helpers: ['/one', '/two'] };
  expect(pathWith(programs, '/usr/bin')).toBe('/fake:/one:/two:/usr/bin');
});

it('a helper is found in any directory of a path that exists, when it may be run', async () => {
  const workspace = await makeWorkspace(['buildkit-qemu-arm']);
  await writeFile(join(workspace, 'bin', 'buildkit-qemu-s390x'), '', { mode: 0o644 });
  const path = pathWith({ ...programsIn(join(workspace, 'none')), helpers: [join(workspace, 'bin')] }, '/usr/bin');
  const names = ['buildkit-qemu-arm', 'buildkit-qemu-s390x', 'buildkit-qemu-ppc64le'];
  expect(await Promise.all(names.map((name) => isOnPath(name, path)))).toEqual([true, false, false]);
});

it.each([
  ['/usr/bin:/bin', '/fake:/usr/bin:/bin'],
  ['', '/fake:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  [undefined, '/fake:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
])('on a path of %j they come first', (path, expected) => {
  expect(pathWith(programsIn('/fake'), path)).toBe(expected);
});
