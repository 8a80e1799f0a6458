import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCOUNT, CREDENTIALS, REGION } from '../test/support/account.ts';
import { pushBaseImage } from '../test/support/base-image.ts';
import { startEcr } from '../test/support/ecr/stand-in.ts';
import { openJob } from '../test/support/job.ts';
import { digestOf, readLayerFile, readManifest } from '../test/support/oci.ts';
import { startRegistry } from '../test/support/registry.ts';
import { startReleaseServer } from '../test/support/releases.ts';
import { cacheDirectory, resolveToolchain } from '../test/support/toolchain.ts';
import { ensureSystemPackages } from './system.ts';

/** Shows the main job on this machine: a stand-in for ECR, a sample application, and the shipped action in between. */
const root = join(import.meta.dirname, '..');
const say = (line: string) => console.log(`\n── ${line}`);
const log = (line: string) => console.log(`   ${line}`);

async function demo(): Promise<boolean> {
  say('Getting the real programs that stand for GitHub and AWS ready');
  await ensureSystemPackages({ log });
  const toolchain = await resolveToolchain({ log });

  say("Starting ECR's stand-in over a real registry, with a repository nginx");
  const registry = await startRegistry({ toolchain });
  const ecr = await startEcr({ registry, accounts: [ACCOUNT], repositories: [{ name: 'nginx' }] });
  const releases = await startReleaseServer({ toolchain });
  const baseImage = await pushBaseImage({ toolchain, registry });
  const job = await openJob({
    directory: join(root, 'examples/app'),
    toolCache: join(cacheDirectory(), 'demo-tools'),
    env: { AWS_ENDPOINT_URL: ecr.url },
  });

  try {
    say('Running the action as a workflow would: with a credentials file, an image name and a tag');
    const result = await job.step({
      awsRegion: REGION,
      awsCredentials: CREDENTIALS,
      imageShortName: 'nginx',
      imageTag: 'v1.0.0',
      extraArgs: `--opt build-arg:BASE_IMAGE=${baseImage} --opt build-arg:GREETING="hello from buildkit-aws"`,
      buildkitDownloadUrl: releases.downloadUrl,
      buildkitSha256: releases.sha256,
    });
    // GitHub's runner takes the masks for itself.
    console.log(result.log);
    if (result.code !== 0) {
      return false;
    }

    say('Outputs of the step');
    for (const [name, value] of Object.entries(result.outputs)) {
      log(`${name} = ${value.replaceAll('\n', ', ')}`);
    }
    const summary = join(cacheDirectory(), 'demo', 'summary.md');
    await mkdir(join(summary, '..'), { recursive: true });
    await writeFile(summary, result.summary);
    say(`Job summary: ${summary}`);
    console.log((await readFile(summary, 'utf8')).replaceAll(/^/gm, '   '));

    say('Proof: the manifest, read back from the registry and hashed here');
    const image = { registryUrl: registry.url, repository: 'nginx', reference: 'v1.0.0' };
    const digest = digestOf((await readManifest(image)).bytes);
    log(`sha256 of the manifest: ${digest}`);
    log(`output imageDigest:     ${result.outputs.imageDigest}`);
    log(`/app/greeting.txt in the image: ${(await readLayerFile({ ...image, path: 'app/greeting.txt' }))?.trim()}`);
    say(digest === result.outputs.imageDigest ? 'They are the same.' : 'They differ: this is a bug.');
    return digest === result.outputs.imageDigest;
  } finally {
    await job.post();
    await job.remove();
    await releases.close();
    await ecr.close();
    await registry.close();
  }
}

// The step gets the signal, too, and ends; then everything is taken away as after any other end.
process.on('SIGINT', () => say('Stopping'));
process.exitCode = (await demo()) ? 0 : 1;
