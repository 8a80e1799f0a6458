/** Ids of the machine that a user may use inside of a user namespace of its own. */
export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** A user as the files of subordinate ids name it: by either of them. */
export interface User {
  /** Undefined: the machine knows the number only. */
  readonly name: string | undefined;
  readonly uid: number;
}

/** What an image needs: ids 1 to 65535 and nobody. Source: rootless containers, "subuid and subgid". */
export const IDS_NEEDED = 65_536;

/**
 * The ranges of a user in /etc/subuid or /etc/subgid.
 * Source: subuid(5): `NAME_OR_UID:FIRST:COUNT` per line.
 */
export function subordinateIds(text: string, { name, uid }: User): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [owner, first = '', count = '', ...others] = line.trim().split(':');
    const isTheirs = owner === String(uid) || (name !== undefined && owner === name);
    return isTheirs && others.length === 0 ? rangeOf(first, count) : [];
  });
}

/** The ranges that `getsubids` prints, which also asks directories such as LDAP: `0: NAME FIRST COUNT`. */
export function printedIds(text: string): IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [, , first = '', count = ''] = line.trim().split(/\s+/);
    return rangeOf(first, count);
  });
}

export function countIds(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, { count }) => sum + count, 0);
}

function rangeOf(first: string, count: string): IdRange[] {
  return /^\d+$/.test(first) && /^\d+$/.test(count) ? [{ first: Number(first), count: Number(count) }] : [];
}
