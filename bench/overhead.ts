import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ACCOUNT, CREDENTIALS, REGION } from '../test/support/account.ts';
import { pushBaseImage } from '../test/support/base-image.ts';
import { ARCH } from '../test/support/cache.ts';
import { startEcr } from '../test/support/ecr/stand-in.ts';
import { openJob } from '../test/support/job.ts';
import { startRegistry } from '../test/support/registry.ts';
import { resolveToolchain } from '../test/support/toolchain.ts';

/**
 * What the action adds to a bare `buildctl build` of the same context against the same daemon and registry, with the same cache:
 * contenders take turns, and medians and ratios are printed. Nothing here fails: machines are noisy.
 */
const ROUNDS = 9;

const toolchain = await resolveToolchain({ log: console.error });
const registry = await startRegistry({ toolchain });
const ecr = await startEcr({ registry, accounts: [ACCOUNT], repositories: [{ name: 'app' }] });
const base = await pushBaseImage({ toolchain, registry });
const tools = await mkdtemp('/tmp/bka-bench-tools-');
const files = { Dockerfile: `FROM ${base}\nRUN echo built > /built\n` };
const inputs = {
  awsRegion: REGION,
  awsCredentials: CREDENTIALS,
  imageShortName: 'app',
  imageTag: 'v1',
  buildkitPath: toolchain.directory,
};
const env = { AWS_ENDPOINT_URL: ecr.url };

const warm = await openJob({ files, env });
await warm.step(inputs);
const socket = join(warm.scratch().find((directory) => directory.includes('daemon')) ?? '', 'bk.sock');
const bareArguments = [
  ...['--addr', `unix://${socket}`, 'build', '--progress', 'plain', '--frontend', 'dockerfile.v0'],
  ...['--local', `context=${warm.workspace}`, '--local', `dockerfile=${warm.workspace}`],
  ...['--output', `type=image,name=${registry.host}/bare:v1,push=true`],
  // As the action does where nothing else is said.
  ...['buildcache', `buildcache-${ARCH}`].flatMap((tag) => [
    '--import-cache',
    `type=registry,ref=${registry.host}/bare:${tag}`,
  ]),
  '--export-cache',
  `type=registry,ref=${registry.host}/bare:buildcache-${ARCH},mode=max,compression=zstd,image-manifest=true,oci-mediatypes=true`,
];

const contenders = {
  'bare buildctl, cached no-op': () => promisify(execFile)(toolchain.buildctl, bareArguments),
  'action, daemon of an earlier step': () => succeed(warm.step(inputs)),
  'action, daemon started': () => ownDaemon(inputs),
  'action, daemon started, no network of its own': () =>
    ownDaemon({ ...inputs, buildkitConfig: '[worker.oci]\nnetworkMode = "host"\n' }),
  'bare buildkitd start and first build': bareStart,
  'action, the tag exists (skip)': () => succeed(warm.step({ ...inputs, ifTagExists: 'skip' })),
  'action, up to its first error': () => warm.step({ ...inputs, imageTag: ':' }),
  'post without a daemon': () =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, '../dist/post/index.js')]),
};

const times: Record<string, number[]> = {};
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, run] of Object.entries(contenders)) {
    const begin = performance.now();
    const own = await run();
    times[name] = [...(times[name] ?? []), typeof own === 'number' ? own : performance.now() - begin];
  }
}
const medians = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
for (const [name, value] of Object.entries(medians)) {
  console.log(`${name.padEnd(46)} ${value.toFixed(0).padStart(6)} ms`);
}
const bare = medians['bare buildctl, cached no-op'] ?? 0;
const bareCold = medians['bare buildkitd start and first build'] ?? 0;
console.log(
  `added without a daemon start: ${((medians['action, daemon of an earlier step'] ?? 0) - bare).toFixed(0)} ms`,
);
console.log(
  `added with a daemon start:    ${((medians['action, daemon started'] ?? 0) - bareCold).toFixed(0)} ms over start and build`,
);
for (const file of ['main/index.js', 'post/index.js']) {
  const { size } = await stat(join(import.meta.dirname, '../dist', file));
  console.log(`dist/${file}: ${(size / 1e6).toFixed(2)} MB`);
}

await warm.post();
await warm.remove();
await ecr.close();
await registry.close();
await rm(tools, { recursive: true });

/** A step that starts its daemon. @returns how long it takes, without post. Milliseconds */
async function ownDaemon(given: Readonly<Record<string, string>>): Promise<number> {
  const job = await openJob({ files, env });
  const took = await timed(() => succeed(job.step(given)));
  await job.post();
  await job.remove();
  return took;
}

async function bareStart(): Promise<number> {
  const directory = await mkdtemp('/tmp/bka-bench-');
  await cp(join(warm.workspace, 'Dockerfile'), join(directory, 'Dockerfile'));
  const script = `
    "$1/buildkitd" --root "$2/root" --addr "unix://$2/s" --otel-socket-path "$2/o" --config /dev/null --oci-worker=true --containerd-worker=false \\
      --oci-worker-binary "$1/buildkit-runc" >/dev/null 2>&1 & daemon=$!
    until ! kill -0 $daemon || "$1/buildctl" --addr "unix://$2/s" debug workers >/dev/null 2>&1; do sleep 0.01; done
    "$1/buildctl" --addr "unix://$2/s" build --progress plain --frontend dockerfile.v0 --local "context=$2" --local "dockerfile=$2" \\
      --output "type=image,name=$3/bare:v2,push=true" >/dev/null 2>&1
    date +%s%N >"$2/end"; kill $daemon; wait $daemon; cat "$2/end"`;
  const begin = Date.now();
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    script,
    'sh',
    toolchain.directory,
    directory,
    registry.host,
  ]);
  await rm(directory, { recursive: true });
  return Number(stdout) / 1e6 - begin;
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
