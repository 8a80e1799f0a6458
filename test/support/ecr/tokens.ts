import { randomBytes } from 'node:crypto';
import type { Principal } from './principals.ts';

/** What a token opens: private registries of one region, or the public ones. */
export interface TokenScope {
  readonly service: 'ecr' | 'ecr-public';
  readonly region: string;
}

/** A password of the registry, bound to who asked for it and where. */
export interface Token extends TokenScope {
  readonly password: string;
  readonly principal: Principal;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface Tokens {
  mint(principal: Principal, scope: TokenScope): Token;
  /** Expired tokens are found too: what they get is another answer than unknown ones. */
  find(service: TokenScope['service'], password: string): Token | undefined;
  /** Ends the life of every token that was minted so far. */
  expireAll(): void;
}

/** @param lifetimeMs how long a token is valid; ECR's own live for twelve hours */
export function createTokens(lifetimeMs: number): Tokens {
  const minted = new Map<string, Token>();
  return {
    mint: (principal, scope) => {
      const password = randomBytes(1400).toString('base64url');
      const token = { ...scope, password, principal, expiresAt: Date.now() + lifetimeMs };
      minted.set(password, token);
      return token;
    },
    find: (service, password) => {
      const token = minted.get(password);
      return token?.service === service ? token : undefined;
    },
    expireAll: () => {
      for (const [password, token] of minted) {
        minted.set(password, { ...token, expiresAt: 0 });
      }
    },
  };
}

/** What GetAuthorizationToken answers for a token, in both services. */
export function authorizationOf({ password, expiresAt }: Token): { authorizationToken: string; expiresAt: number } {
  return { authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'), expiresAt: expiresAt / 1000 };
}
