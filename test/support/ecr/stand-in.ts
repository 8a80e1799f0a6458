import { Agent } from 'node:http';
import type { Address } from '../listen.ts';
import type { Registry } from '../registry.ts';
import type { TemporaryKeys } from '../temporary-keys.ts';
import { createBearers } from './bearers.ts';
import { createBlobLinks } from './blob-links.ts';
import { answerStorage } from './blob-storage.ts';
import type { Context } from './context.ts';
import { createFaults, type Fault, type InjectedFault, type LoggedRequest } from './exchange.ts';
import { answer } from './handler.ts';
import { openListener, type TlsKeys } from './listeners.ts';
import { awsRegistryHost, type RegistryId } from './names.ts';
import { type Place, PUBLIC_HOSTS } from './places.ts';
import { type Account, createPrincipals } from './principals.ts';
import { createPublicRepositories, type PublicRegistryDeclaration } from './public-repositories.ts';
import { createRepositories, missingText, type Repository, type RepositoryDeclaration } from './repositories.ts';
import { openSession, type Role } from './roles.ts';
import { createScans, type ScanScript } from './scans.ts';
import type { CreationTemplate } from './templates.ts';
import { createTokens } from './tokens.ts';

export interface EcrOptions {
  /** Where the images are stored; the caller closes it. */
  readonly registry: Registry;
  readonly accounts: readonly [Account, ...Account[]];
  readonly repositories?: readonly RepositoryDeclaration[];
  readonly publicRegistries?: readonly PublicRegistryDeclaration[];
  readonly roles?: readonly Role[];
  /** By which repositories come into being when something is pushed to them. */
  readonly templates?: readonly CreationTemplate[];
  /** What scans of images find. Without a script there is no scan of an image. */
  readonly scans?: readonly ScanScript[];
  /**
   * Private registries that get an address of their own, which stands for them alone. All others share `host`, which stands for
   * the registry of whoever shows a token, in the region of that token.
   */
  readonly registries?: readonly RegistryId[];
  /** Default: twelve hours, as in ECR. */
  readonly tokenLifetimeMs?: number;
  /**
   * What GetAuthorizationToken names as address of a registry. Default: the stand-in's loopback address for it; with `tls` the
   * https address that AWS has for it.
   */
  readonly proxyEndpoint?: (registry: RegistryId) => string;
  /** Default: false, as in ECR. */
  readonly blobMounting?: boolean;
  /** Whether registries send clients to another address for the bytes of a blob, as ECR does. Default: false */
  readonly redirectBlobs?: boolean;
  /** Listens here as well, for tests that map the real host names to an address of loopback. */
  readonly tls?: Address & TlsKeys;
}

