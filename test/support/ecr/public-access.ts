import type { ServerResponse } from 'node:http';
import type { Context } from './context.ts';
import type { Arrival, Entrance } from './entrance.ts';
import { Challenge, RegistryRefusal } from './errors.ts';
import { basicCredentials } from './log.ts';
import { publicRepositoryArn } from './names.ts';
import { type Caller, deniedText, refusal } from './principals.ts';
import { EXPIRED } from './registry-access.ts';
import { missingText } from './repositories.ts';

/** What everybody may do, also without saying who asks. HEAD of a blob is not among it (aws/containers-roadmap#2671). */
const OPEN: readonly string[] = ['BatchGetImage', 'GetDownloadUrlForLayer', 'ListImages', 'ListImageReferrers'];

/**
 * Checks who asks the public registry: with a token of its token service, which nobody in particular gets too.
 * @throws Challenge without any token
 * @throws RegistryRefusal 400 for one that is unknown or too old, without a challenge (aws/containers-roadmap#2835)
 */
export function enterPublic({ request, scheme, context, entry }: Arrival): Entrance {
  const { host = '', authorization } = request.headers;
  const challenge = `Bearer realm="${scheme}://${host}/token/",service="public.ecr.aws",scope="aws"`;
  if (authorization === undefined) {
    throw new Challenge(challenge);
  }
  const visitor = context.bearers.find(/^Bearer (\S+)$/i.exec(authorization)?.[1] ?? '');
  if (visitor === undefined) {
    // The status is ECR's, the words are not known.
    throw new RegistryRefusal(400, 'DENIED', 'Your authorization token is invalid.');
  }
  const principal = visitor.token?.principal;
  entry.caller = principal?.arn;
  return {
    open: ({ repository: path }, actions) => {
      for (const action of actions.filter((name) => !OPEN.includes(name))) {
        if (principal === undefined) {
          throw new Challenge(challenge);
        }
        checkPermission({ principal, needed: entry.actions }, { context, path, action: `ecr-public:${action}` });
      }
      const repository = context.publicRepositories.find(path);
      if (repository === undefined) {
        const { alias, name } = splitPath(path);
        throw new RegistryRefusal(404, 'NAME_UNKNOWN', missingText({ accountId: alias }, name));
      }
      return { name: path, storage: repository.storage, refuseMove: () => undefined, mountSource: () => undefined };
    },
  };
}

interface PublicAction {
  readonly context: Context;
  /** Alias and name. */
  readonly path: string;
  /** With its prefix. */
  readonly action: string;
}

/** Only the account that owns an alias, and who it permits to, may change something there. */
function checkPermission(caller: Caller, { context, path, action }: PublicAction): void {
  const { principal } = caller;
  const { alias, name } = splitPath(path);
  // Of an alias that nobody has, AWS's answer is not known: here it ends as a repository that is missing.
  const accountId = context.publicRepositories.ownerOf(alias) ?? principal.accountId;
  const permission = { action, resource: publicRepositoryArn(accountId, name) };
  const isForeign = accountId !== principal.accountId;
  const text = refusal(caller, permission) ?? (isForeign ? deniedText(principal, permission, 'resource') : undefined);
  if (text !== undefined) {
    throw new RegistryRefusal(403, 'DENIED', text);
  }
}

function splitPath(path: string): { readonly alias: string; readonly name: string } {
  const [alias = '', ...name] = path.split('/');
  return { alias, name: name.join('/') };
}

/** Answers the token service of the public registry (distribution/spec "Token Authentication"). */
export function answerToken({ request, context, entry }: Arrival, response: ServerResponse): void {
  const { authorization } = request.headers;
  const credentials = basicCredentials(authorization);
  const token = credentials?.user === 'AWS' ? context.tokens.find('ecr-public', credentials.password) : undefined;
  entry.caller = token?.principal.arn;
  if (request.method !== 'GET') {
    // Whether ECR takes POST is not known; clients that try it fall back to GET.
    send(response, 405, refusalBody('UNSUPPORTED', 'The operation is unsupported.'));
  } else if (authorization !== undefined && token === undefined) {
    send(response, 401, refusalBody('DENIED', 'Not Authorized'));
  } else if (token !== undefined && token.expiresAt <= Date.now()) {
    send(response, 403, refusalBody('DENIED', EXPIRED));
  } else {
    send(response, 200, { token: context.bearers.issue(token) });
  }
}

function refusalBody(code: string, message: string): object {
  return { errors: [{ code, message }] };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
