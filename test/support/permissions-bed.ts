import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCOUNT, credentialsFile, REGION } from './account.ts';
import { type Bed, startBed } from './bed.ts';
import { makeCertificate } from './certificates.ts';
import type { Account } from './ecr/principals.ts';
import type { EcrOptions } from './ecr/stand-in.ts';
import type { JobOptions, StepResult } from './job.ts';
import { LEG_FILES } from './legs.ts';
import { openNamespace } from './namespace.ts';
import type { Toolchain } from './toolchain.ts';

/** The accounts of docs/permissions.md: where the identity is, and where the repository. */
export const BUILD_ACCOUNT = '111111111111';
export const OTHER_ACCOUNT = '222222222222';
export const OWN_HOST = hostOf(ACCOUNT.accountId);
export const PUBLIC_HOST = 'public.ecr.aws';
/** The alias of the account's public registry. */
export const ALIAS = 'acme';

/** The private registry of an account in the region of tests. */
export function hostOf(accountId: string): string {
  return `${accountId}.dkr.ecr.${REGION}.amazonaws.com`;
}

/** An identity that may do what a policy allows. */
export function limitedTo(
  user: string,
  policy: object,
  accountId: string = ACCOUNT.accountId,
): Account & { readonly user: string } {
  const name = user.replaceAll(/[^a-z0-9]/gi, '').toUpperCase();
  return { accountId, user, accessKeyId: `AKIAFAKE${name}`, secretAccessKey: `fake-secret-of-${user}`, policy };
}

/** The stand-in under the names that AWS has for its hosts, so that ECR Public and other accounts are what they are. */
export interface NamedBed {
  readonly bed: Bed;
  /** A job with one step, which ends with it: what the next one finds is in the registry. */
  step(account: Account, given: Given, job?: JobOptions): Promise<StepResult>;
  close(): Promise<void>;
}

/** Inputs, and maybe the action, which is `merge` or that of action.yml. */
export type Given = Readonly<Record<string, string>>;

/** An address of loopback that no other test uses, so that the port of https is free. */
const ADDRESS = '127.0.0.55';

/** Needs root. */
export async function startNamedBed(toolchain: Toolchain, options: Partial<EcrOptions>): Promise<NamedBed> {
  const hosts = [OWN_HOST, hostOf(OTHER_ACCOUNT), PUBLIC_HOST];
  const { ca, cert, key } = await makeCertificate(hosts);
  const bed = await startBed(toolchain, { ...options, tls: { key, cert, address: ADDRESS, port: 443 } });
  const lines = hosts.map((host) => `${ADDRESS} ${host}\n`);
  const namespace = await openNamespace({ '/etc/hosts': { text: `127.0.0.1 localhost\n${lines.join('')}` } });
  const authority = join('/tmp', `bka-permissions-${process.pid}.pem`);
  await writeFile(authority, ca);
  const inside = { through: namespace.enter, env: { SSL_CERT_FILE: authority, NODE_EXTRA_CA_CERTS: authority } };
  return {
    bed,
    step: async (account, { action, ...given }, jobOptions = {}) => {
      const job = await bed.job({ files: LEG_FILES, ...jobOptions });
      const { buildkitPath = '', ...common } = bed.inputs;
      const awsCredentials = credentialsFile({ default: account });
      const result =
        action === 'merge'
          ? await job.step({ ...common, awsCredentials, ...given }, { ...inside, action })
          : await job.step({ ...common, buildkitPath, awsCredentials, ...given }, inside);
      await bed.endJobs(inside);
      return result;
    },
    close: async () => {
      await bed.close(inside);
      await namespace.close();
      await rm(authority);
    },
  };
}
