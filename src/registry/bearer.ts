import { parseJson, textAt } from '../json.ts';
import { parseEcrHost } from '../plan/ecr-host.ts';
import { accepted } from './answers.ts';
import type { Http, HttpResponse } from './http.ts';

/**
 * ECR Public wants a token of its own for the token of AWS; it is asked for at the registry itself and nowhere else.
 * Source: distribution specification, token authentication.
 * @param options.base of the registry
 * @returns undefined when the answer asks for none
 * @throws Failure `push-…`
 */
export async function bearerToken(
  { status, headers }: HttpResponse,
  { auth, http, base }: { auth: string; http: Http; base: URL },
): Promise<string | undefined> {
  const challenge = String(headers['www-authenticate'] ?? '');
  const field = (key: string) => new RegExp(`\\b${key}="([^"]*)"`).exec(challenge)?.[1];
  const url = URL.parse(field('realm') ?? '');
  if (status !== 401 || !/^Bearer /i.test(challenge) || url === null || !isSameRegistry(url, base)) {
    return undefined;
  }
  for (const key of ['service', 'scope']) {
    url.searchParams.set(key, field(key) ?? '');
  }
  const answer = await http.send({ method: 'GET', url, headers: { Authorization: `Basic ${auth}` } });
  return textAt(parseJson(accepted(answer, base.host).body), 'token');
}

/** The public registry has two names. */
function isSameRegistry(realm: URL, base: URL): boolean {
  const isPublic = [realm, base].every(
    ({ protocol, host }) => protocol === 'https:' && parseEcrHost(host)?.kind === 'public',
  );
  return realm.origin === base.origin || isPublic;
}
