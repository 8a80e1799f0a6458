import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { applyFault, type Faults, type LoggedRequest } from './exchange.ts';

/** What becomes known of a request while it is answered. */
interface Progress {
  readonly actions: string[];
  caller: string | undefined;
  bodyBytes: number;
  status: number;
}

/** An entry of the log for as long as it is written. */
export type Entry = Omit<LoggedRequest, keyof Progress> & Progress;

/** What is known of a request before anything is done for it. */
export function beginEntry(
  { method = '', headers }: IncomingMessage,
  { pathname: path, searchParams: query }: URL,
  asked: Pick<LoggedRequest, 'kind' | 'action' | 'input'>,
): Entry {
  return {
    ...asked,
    method,
    host: headers.host ?? '',
    path,
    query,
    headers,
    user: userOf(headers),
    userAgent: headers['user-agent'] ?? '',
    region: /Credential=[^/]+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1],
    at: Date.now(),
    actions: [],
    caller: undefined,
    bodyBytes: 0,
    status: 0,
  };
}

/** The user of a signed or of a Basic authorization. */
function userOf({ authorization = '' }: IncomingHttpHeaders): string | undefined {
  return /Credential=([^/]+)\//.exec(authorization)?.[1] ?? basicCredentials(authorization)?.user;
}

export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

/** User and password of an Authorization header, or undefined when it is none of the Basic kind. */
export function basicCredentials(authorization: string | undefined): BasicCredentials | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1];
  const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString()) ?? [];
  return user === undefined || password === undefined ? undefined : { user, password };
}

/** A request on its way to an answer. */
export interface Admission {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly faults: Faults;
  /** Gets the entry at once, so that also a request that is never answered is seen. */
  readonly requests: LoggedRequest[];
}

/**
 * Writes a request into the log, and gives it the fault that was injected for it.
 * @returns whether it is still to be answered
 */
export async function admit({ request, response, faults, requests }: Admission, entry: Entry): Promise<boolean> {
  requests.push(entry);
  response.on('close', () => {
    entry.status = response.headersSent ? response.statusCode : 0;
  });
  const fault = faults.take(entry);
  return fault === undefined || applyFault(fault, request, response);
}
