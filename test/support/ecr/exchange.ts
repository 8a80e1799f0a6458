import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { resetConnection, type Spoil, spoilAnswer } from './spoil.ts';

/** A request as the stand-in saw it. */
export interface LoggedRequest {
  /**
   * Which face of the stand-in was asked: an API, a registry under /v2/, private or public, the token service of the public
   * one, or the storage that blobs are fetched from when registries redirect to it.
   */
  readonly kind: 'ecr' | 'ecr-public' | 'sts' | 'registry' | 'token' | 'storage';
  readonly method: string;
  /** The Host header. */
  readonly host: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /**
   * The action of the API ("GetAuthorizationToken", "AssumeRole"), or for the registry the IAM action that ECR checks for
   * it ("PutImage", "BatchGetImage"). Empty for the version check of the registry and for what no action is known of.
   */
  readonly action: string;
  /**
   * The IAM actions that were checked before it was answered, with the prefixes of their services, refused ones too. Empty for
   * what needs no permission, and for what ended before a check: a challenge of the registry, an injected fault.
   */
  readonly actions: readonly string[];
  /** The ARN of who was found to ask; undefined for strangers. */
  readonly caller: string | undefined;
  /** The region that an API request is signed for. */
  readonly region: string | undefined;
  /** Access key id of an API request, user name of a registry request. */
  readonly user: string | undefined;
  readonly userAgent: string;
  /** The parsed body of an API request. */
  readonly input: unknown;
  /** Bytes of the body, as far as they arrived. */
  readonly bodyBytes: number;
  /** 0 until it is answered, and for ever when the connection was reset. */
  readonly status: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What a client gets instead of what the stand-in would answer, or after a delay before it, or what becomes of that on its way. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | object }
  | { readonly delayMs: number }
  | 'reset'
  | Spoil;

export interface Fault {
  readonly when: (request: LoggedRequest) => boolean;
  readonly answer: Answer;
  /** How many requests it hits. Default: all */
  readonly times?: number;
}

export interface InjectedFault {
  /** How many requests it hit so far. */
  hits(): number;
  remove(): void;
}

export interface Faults {
  inject(fault: Fault): InjectedFault;
  /** What the first fault that fits a request answers; this counts as a hit. */
  take(request: LoggedRequest): Answer | undefined;
}

export function createFaults(): Faults {
  const active = new Set<{ readonly fault: Fault; hits: number }>();
  return {
    inject: (fault) => {
      const one = { fault, hits: 0 };
      active.add(one);
      return { hits: () => one.hits, remove: () => void active.delete(one) };
    },
    take: (request) => {
      for (const one of active) {
        if (one.hits < (one.fault.times ?? Number.POSITIVE_INFINITY) && one.fault.when(request)) {
          one.hits += 1;
          return one.fault.answer;
        }
      }
      return undefined;
    },
  };
}

/** @returns whether the request is still to be answered */
export async function applyFault(fault: Answer, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (fault === 'reset') {
    resetConnection(request.socket);
    return false;
  }
  if (typeof fault === 'string' || 'slowMs' in fault) {
    spoilAnswer(response, fault);
    return true;
  }
  if ('delayMs' in fault) {
    await sleep(fault.delayMs);
    return true;
  }
  request.resume();
  const { status, headers = {}, body = '' } = fault;
  response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  return false;
}
