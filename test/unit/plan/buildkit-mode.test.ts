import { describe, expect, it } from 'vitest';
import { decideMode, type Machine, type Mode } from '../../../src/plan/buildkit-mode.ts';
import { problemOf } from '../failures.ts';

const ROOT: Machine = { uid: 0, canMount: true, sudoRefusal: undefined, obstacles: [] };
const SUDO: Machine = { uid: 1001, canMount: false, sudoRefusal: undefined, obstacles: [] };
const REFUSED: Machine = { ...SUDO, sudoRefusal: 'sudo: a password is required' };
const LACKING: Machine = {
  ...REFUSED,
  obstacles: [{ missing: 'the program newuidmap', fix: 'install it\nthen again' }],
};

describe('the way in which a daemon runs', () => {
  it.each<[Mode, string, Machine, string]>([
    ['auto', 'root', ROOT, 'root'],
    ['root', 'root', ROOT, 'root'],
    ['auto', 'a user with sudo', SUDO, 'sudo'],
    ['root', 'a user with sudo', SUDO, 'sudo'],
    ['rootless', 'a user with sudo', SUDO, 'rootless'],
    ['auto', 'a user without sudo', REFUSED, 'rootless'],
    ['rootless', 'a user without sudo', REFUSED, 'rootless'],
  ])('with %s for %s', (mode, _, machine, privilege) => {
    expect(decideMode(mode, machine).privilege).toBe(privilege);
  });

  it('comes with its reason', () => {
    expect(decideMode('auto', REFUSED).reason).toBe('there is no way to become root (sudo: a password is required)');
  });

  it.each<[Mode, string, Machine, string, RegExp]>([
    ['auto', 'root that may not mount', { ...ROOT, canMount: false }, 'privileges-missing', /CAP_SYS_ADMIN/],
    ['root', 'root that may not mount', { ...ROOT, canMount: false }, 'privileges-missing', /CAP_SYS_ADMIN/],
    ['rootless', 'root', ROOT, 'rootless-unavailable', /the runner's user is root/],
    ['root', 'a user without sudo', REFUSED, 'privileges-missing', /a password is required\.$/],
    [
      'rootless',
      'a user who lacks something',
      LACKING,
      'rootless-unavailable',
      /- the program newuidmap\.\n {2}install it\n {2}then again/,
    ],
    [
      'auto',
      'a user who lacks something',
      LACKING,
      'privileges-missing',
      /required\.\nRootless BuildKit cannot run either:\n- the/,
    ],
  ])('is none with %s for %s', async (mode, _, machine, code, words) => {
    const problem = await problemOf(() => decideMode(mode, machine));
    expect(problem.code).toBe(code);
    expect(problem.message).toMatch(words);
    expect(problem.hint).toContain('or give the address of a running BuildKit as buildkitHost');
  });
});
