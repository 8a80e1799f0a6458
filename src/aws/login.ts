import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import type { AwsInputs } from '../inputs/aws.ts';
import { parseEcrHost } from '../plan/ecr-host.ts';
import { hostsByRegion } from '../plan/regions.ts';
import type { Environment } from '../runner.ts';
import { type CredentialsSource, chooseCredentials } from './credentials.ts';
import { getToken } from './ecr.ts';

/** Registries that BuildKit can push to. */
export interface Registries {
  /** Host of the caller's own registry in the region of the step. */
  readonly ownHost: string;
  readonly region: string;
  readonly credentials: CredentialsSource;
  /** Hosts that were logged in to. */
  readonly hosts: readonly string[];
}

/**
 * Logs in to every registry that images go to, in a Docker configuration that only this step has.
 * @param options.directory private; the file config.json in it holds the tokens and is gone when its owner removes it
 * @throws Failure `credentials-…`, `ecr-…`, `registry-not-ecr`
 */
export async function logIn(options: {
  readonly aws: AwsInputs;
  /** Registries that images or caches are in. */
  readonly hosts: readonly string[];
  /** Whether images also go to the caller's own registry. */
  readonly own: boolean;
  /** A host that is ECR under another name. */
  readonly alias: string | undefined;
  readonly env: Environment;
  readonly directory: string;
  readonly mask: (secret: string) => void;
}): Promise<Registries> {
  const { aws, hosts, own, alias, env, directory, mask } = options;
  const { region } = aws.region;
  const credentials = chooseCredentials(aws, env);
  const groups = hostsByRegion([...hosts, ...(alias === undefined ? [] : [alias])], region);
  const regions = [...new Set([...groups.keys(), ...(own || groups.size === 0 ? [region] : [])])];
  const tokens = await Promise.all(regions.map((name) => getToken({ region: name, credentials, mask })));
  const logins = tokens.flatMap((token) => {
    const given = groups.get(token.region) ?? [];
    checkHosts({ hosts: given, ownHost: token.ownHost, alias });
    const targets = new Set(own && token.region === region ? [token.ownHost, ...given] : given);
    return [...targets].map((host) => ({ host, auth: token.auth }));
  });
  await writeDockerConfig(directory, logins);
  const ownHost = (tokens.find((token) => token.region === region) ?? tokens[0])?.ownHost ?? '';
  return { ownHost, region, credentials, hosts: logins.map(({ host }) => host) };
}

/** A token goes to ECR's own hosts, to the one that its API names, and to the one that the user vouches for. */
function checkHosts(options: { hosts: readonly string[]; ownHost: string; alias: string | undefined }): void {
  const { hosts, ownHost, alias } = options;
  const foreign = hosts.find((host) => parseEcrHost(host) === undefined && host !== ownHost && host !== alias);
  if (foreign !== undefined) {
    throw new Failure({
      code: 'registry-not-ecr',
      message: `The registry "${foreign}" (imageRegistryPath, imageTag or cacheTag) is not a host of Amazon ECR, so no AWS token is sent to it.`,
      hint: `Yours is ${ownHost}. If ${foreign} is ECR under a name of your own, give it as containerRegistry too.`,
    });
  }
}

interface Login {
  readonly host: string;
  readonly auth: string;
}

/** Source: docker CLI's config.json, `auths`. BuildKit keeps files of its own beside it. */
async function writeDockerConfig(directory: string, logins: readonly Login[]): Promise<void> {
  const auths = Object.fromEntries(logins.map(({ host, auth }) => [host, { auth }]));
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 });
}
