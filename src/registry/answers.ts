import { codeOf, Failure, messageOf } from '../failure.ts';
import { at, parseJson, textAt } from '../json.ts';
import { formatRepository, type Repository } from '../plan/reference.ts';
import type { HttpResponse } from './http.ts';
import { judge, REFUSALS, TOKEN_EXPIRED } from './refusals.ts';

/**
 * Lets an answer through that is what was asked for.
 * @param name what was asked for, as the user knows it
 * @throws Failure `push-…`, `repository-missing`, `tag-immutable`
 */
export function accepted(response: HttpResponse, name: string): HttpResponse {
  if (response.status >= 200 && response.status < 300) {
    return response;
  }
  const said = saidBy(response);
  const { code, hint } = judge(`${said} (${STATUS[response.status] ?? response.status})`, REFUSALS);
  throw new Failure({ code, message: `${name}: ${said}`, hint });
}

/** Whether the registry takes the token no longer, whatever was asked for. */
export function isTokenRefused(response: HttpResponse): boolean {
  return response.status === 401 || (response.status === 403 && TOKEN_EXPIRED.test(response.body));
}

const STATUS: Readonly<Record<number, string>> = {
  401: '401 Unauthorized',
  403: '403 Forbidden',
  429: '429 Too Many Requests',
};

/** The registry's own sentence. Source: distribution specification, error codes. */
function saidBy({ status, body }: HttpResponse): string {
  const plain = `HTTP ${STATUS[status] ?? status}`;
  try {
    const errors = at(parseJson(body), 'errors');
    const [first] = Array.isArray(errors) ? errors : [];
    const message = textAt(first, 'message');
    return message === undefined ? plain : `${(textAt(first, 'code') ?? '').toLowerCase()}: ${message}`;
  } catch {
    return plain;
  }
}

/** A registry that does not answer. */
export function unreachable({ host }: Repository, cause: unknown): Failure {
  return new Failure({
    code: 'registry-unreachable',
    message: `The registry ${host} cannot be reached: ${messageOf(cause) || codeOf(cause)}.`,
    hint: 'Check its name, and the network of this runner: firewall, proxy, VPC endpoint for ecr.dkr.',
    cause,
  });
}

/** An answer that is not a registry's. */
export function distorted(name: Repository, what: string): Failure {
  return new Failure({
    code: 'registry-unreachable',
    message: `${formatRepository(name)} answered with ${what}.`,
    hint: 'Look for a proxy between this runner and the registry that changes what it carries, and check that the host is a registry.',
  });
}