export interface Ecr {
  /** Value for AWS_ENDPOINT_URL, for example "http://127.0.0.1:40123". */
  readonly url: string;
  /** What image references start with, for example "127.0.0.1:40123". */
  readonly host: string;
  /** What stands for "public.ecr.aws" in image references, for example "127.0.0.1:40124". */
  readonly publicHost: string;
  /** Where blobs are fetched from; undefined without `redirectBlobs`. */
  readonly storageHost: string | undefined;
  /** Where real host names are answered at, for example "127.0.0.1:40443"; undefined without `tls`. */
  readonly tlsHost: string | undefined;
  /** Every request so far, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** What references to the images of a registry start with, as GetAuthorizationToken names it. */
  hostOf(registry: RegistryId): string;
  /**
   * Where the real registry behind has a private repository; a public one is there as "public.ecr.aws/<alias>/<name>".
   * @throws Error when there is no such repository
   */
  storageOf(registry: RegistryId, name: string): string;
  fault(fault: Fault): InjectedFault;
  /** Ends the life of every registry token that was handed out so far. */
  expireTokens(): void;
  addRepository(declaration: RepositoryDeclaration): void;
  /** A repository with its settings as they are now; undefined when there is none. */
  findRepository(registry: RegistryId, name: string): Repository | undefined;
  /**
   * Credentials of a role without a call of STS, as services give them to what runs on them.
   * @throws Error when there is no such role
   */
  sessionOf(roleArn: string, sessionName?: string): TemporaryKeys;
  /** Adds a script, which comes before earlier ones. */
  addScan(script: ScanScript): void;
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Amazon ECR, private and public, and AWS STS on loopback. Signatures, permissions, tokens and repositories
 * are checked as AWS does; images are in the real registry behind.
 */
export async function startEcr(options: EcrOptions): Promise<Ecr> {
  const { registry, accounts, roles = [], registries = [], tls } = options;
  const common = { faults: createFaults(), requests: [] as LoggedRequest[], agent: new Agent({ keepAlive: true }) };
  const main = await openListener();
  const publicOne = await openListener();
  const own = await Promise.all(registries.map(async (id) => ({ id, listener: await openListener() })));
  const storage = options.redirectBlobs === true ? await openListener(STORAGE) : undefined;
  const tlsOne = tls && (await openListener(tls, tls));

  const ownEndpoint = (id: RegistryId) => {
    const { listener = main } = own.find((one) => isSame(one.id, id)) ?? {};
    return tls === undefined ? `http://${listener.host}` : `https://${awsRegistryHost(id)}`;
  };
  const homeAccountId = accounts[0].accountId;
  const tokens = createTokens(options.tokenLifetimeMs ?? 12 * 3600 * 1000);
  const links = storage && createBlobLinks(`http://${storage.host}`);
  const context: Context = {
    registry,
    principals: createPrincipals(accounts),
    tokens,
    bearers: createBearers(tokens),
    repositories: createRepositories({ homeAccountId, declared: options.repositories ?? [] }),
    publicRepositories: createPublicRepositories({ homeAccountId, declared: options.publicRegistries ?? [] }),
    roles,
    templates: options.templates ?? [],
    scans: createScans(options.scans ?? []),
    endpointOf: options.proxyEndpoint ?? ownEndpoint,
    publicHost: tls === undefined ? publicOne.host : (PUBLIC_HOSTS[0] ?? ''),
    blobMounting: options.blobMounting ?? false,
    blobLinks: links,
  };
  const answerAs =
    (scheme: 'http' | 'https', place?: Place): Parameters<typeof main.answerBy>[0] =>
    (request, response) =>
      answer({ ...common, context, request, response, scheme, place });

  main.answerBy(answerAs('http'));
  publicOne.answerBy(answerAs('http', { kind: 'public' }));
  tlsOne?.answerBy(answerAs('https'));
  for (const { id, listener } of own) {
    listener.answerBy(answerAs('http', { kind: 'private', registryId: id }));
  }
  storage?.answerBy(async (request, response) => {
    if (links !== undefined) {
      await answerStorage({ ...common, registry, links, request, response });
    }
  });
  return {
    url: `http://${main.host}`,
    host: main.host,
    publicHost: publicOne.host,
    storageHost: storage?.host,
    tlsHost: tlsOne?.host,
    requests: common.requests,
    hostOf: (id) => new URL(context.endpointOf(id)).host,
    storageOf: (id, name) => {
      const repository = context.repositories.find(id, name);
      if (repository === undefined) {
        throw new Error(missingText(id, name));
      }
      return repository.storage;
    },
    fault: common.faults.inject,
    expireTokens: tokens.expireAll,
    addRepository: (declaration) => void context.repositories.add(declaration),
    findRepository: context.repositories.find,
    addScan: context.scans.add,
    sessionOf: (roleArn, name = 'session') => {
      const role = roles.find(({ arn }) => arn === roleArn);
      if (role === undefined) {
        throw new Error(`No role ${roleArn} is declared`);
      }
      return openSession({ role, name, principals: context.principals });
    },
    close: async () => {
      common.agent.destroy();
      const listeners = [main, publicOne, storage, tlsOne, ...own.map(({ listener }) => listener)];
      await Promise.all(listeners.map((one) => one?.close()));
    },
  };
}

/** An address of its own: Go keeps the Authorization header of a redirect that only changes the port. */
const STORAGE = { address: '127.0.0.2', port: 0 } as const;

function isSame(one: RegistryId, other: RegistryId): boolean {
  return one.accountId === other.accountId && one.region === other.region;
}
