import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { clientArguments, runBuildctl, startExampleDaemon } from '../support/example-daemon.ts';
import { listProcesses } from '../support/processes.ts';
import { waitFor } from '../support/wait.ts';

const toolchain = inject('toolchain');
const SERVER = 'buildkitd-amd64-0.buildkitd-amd64.buildkit.svc.cluster.local';
/** Seconds that only this test sleeps for. */
const LONG = '3.917';
const DOCKERFILE = `FROM scratch
COPY busybox /bin/
RUN ["/bin/busybox", "sleep", "${LONG}"]
RUN ["/bin/busybox", "touch", "/after"]
`;

it('a daemon that gets SIGTERM refuses new builds, finishes the one that runs, and ends', async () => {
  const daemon = await startExampleDaemon(toolchain);
  onTestFinished(() => daemon.close());
  const context = await mkdtemp('/tmp/bka-context-');
  onTestFinished(() => rm(context, { recursive: true }));
  await copyFile(toolchain.busybox, join(context, 'busybox'));
  await writeFile(join(context, 'Dockerfile'), DOCKERFILE);
  const certificate = join(daemon.example.directory, 'certificates/client');
  const client = clientArguments(daemon.address, {
    ca: join(certificate, 'ca.pem'),
    certificate,
    serverName: SERVER,
  });
  const ended = once(daemon.process, 'exit');
  const sources = ['--local', `context=${context}`, '--local', `dockerfile=${context}`];
  const target = ['--output', `type=tar,dest=${join(context, 'image.tar')}`, '--progress', 'plain'];
  const build = runBuildctl(toolchain, [...client, 'build', '--frontend', 'dockerfile.v0', ...sources, ...target]);
  await waitFor(() => listProcesses().some(({ argv }) => argv.includes(LONG)), 'the long step');

  daemon.process.kill('SIGTERM');
  const ask = () => runBuildctl(toolchain, [...client, 'debug', 'workers']);
  await waitFor(
    () =>
      ask().then(
        () => false,
        () => true,
      ),
    'the port to be closed',
  );
  await expect(ask()).rejects.toThrow('connect: connection refused');
  expect(daemon.process.exitCode).toBeNull();
  expect(await build).toContain('touch');
  await ended;
});
