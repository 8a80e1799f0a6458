import { rm, writeFile } from 'node:fs/promises';
import { ACCOUNT, REGION } from '../account.ts';
import { type Bed, startBed } from '../bed.ts';
import { makeCertificate } from '../certificates.ts';
import { type Ecr, startEcr } from '../ecr/stand-in.ts';
import { type GitServer, startGitServer } from '../git-server.ts';
import type { Job, StepOptions } from '../job.ts';
import { openNamespace } from '../namespace.ts';
import type { ImageLocation } from '../oci.ts';
import type { Toolchain } from '../toolchain.ts';

const REGIONS = [REGION, 'eu-west-1'];
/** The two registries of an account, by the names that AWS gives them. */
export const REGISTRIES = REGIONS.map((region) => `${ACCOUNT.accountId}.dkr.ecr.${region}.amazonaws.com`);

/** Where builds run one after the other: ECR is its own, so that a fault hits nobody else; the machine is shared with all lanes. */
export interface Lane {
  readonly bed: Bed;
  /** ECR as `REGISTRIES`, over the same registry as that of the bed. */
  readonly far: Ecr;
  readonly git: GitServer;
  /** For steps that push to `REGISTRIES`. */
  readonly withRegistries: StepOptions;
  /** `buildkitRoot` of all lanes. */
  readonly keptRoot: string;
  /** Jobs that were killed, of which a later build on the machine has to take away everything. */
  readonly abandoned: { readonly index: number; readonly job: Job }[];
  /** Where the registry behind has what a full name stands for; undefined for other hosts. */
  locate(name: string): ImageLocation | undefined;
  close(): Promise<void>;
}

interface LaneOptions {
  readonly toolchain: Toolchain;
  readonly number: number;
  readonly keptRoot: string;
}

export async function openLane({ toolchain, number, keptRoot }: LaneOptions): Promise<Lane> {
  const { ca, cert, key } = await makeCertificate(REGISTRIES);
  // No other run and no other lane has this one.
  const address = `127.${100 + number}.${(process.pid >> 8) & 0xff}.${process.pid & 0xff || 1}`;
  const repositories = REGIONS.map((region) => ({ name: 'app', region }));
  const bed = await startBed(toolchain);
  const far = await startEcr({
    registry: bed.registry,
    accounts: [ACCOUNT],
    repositories,
    tls: { key, cert, address, port: 443 },
  });
  const git = await startGitServer();
  const hosts = REGISTRIES.map((host) => `${address} ${host}\n`).join('');
  const namespace = await openNamespace({ '/etc/hosts': { text: `127.0.0.1 localhost\n${hosts}` } });
  const authority = `/tmp/bka-soak-${process.pid}-${number}.pem`;
  await writeFile(authority, ca);
  return {
    bed,
    far,
    git,
    withRegistries: {
      through: namespace.enter,
      env: { SSL_CERT_FILE: authority, NODE_EXTRA_CA_CERTS: authority },
    },
    keptRoot,
    abandoned: [],
    locate: (name) => {
      const [, host = '', repository = '', reference = ''] = /^([^/]+)\/([^:@]+)[:@](.+)$/.exec(name) ?? [];
      const region = REGIONS[REGISTRIES.indexOf(host)];
      if (repository !== 'app' || (region === undefined && host !== bed.ecr.host)) {
        return undefined;
      }
      const id = { accountId: ACCOUNT.accountId, region: region ?? '' };
      const storage = region === undefined ? repository : far.storageOf(id, repository);
      return { registryUrl: bed.registry.url, repository: storage, reference };
    },
    close: async () => {
      await namespace.close();
      await rm(authority);
      await git.close();
      await far.close();
      await bed.close();
    },
  };
}
