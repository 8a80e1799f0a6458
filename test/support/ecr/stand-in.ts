import { Agent, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type Address, listen, stop } from '../listen.ts';
import type { Registry } from '../registry.ts';
import type { Context } from './context.ts';
import { createFaults, type Fault, type InjectedFault, type LoggedRequest } from './exchange.ts';
import { answer } from './handler.ts';
import { awsRegistryHost, type RegistryId } from './names.ts';
import { type Account, createPrincipals } from './principals.ts';
import { createRepositories, type RepositoryDeclaration } from './repositories.ts';
import type { Role } from './sts.ts';
import { createTokens } from './tokens.ts';

export interface EcrOptions {
  /** Where the images are stored; the caller closes it. */
  readonly registry: Registry;
  readonly accounts: readonly [Account, ...Account[]];
  readonly repositories?: readonly RepositoryDeclaration[];
  readonly roles?: readonly Role[];
  /** Default: twelve hours, as in ECR. */
  readonly tokenLifetimeMs?: number;
  /**
   * What GetAuthorizationToken names as address of a registry. Default: the stand-in's own loopback address; with `tls`
   * the https address that AWS has for it.
   */
  readonly proxyEndpoint?: (registry: RegistryId) => string;
  /** Default: false, as in ECR. */
  readonly blobMounting?: boolean;
  /** Listens here as well, for tests that map the real host names to an address of loopback. PEM texts. */
  readonly tls?: Address & { readonly key: string; readonly cert: string };
}

export interface Ecr {
  /** Value for AWS_ENDPOINT_URL, for example "http://127.0.0.1:40123". */
  readonly url: string;
  /** What image references start with, for example "127.0.0.1:40123". */
  readonly host: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly LoggedRequest[];
  fault(fault: Fault): InjectedFault;
  /** Ends the life of every registry token that was handed out so far. */
  expireTokens(): void;
  addRepository(declaration: RepositoryDeclaration): void;
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Amazon ECR and AWS STS on loopback. Signatures, permissions, tokens and repositories are checked
 * as AWS does; images are in the real registry behind.
 */
export async function startEcr(options: EcrOptions): Promise<Ecr> {
  const { registry, accounts, repositories = [], roles = [], tokenLifetimeMs = 12 * 3600 * 1000, tls } = options;
  const requests: LoggedRequest[] = [];
  const faults = createFaults();
  const agent = new Agent({ keepAlive: true });
  const server = createServer();
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  const host = `127.0.0.1:${port}`;
  const ownEndpoint = (id: RegistryId) => (tls === undefined ? `http://${host}` : `https://${awsRegistryHost(id)}`);
  const context: Context = {
    registry,
    principals: createPrincipals(accounts),
    tokens: createTokens(tokenLifetimeMs),
    repositories: createRepositories({ homeAccountId: accounts[0].accountId, declared: repositories }),
    roles,
    endpointOf: options.proxyEndpoint ?? ownEndpoint,
    blobMounting: options.blobMounting ?? false,
  };
  const common = { context, faults, requests, agent };
  server.on('request', (request, response) => void answer({ ...common, request, response, scheme: 'http' }));
  const tlsServer =
    tls &&
    createTlsServer(
      { key: tls.key, cert: tls.cert },
      (request, response) => void answer({ ...common, request, response, scheme: 'https' }),
    );
  if (tls !== undefined && tlsServer !== undefined) {
    await listen(tlsServer, tls);
  }
  return {
    url: `http://${host}`,
    host,
    requests,
    fault: faults.inject,
    expireTokens: context.tokens.expireAll,
    addRepository: (declaration) => void context.repositories.add(declaration),
    close: async () => {
      agent.destroy();
      await Promise.all([server, tlsServer].map((one) => one && stop(one)));
    },
  };
}
