/** Name of the profile that the action proposes, and of its file in /etc/apparmor.d. */
export const PROFILE = 'buildkit-aws-rootlesskit';

/**
 * A profile that lets one program make user namespaces and confines it no further.
 * Source: Ubuntu 24.04, release notes, "Unprivileged user namespace restrictions"; apparmor.d(5).
 * @param program absolute path, without links
 */
export function userNamespaceProfile(program: string): string {
  return [
    'abi <abi/4.0>,',
    'include <tunables/global>',
    '',
    `profile ${PROFILE} "${program}" flags=(unconfined) {`,
    '  userns,',
    `  include if exists <local/${PROFILE}>`,
    '}',
  ].join('\n');
}

/**
 * Whether a file of /etc/apparmor.d has a profile that is for this program and lets it make user namespaces. Variables
 * such as `@{HOME}` are not resolved: such a profile counts as one for another program.
 * @param program absolute path, without links
 */
export function allowsUserNamespaces(text: string, program: string): boolean {
  const rules = text.replaceAll(/^[ \t]*#.*$/gm, '');
  // With or without a name before it, with or without quotes; flags may follow.
  const heads = [
    ...rules.matchAll(
      /^[ \t]*(?:profile[ \t]+)?(?:[^\s"{/]+[ \t]+)?(?:"(?<quoted>\/[^"\n]+)"|(?<plain>\/\S+))[ \t][^\n]*\{/gm,
    ),
  ];
  const isFor = heads.some(({ groups }) => patternOf(groups?.quoted ?? groups?.plain ?? '').test(program));
  return isFor && /^[ \t]*(?:allow\s+)?userns\b/m.test(rules);
}

/** Source: apparmor.d(5), "Globbing". */
function patternOf(glob: string): RegExp {
  const source = glob.replaceAll(
    /\*\*|[*?{},]|[^*?{},]+/g,
    (part) => GLOBS[part] ?? part.replaceAll(/[.+^$()|[\]\\]/g, '\\$&'),
  );
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return /^\b$/;
  }
}

const GLOBS: Readonly<Record<string, string>> = {
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
  '{': '(?:',
  '}': ')',
  ',': '|',
};
