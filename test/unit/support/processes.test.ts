import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  descendantsOf,
  isRunning,
  listProcesses,
  mountsUnder,
  processesNaming,
  sampleArguments,
  socketsUnder,
} from '../../support/processes.ts';

test('finds this process and the children of its children', async () => {
  const child = spawn('sh', ['-c', 'sleep 60.125; :'], { detached: true });
  await expect.poll(() => descendantsOf(process.pid).flatMap(({ argv }) => argv)).toContain('60.125');
  const sleeper = processesNaming('60.125').find(({ argv }) => argv[0] === 'sleep');
  expect(sleeper && isRunning(sleeper)).toBe(true);
  expect(listProcesses().find(({ pid }) => pid === process.pid)?.ppid).toBe(process.ppid);
  const exited = once(child, 'exit');
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await exited;
  await expect.poll(() => sleeper && isRunning(sleeper)).toBe(false);
});

test('collects the arguments of processes that run meanwhile', async () => {
  const { result, arguments: seen } = await sampleArguments(async () => {
    const child = spawn('sleep', ['0.0625']);
    await once(child, 'exit');
    return 'done';
  });
  expect(result).toBe('done');
  expect(seen).toContain('0.0625');
});

test('finds sockets and mounts under a directory', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'buildkit-aws-processes-'));
  const server = createServer().listen(join(directory, 'a.sock'));
  await once(server, 'listening');
  expect(socketsUnder(directory)).toEqual([join(directory, 'a.sock')]);
  expect(mountsUnder(directory)).toEqual([]);
  expect(mountsUnder('/proc')).toContain('/proc');
  server.close();
  await once(server, 'close');
  expect(socketsUnder(directory)).toEqual([]);
  rmSync(directory, { recursive: true });
});
