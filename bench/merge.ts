import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { ACCOUNT, REGION } from '../test/support/account.ts';
import { startBed } from '../test/support/bed.ts';
import { resolveToolchain } from '../test/support/toolchain.ts';
import { startRelay } from './relay.ts';

/**
 * The merge of two legs beside `buildx imagetools create`, whose path is given as argument: both write the same index under
 * tags of their own, in turns, on loopback and over a network with 15 ms. The merge logs in, too; buildx finds a login.
 * Nothing here fails: machines are noisy.
 */
const ROUNDS = 9;

const [buildx = 'buildx'] = process.argv.slice(2);
const toolchain = await resolveToolchain({ log: console.error });
for (const roundTrip of [0, 15]) {
  await compare(roundTrip);
}

async function compare(roundTrip: number): Promise<void> {
  const place = { host: '' };
  const relay = await startRelay({ target: () => place.host, roundTrip });
  const bed = await startBed(toolchain, { proxyEndpoint: () => `http://${relay.host}` });
  place.host = bed.ecr.host;
  const { imageShortName = '', awsRegion = '', awsCredentials = '' } = bed.inputs;
  const job = await bed.job({
    files: { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' },
    env: { AWS_ENDPOINT_URL: `http://${relay.host}` },
  });
  for (const arch of ['amd64', 'arm64']) {
    await succeed(job.step({ ...bed.inputs, imageTag: `v-${arch}`, platforms: `linux/${arch}` }));
  }
  const config = await logIn(bed.ecr.url, relay.host);
  const env = { ...process.env, DOCKER_CONFIG: config, BUILDX_CONFIG: config };
  const image = `${relay.host}/${imageShortName}`;
  const times: { readonly own: number[]; readonly other: number[] } = { own: [], other: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const inputs = { imageShortName, awsRegion, awsCredentials, imageTag: `a${round}`, sources: 'v-amd64\nv-arm64' };
    times.own.push(await timed(() => succeed(job.step(inputs, { action: 'merge' }))));
    const args = ['imagetools', 'create', '--tag', `${image}:b${round}`, `${image}:v-amd64`, `${image}:v-arm64`];
    times.other.push(await timed(() => promisify(execFile)(buildx, args, { env })));
  }
  const [own, other] = [median(times.own), median(times.other)];
  console.log(
    `round trip ${roundTrip} ms: merge ${own.toFixed(0)} ms, imagetools create ${other.toFixed(0)} ms, ratio ${(own / other).toFixed(2)}`,
  );
  await rm(config, { recursive: true });
  await bed.close();
  relay.close();
}

/** @returns a Docker configuration with a login for the host */
async function logIn(endpoint: string, host: string): Promise<string> {
  const client = new ECRClient({ region: REGION, credentials: ACCOUNT, endpoint });
  const { authorizationData = [] } = await client.send(new GetAuthorizationTokenCommand({}));
  const config = await mkdtemp('/tmp/bka-bench-config-');
  const auths = { [host]: { auth: authorizationData[0]?.authorizationToken } };
  await writeFile(join(config, 'config.json'), JSON.stringify({ auths }));
  return config;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}

async function succeed(step: Promise<{ code: number | null; output: string }>): Promise<void> {
  const { code, output } = await step;
  if (code !== 0) {
    throw new Error(output);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
