import { describe, expect, it } from 'vitest';
import { allowsUserNamespaces, userNamespaceProfile } from '../../../src/plan/apparmor.ts';

const PROGRAM = '/opt/work/_tool/rootlesskit/3.1.0-sha256.xb1/amd64/bin/rootlesskit';

function profile(head: string, rule = 'userns,'): string {
  return `abi <abi/4.0>,\ninclude <tunables/global>\n${head} {\n  ${rule}\n}\n`;
}

describe('a profile of AppArmor', () => {
  it('as it is proposed lets the program make user namespaces, also with blanks in its path', () => {
    for (const program of [PROGRAM, '/opt/my tools/rootlesskit', '/opt/a+b(c)/rootlesskit']) {
      expect(allowsUserNamespaces(userNamespaceProfile(program), program)).toBe(true);
    }
  });

  it.each([
    ['by its path', profile(`profile kit ${PROGRAM} flags=(unconfined)`), true],
    ['by its path alone', profile(PROGRAM), true],
    ['with stars', profile('profile kit /opt/work/_tool/rootlesskit/*/*/bin/rootlesskit flags=(unconfined)'), true],
    ['with two stars', profile('profile kit "/opt/**/rootlesskit"'), true],
    ['with alternatives', profile('profile kit /{opt,srv}/work/**/bin/rootlesskit'), true],
    ['that is for another program', profile('profile rootlesskit /usr/bin/rootlesskit flags=(unconfined)'), false],
    ['with a star that would have to cross a directory', profile('profile kit /opt/work/*/rootlesskit'), false],
    ['without the rule', profile(`profile kit ${PROGRAM}`, 'capability,'), false],
    ['that is a comment', profile(`#profile kit ${PROGRAM}`), false],
    ['whose rule is a comment', profile(`profile kit ${PROGRAM}`, '# userns,'), false],
    ['that cannot be read', profile('profile kit /opt/{work'), false],
    ['that is empty', '', false],
  ])('%s', (_, text, expected) => {
    expect(allowsUserNamespaces(text, PROGRAM)).toBe(expected);
  });
});
