import { randomBytes } from 'node:crypto';
import type { Token, Tokens } from './tokens.ts';

/** What the token service of the public registry hands out: short names for who asked it, nobody in particular included. */
export interface Bearers {
  /** @param token undefined for who gave no credentials */
  issue(token: Token | undefined): string;
  /** @returns undefined for what was not issued here, or for a token that is too old */
  find(bearer: string): { readonly token: Token | undefined } | undefined;
}

export function createBearers(tokens: Tokens): Bearers {
  const issued = new Map<string, string | undefined>();
  return {
    issue: (token) => {
      const bearer = `fake-bearer-${randomBytes(60).toString('base64url')}`;
      issued.set(bearer, token?.password);
      return bearer;
    },
    find: (bearer) => {
      if (!issued.has(bearer)) {
        return undefined;
      }
      const password = issued.get(bearer);
      const token = password === undefined ? undefined : tokens.find('ecr-public', password);
      return token !== undefined && token.expiresAt <= Date.now() ? undefined : { token };
    },
  };
}
