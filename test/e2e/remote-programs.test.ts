import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import { buildIn, refuse } from '../support/built.ts';
import { openDirectory } from '../support/namespace.ts';
import { readLayerFile } from '../support/oci.ts';
import { type RemoteDaemon, startRemoteDaemon } from '../support/remote-daemon.ts';
import type { Toolchain } from '../support/toolchain.ts';

let bed: Bed;
let toolchain: Toolchain;
let plain: RemoteDaemon;
beforeAll(async () => {
  toolchain = inject('toolchain');
  bed = await startBed(toolchain);
  plain = await startRemoteDaemon({ toolchain });
});
afterAll(async () => {
  await bed.close();
  await plain.close();
});

/** A program that runs buildctl's own bridge in place of what it stands for, and notes how it was called. */
async function makeBridge(name: 'kubectl' | 'docker'): Promise<{ readonly directory: string; readonly calls: string }> {
  const directory = await openDirectory();
  const calls = join(directory, 'calls');
  const script = `#!/bin/sh\necho "$@" >>${calls}\nexec ${toolchain.buildctl} --addr ${plain.socket} dial-stdio\n`;
  await writeFile(join(directory, name), script, { mode: 0o755 });
  return { directory, calls };
}

describe.each([
  [
    'kubectl',
    'kube-pod://buildkitd-0?namespace=builders&container=buildkitd',
    /exec .*--namespace builders.* buildkitd-0|exec .*buildkitd-0/,
  ],
  ['docker', 'docker-container://buildkitd', /exec -i buildkitd/],
] as const)('a BuildKit that %s reaches', (name, buildkitHost, call) => {
  it('is built on', async () => {
    const { directory, calls } = await makeBridge(name);
    const job = await bed.job({ env: { PATH: `${directory}:${process.env.PATH}` } });
    const { image } = await buildIn(job, bed, { buildkitHost });
    expect(await readLayerFile({ ...image, path: 'built' })).toBe('built\n');
    const { stdout } = await promisify(execFile)('cat', [calls]);
    expect(stdout).toMatch(call);
  });

  it(`is not reached when ${name} says that there is none, and no certificates are asked for`, async () => {
    const directory = await openDirectory();
    const words = 'Error from server (NotFound): pods "buildkitd-0" not found; No such container: buildkitd';
    await writeFile(join(directory, name), `#!/bin/sh\necho '${words}' >&2\nexit 1\n`, { mode: 0o755 });
    const job = await bed.job({ env: { PATH: `${directory}:${process.env.PATH}` } });
    const { code, error } = await refuse(job, bed, { buildkitHost });
    expect([code, error]).toEqual(['daemon-unreachable', expect.stringContaining('there is no such pod or container')]);
    expect(error).not.toContain('buildkitClientCert');
  });

  it(`is not reached without ${name}`, async () => {
    const directory = await openDirectory();
    await mkdir(join(directory, 'empty'));
    expect(await readdir(join(directory, 'empty'))).toEqual([]);
    const job = await bed.job({ env: { PATH: join(directory, 'empty') } });
    const { code, error } = await refuse(job, bed, { buildkitHost });
    expect([code, error]).toEqual(['daemon-unreachable', expect.stringContaining('is not on the PATH of the runner')]);
  });
});
