import { getProxyUrl } from '@actions/http-client';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { debug } from '../log.ts';

/** What sends the requests of a client of AWS. */
export interface Requests {
  readonly handle: NodeHttpHandler['handle'];
}

/** Milliseconds; without them a network that swallows packets would hold the step for ever. */
const LIMITS = { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true };

/**
 * Sends each request the way that the environment names for its host: HTTPS_PROXY or HTTP_PROXY, with the exceptions of NO_PROXY.
 * The SDK knows none of these. Metadata and container endpoints are not asked through this, and so never through a proxy.
 * An error on the way through a proxy has `viaProxy: true`.
 */
export function openRequests(): Requests {
  const handlers = new Map<string, NodeHttpHandler>();
  const handlerOf = (proxy: string) => {
    const handler = handlers.get(proxy) ?? openHandler(proxy);
    handlers.set(proxy, handler);
    return handler;
  };
  return {
    handle: async (request, options) => {
      const { protocol, hostname, port } = request;
      const proxy = getProxyUrl(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
      const begin = Date.now();
      try {
        const answer = await handlerOf(proxy).handle(request, options);
        debug(describeCall(request, { ...answer.response, duration: Date.now() - begin }));
        return answer;
      } catch (error) {
        debug(describeCall(request, { duration: Date.now() - begin }));
        throw proxy !== '' && error instanceof Error ? Object.assign(error, { viaProxy: true }) : error;
      }
    },
  };
}

function openHandler(proxy: string): NodeHttpHandler {
  if (proxy === '') {
    return new NodeHttpHandler(LIMITS);
  }
  const agent = new HttpsProxyAgent(proxy);
  return new NodeHttpHandler({ ...LIMITS, httpAgent: agent, httpsAgent: agent });
}

type Asked = Parameters<Requests['handle']>[0];

/** A call for those who look for what went wrong: which, where, how it ended, how long it took. Nothing of what was said. */
function describeCall(
  { hostname, headers, body }: Asked,
  answer: {
    readonly statusCode?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly duration: number;
  },
): string {
  // Source: AWS JSON protocol (X-Amz-Target) and AWS query protocol (Action in the body).
  const target = headers['x-amz-target']?.replace(/^.*\./, '');
  const action = target ?? (typeof body === 'string' ? /(?:^|&)Action=(\w+)/.exec(body)?.[1] : undefined) ?? 'call';
  const request = answer.headers?.['x-amzn-requestid'];
  return `AWS ${action} at ${hostname}: ${answer.statusCode ?? 'no answer'} after ${answer.duration} ms${request === undefined ? '' : `, request ${request}`}`;
}
