import type { IncomingMessage } from 'node:http';

/** A request as the stand-in saw it. */
export interface LoggedRequest {
  /** Which of its three faces was asked. */
  readonly kind: 'ecr' | 'sts' | 'registry';
  readonly method: string;
  /** The Host header. */
  readonly host: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /**
   * The action of the API ("GetAuthorizationToken", "AssumeRole"), or for the registry the IAM action that ECR checks for
   * it ("PutImage", "BatchGetImage"). Empty for the version check of the registry and for what no action is known of.
   */
  readonly action: string;
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

/** What a client gets instead of, or after a delay before, what the stand-in would answer. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | object }
  | { readonly delayMs: number }
  | 'reset';

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

/** The user of a signed or of a Basic authorization. */
export function userOf({ headers: { authorization = '' } }: IncomingMessage): string | undefined {
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
