import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ACCOUNT, CREDENTIALS, REGION } from '../test/support/account.ts';
import { pushBaseImage } from '../test/support/base-image.ts';
import { startEcr } from '../test/support/ecr/stand-in.ts';
import { openJob } from '../test/support/job.ts';
import { startRegistry } from '../test/support/registry.ts';
import { startRemoteDaemon } from '../test/support/remote-daemon.ts';
import { resolveToolchain } from '../test/support/toolchain.ts';

/**
 * What a RUN that prints a million lines takes through the action, and bare: contenders take turns, medians and the ratio are printed, and
 * the most memory that the action had. BuildKit's own limits of what a step may print are lifted.
 */
const ROUNDS = 3;

const UNLIMITED = { BUILDKIT_STEP_LOG_MAX_SIZE: '-1', BUILDKIT_STEP_LOG_MAX_SPEED: '-1' };

const toolchain = await resolveToolchain({ log: console.error });
const registry = await startRegistry({ toolchain });
const ecr = await startEcr({ registry, accounts: [ACCOUNT], repositories: [{ name: 'app' }] });
const base = await pushBaseImage({ toolchain, registry });
const daemon = await startRemoteDaemon({ toolchain, env: UNLIMITED });
const files = { Dockerfile: `FROM ${base}\nRUN seq 1000000\n` };
const job = await openJob({ files, env: { AWS_ENDPOINT_URL: ecr.url } });
const inputs = {
  awsRegion: REGION,
  awsCredentials: CREDENTIALS,
  imageShortName: 'app',
  imageTag: 'v1',
  cache: 'none',
  noCache: 'true',
  buildkitPath: toolchain.directory,
  buildkitHost: daemon.socket,
};
const bareArguments = [
  ...['--addr', daemon.socket, 'build', '--progress', 'plain', '--frontend', 'dockerfile.v0', '--no-cache'],
  ...['--local', `context=${job.workspace}`, '--local', `dockerfile=${job.workspace}`],
  ...['--output', `type=image,name=${registry.host}/bare:v1,push=true`],
];

let memory = 0;
const bare: number[] = [];
const action: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  bare.push(
    await timed(() =>
      promisify(execFile)(toolchain.buildctl, bareArguments, { maxBuffer: 1 << 30 }).then(() => undefined),
    ),
  );
  action.push(
    await timed(async () => {
      const { code, output } = await job.step(inputs, { onStart: (pid) => void watch(pid) });
      if (code !== 0) {
        throw new Error(output.slice(-2000));
      }
    }),
  );
}
console.log(
  `bare buildctl ${median(bare).toFixed(0)} ms, action ${median(action).toFixed(0)} ms, ratio ${(median(action) / median(bare)).toFixed(2)}`,
);
console.log(`most memory of the action: ${(memory / 1024).toFixed(0)} MB`);
await job.remove();
await daemon.close();
await ecr.close();
await registry.close();

async function watch(pid: number): Promise<void> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const peak = /^VmHWM:\s*(\d+)/m.exec(status)?.[1];
  memory = Math.max(memory, Number(peak ?? 0));
  if (status !== '') {
    setTimeout(watch, 20, pid);
  }
}

async function timed(run: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await run();
  return performance.now() - begin;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
