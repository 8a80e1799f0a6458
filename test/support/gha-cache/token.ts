import { randomBytes } from 'node:crypto';
import { at, parseJson, textAt } from '../../../src/json.ts';

/** A branch or pull request whose caches a job may use. */
export interface Scope {
  /** For example "refs/heads/main". */
  readonly scope: string;
  /** Whether the job may also add to it; GitHub allows that for the job's own ref only. */
  readonly write: boolean;
}

const READ = 1;
const WRITE = 2;

/**
 * ACTIONS_RUNTIME_TOKEN as runners have it: a JWT whose claim `ac` says which caches may be read and written. Its signature
 * is made up; BuildKit does not check it, and neither does the stand-in.
 */
export function runtimeToken(scopes: readonly Scope[], lifetimeSeconds = 3600): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map(({ scope, write }) => ({ Scope: scope, Permission: write ? READ + WRITE : READ }));
  const claims = { nbf: now - 300, exp: now + lifetimeSeconds, iss: 'stand-in', ac: JSON.stringify(access) };
  return [encode({ alg: 'HS256', typ: 'JWT' }), encode(claims), randomBytes(32).toString('base64url')].join('.');
}

/** @returns the scopes of an Authorization header; undefined when it has no valid token */
export function scopesOf(authorization: string | undefined): Scope[] | undefined {
  const [, claims] = /^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/.exec(authorization ?? '') ?? [];
  if (claims === undefined) {
    return undefined;
  }
  const access = parseJson(textAt(parseJson(Buffer.from(claims, 'base64url').toString()), 'ac') ?? '');
  return (Array.isArray(access) ? access : []).map((entry) => ({
    scope: textAt(entry, 'Scope') ?? '',
    write: at(entry, 'Permission') === READ + WRITE,
  }));
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
