import { randomBytes } from 'node:crypto';
import type { Principal } from './principals.ts';

/** A password of the registry, bound to who asked for it and where. */
export interface Token {
  readonly password: string;
  readonly principal: Principal;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface Tokens {
  mint(principal: Principal, region: string): Token;
  /** Expired tokens are found too: what they get is another answer than unknown ones. */
  find(password: string): Token | undefined;
  /** Ends the life of every token that was minted so far. */
  expireAll(): void;
}

/** @param lifetimeMs how long a token is valid; ECR's own live for twelve hours */
export function createTokens(lifetimeMs: number): Tokens {
  const minted = new Map<string, Token>();
  return {
    mint: (principal, region) => {
      const password = randomBytes(1400).toString('base64url');
      const token = { password, principal, region, expiresAt: Date.now() + lifetimeMs };
      minted.set(password, token);
      return token;
    },
    find: (password) => minted.get(password),
    expireAll: () => {
      for (const [password, token] of minted) {
        minted.set(password, { ...token, expiresAt: 0 });
      }
    },
  };
}
