import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, refuse } from '../support/built.ts';
import { FAST } from '../support/job.ts';
import { readLayerFile } from '../support/oci.ts';
import { descendantsOf } from '../support/processes.ts';
import { type RemoteDaemon, startRemoteDaemon } from '../support/remote-daemon.ts';
import type { Toolchain } from '../support/toolchain.ts';
import { sleepers } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';

let bed: Bed;
let toolchain: Toolchain;
beforeAll(async () => {
  toolchain = inject('toolchain');
  bed = await startBed(toolchain);
});
afterAll(() => bed.close());

function addressOf(daemon: RemoteDaemon | undefined): string {
  return daemon?.address ?? '';
}

describe('machines elsewhere that go away in the middle of a build', () => {
  it('are passed over when they are killed, while there is another one', async () => {
    const daemons = await Promise.all([1, 2, 3].map(() => startRemoteDaemon({ toolchain })));
    try {
      const own = await bed.job({
        files: { Dockerfile: dockerfile(bed.baseImage, 'RUN sleep 2 && echo done > /done') },
      });
      const step = buildIn(own, bed, { buildkitHost: daemons.map(addressOf).join('\n') });
      const busy = () => daemons.find(({ pid }) => descendantsOf(pid).some(({ argv }) => argv.join(' ') === 'sleep 2'));
      await waitFor(() => busy() !== undefined, 'a build step');
      const killed = busy();
      await killed?.kill();
      const { image, result } = await step;
      expect(await readLayerFile({ ...image, path: 'done' })).toBe('done\n');
      expect(result.warnings).toEqual([
        expect.stringContaining(`${killed?.address} has ended in the middle of the build`),
      ]);
    } finally {
      await Promise.all(daemons.map((daemon) => daemon.close()));
    }
  });

  it('are passed over when they fall silent, as a machine without power does', { timeout: 150_000 }, async () => {
    const daemons = await Promise.all([1, 2].map(() => startRemoteDaemon({ toolchain })));
    try {
      const own = await bed.job({
        files: { Dockerfile: dockerfile(bed.baseImage, 'RUN sleep 5 && echo done > /done') },
      });
      const step = buildIn(own, bed, { buildkitHost: daemons.map(addressOf).join('\n') }, FAST);
      const busy = () => daemons.find(({ pid }) => descendantsOf(pid).some(({ argv }) => argv.join(' ') === 'sleep 5'));
      await waitFor(() => busy() !== undefined, 'a build step');
      const silent = busy();
      process.kill(silent?.pid ?? 0, 'SIGSTOP');
      // A step that does not notice ends, too.
      const late = setTimeout(() => process.kill(silent?.pid ?? 0, 'SIGCONT'), 100_000);
      const { image, result } = await step;
      clearTimeout(late);
      await silent?.kill();
      expect(await readLayerFile({ ...image, path: 'done' })).toBe('done\n');
      expect(result.warnings).toEqual([
        expect.stringContaining(`${silent?.address} has ended in the middle of the build`),
      ]);
    } finally {
      await Promise.all(daemons.map((daemon) => daemon.close()));
    }
  });

  it('fail the step when there is no other, which names the address', async () => {
    const daemon = await startRemoteDaemon({ toolchain });
    try {
      const own = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, 'RUN sleep 2') } });
      const step = refuse(own, bed, { buildkitHost: daemon.address });
      await waitFor(() => descendantsOf(daemon.pid).some(({ argv }) => argv.join(' ') === 'sleep 2'), 'a build step');
      await daemon.kill();
      const { code, error } = await step;
      expect(code, error).toBe('daemon-lost');
      expect(error).toContain(`The BuildKit daemon at ${daemon.address} has gone during the build: `);
      expect(error).toContain('At work then: [2/2] RUN sleep 2');
    } finally {
      await daemon.close();
    }
  });

  it('are named with their platform, where each has one of its own', async () => {
    const [lost, other] = await Promise.all([1, 2].map(() => startRemoteDaemon({ toolchain })));
    try {
      const Dockerfile = dockerfile(bed.baseImage, 'ARG TARGETARCH', 'RUN [ $TARGETARCH = amd64 ] || sleep 2.005');
      const step = refuse(await bed.job({ files: { Dockerfile } }), bed, {
        platforms: 'linux/amd64,linux/386',
        buildkitHost: `linux/amd64=${addressOf(other)}\nlinux/386=${addressOf(lost)}`,
      });
      await waitFor(() => sleepers(2.005).length > 0, 'a build step');
      await lost?.kill();
      const { code, error } = await step;
      expect(code, error).toBe('daemon-lost');
      expect(error).toContain(`linux/386: The BuildKit daemon at ${addressOf(lost)} has gone during the build: `);
    } finally {
      await Promise.all([lost, other].map((daemon) => daemon?.close()));
    }
  });
});
