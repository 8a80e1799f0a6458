import { BatchGetImageCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { Failure } from '../failure.ts';
import type { CredentialsSource } from './credentials.ts';
import { explainAwsError } from './errors.ts';

/** A token that opens registries of one region. It is a secret, also in parts. */
export interface RegistryToken {
  readonly region: string;
  /** `AWS:<password>` in base64, as an Authorization header and a Docker configuration hold it. */
  readonly auth: string;
  /** Host of the caller's own registry in that region, as ECR names it. */
  readonly ownHost: string;
}

/** Opens a client; nothing is asked before the first command. */
export function openEcr({ region, credentials }: { region: string; credentials: CredentialsSource }): ECRClient {
  return new ECRClient({
    region,
    credentials: credentials.provider,
    maxAttempts: 5,
    // Milliseconds; without them a network that swallows packets would hold the step for ever.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
    customUserAgent: [['buildkit-aws', '1']],
  });
}

/**
 * Gets the token that opens every registry of a region that the caller may use. Source: ECR API, GetAuthorizationToken.
 * @param mask called with the token in each of its forms before it is returned
 * @throws Failure `credentials-…`, `ecr-…`
 */
export async function getToken(options: {
  readonly region: string;
  readonly credentials: CredentialsSource;
  readonly mask: (secret: string) => void;
}): Promise<RegistryToken> {
  const { region, credentials, mask } = options;
  const client = openEcr({ region, credentials });
  const answer = await client.send(new GetAuthorizationTokenCommand({})).catch((error: unknown) => {
    throw explainAwsError(error, { action: 'ecr:GetAuthorizationToken', region, source: credentials.name });
  });
  const { authorizationToken: auth, proxyEndpoint } = answer.authorizationData?.[0] ?? {};
  if (auth === undefined || proxyEndpoint === undefined) {
    throw new Failure({
      code: 'ecr-failed',
      message: `ECR in ${region} answered without a token.`,
      hint: 'Run the job again; if it stays so, look for a proxy between this runner and AWS.',
    });
  }
  mask(auth);
  mask(Buffer.from(auth, 'base64').toString().replace(/^AWS:/, ''));
  return { region, auth, ownHost: new URL(proxyEndpoint).host };
}

/**
 * Reads manifests by digest.
 * @param digests at most 100 of one repository
 * @returns those that are there, in no particular order
 */
export async function readManifests(options: {
  readonly client: ECRClient;
  /** Twelve digits; undefined for the caller's own registry. */
  readonly account: string | undefined;
  readonly repository: string;
  readonly digests: readonly string[];
}): Promise<string[]> {
  const { client, account, repository, digests } = options;
  const { images = [] } = await client.send(
    new BatchGetImageCommand({
      repositoryName: repository,
      imageIds: digests.map((imageDigest) => ({ imageDigest })),
      acceptedMediaTypes: MANIFEST_TYPES,
      ...(account === undefined ? {} : { registryId: account }),
    }),
  );
  return images.flatMap(({ imageManifest }) => imageManifest ?? []);
}

const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
