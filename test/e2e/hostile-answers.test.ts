import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { expectHarmless, expectHarmlessSummary, HOSTILE_LINE, HOSTILE_LINES } from '../support/hostile.ts';
import type { StepOptions, StepResult } from '../support/job.ts';
import { LEG_FILES } from '../support/legs.ts';
import { listen } from '../support/listen.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterEach(() => bed.endJobs());
afterAll(() => bed.close());

type Fault = Parameters<Bed['ecr']['fault']>[0];

/** A step, harmless, that meets an answer. */
async function meet(
  fault: Fault,
  given: Readonly<Record<string, string>> = {},
  options: StepOptions = {},
): Promise<StepResult> {
  const injected = bed.ecr.fault(fault);
  const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, `RUN echo ${Date.now()} > /new`) } });
  const inputs = options.action === 'merge' ? { ...bed.inputs, buildkitPath: undefined } : bed.inputs;
  const all = Object.entries({ ...inputs, ...given }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  const step = await job.step(Object.fromEntries(all), options);
  injected.remove();
  expectHarmless(step);
  expectHarmlessSummary(step);
  return step;
}

const json = { 'content-type': 'application/json' };

describe('what a registry says', () => {
  const refusal = (status: number, message = HOSTILE_LINES) => ({
    status,
    headers: json,
    body: {
      errors: [
        { code: HOSTILE_LINE, message },
        { code: 'DENIED', message: `denied: ${HOSTILE_LINE}` },
      ],
    },
  });

  it.each([
    ['an upload', 'POST', /\/blobs\/uploads/, refusal(403)],
    ['a manifest', 'PUT', /\/manifests\//, refusal(400)],
    [
      'a page',
      'PUT',
      /\/manifests\//,
      { status: 403, headers: { 'content-type': 'text/html' }, body: `<script>${HOSTILE_LINES}` },
    ],
  ] as const)('is text when it refuses: %s', async (_, method, path, answer) => {
    const when: Fault['when'] = (request) =>
      request.kind === 'registry' && request.method === method && path.test(request.path);
    expect((await meet({ when, answer }, { cache: 'none' })).code).toBe(1);
  });

  it('is text when a cache cannot be written', async () => {
    const when: Fault['when'] = ({ kind, method, path }) =>
      kind === 'registry' && method === 'PUT' && path.includes('buildcache');
    const step = await meet({ when, answer: refusal(403, HOSTILE_LINE) });
    expect(step.code, step.output).toBe(0);
    expect(step.warnings.join('\n')).toContain('its cache could not be exported');
  });

  it('is text when a merge is refused', async () => {
    const when: Fault['when'] = ({ kind, method }) => kind === 'registry' && method === 'GET';
    const given = { platforms: 'linux/amd64,linux/arm64' };
    expect((await meet({ when, answer: refusal(403) }, given, { action: 'merge' })).code).toBe(1);
  });
});

describe('what AWS says', () => {
  const answer = (type: string) => ({ status: 400, headers: json, body: { __type: type, message: HOSTILE_LINES } });
  it.each([
    ['of an identity', 'GetAuthorizationToken', answer('AccessDeniedException')],
    ['in an error that nobody knows', 'GetAuthorizationToken', answer(`a#${HOSTILE_LINE}`)],
    ['of a repository', 'DescribeRepositories', answer('RepositoryNotFoundException')],
    [
      'of its own address',
      'GetAuthorizationToken',
      {
        status: 200,
        headers: json,
        body: {
          authorizationData: [
            {
              authorizationToken: Buffer.from('AWS:fake').toString('base64'),
              proxyEndpoint: `https://${HOSTILE_LINES}`,
            },
          ],
        },
      },
    ],
  ] as const)('is text: %s', async (_, action, answer) => {
    const step = await meet({ when: (request) => request.action === action, answer });
    expect(step.code === 1 || step.warnings.length > 0, step.output).toBe(true);
  });

  it('is text in what a scan has found', async () => {
    bed.ecr.addRepository({ name: 'scanned' });
    const findings = [
      { name: `CVE ${HOSTILE_LINE}`, severity: 'CRITICAL', package: HOSTILE_LINES, version: HOSTILE_LINE },
      { name: HOSTILE_LINES, severity: 'HIGH', package: '`a` | <script>', version: '[a](http://a.invalid)' },
    ];
    bed.ecr.addScan({ repository: 'scanned', answers: [{ status: 'COMPLETE', findings }] });
    const inputs = { ...bed.inputs, imageShortName: 'scanned', cache: 'none', scanFailOn: 'high' };
    const step = await (await bed.job({ files: LEG_FILES })).step(inputs);
    expectHarmless(step);
    expectHarmlessSummary(step);
    expect(step.output).toContain('title=scan-');
    expect(JSON.parse(step.outputs.scanFindings ?? '')).toEqual({ CRITICAL: 1, HIGH: 1 });
  });
});

describe('what a daemon says', () => {
  it('is text when it does not start', async () => {
    const directory = await mkdtemp('/tmp/bka-broken-');
    await writeFile(join(directory, 'words'), `${HOSTILE_LINES}\0\n`);
    for (const name of ['buildctl', 'buildkit-runc']) {
      await writeFile(join(directory, name), '#!/bin/sh\n', { mode: 0o755 });
    }
    await writeFile(join(directory, 'buildkitd'), `#!/bin/sh\ncat ${directory}/words >&2\nexit 1\n`, { mode: 0o755 });
    const step = await (await bed.job()).step({ ...bed.inputs, buildkitPath: directory });
    await rm(directory, { recursive: true });
    expectHarmless(step);
    expectHarmlessSummary(step);
    expect(step.output).toContain('title=daemon-not-started');
  });

  it('is text when it runs elsewhere', async () => {
    const server = createServer((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\n\r\n${HOSTILE_LINES}\0`).on('error', () => undefined),
    );
    const port = await listen(server, { address: '127.0.0.1', port: 0 });
    const buildkitHost = `tcp://127.0.0.1:${port}\ntcp://127.0.0.1:1`;
    const step = await (await bed.job()).step({ ...bed.inputs, buildkitHost });
    server.close();
    expectHarmless(step);
    expect(step.output).toContain('title=daemon-unreachable');
  });
});

describe('what files hold', () => {
  const TEXT = `${HOSTILE_LINES}\0\ud800${HOSTILE_LINE}`;
  /** Bytes. */
  const MEGABYTE = 1 << 20;
  it.each([
    ['text', TEXT],
    ['a megabyte of text', TEXT.repeat(MEGABYTE / TEXT.length)],
    ['a megabyte of one character', '/'.repeat(MEGABYTE)],
    [
      'JSON of another shape',
      JSON.stringify({ __proto__: [], [HOSTILE_LINES]: HOSTILE_LINES, imageTagMutability: HOSTILE_LINE }),
    ],
    [
      'a section',
      `[default]\naws_access_key_id = ${HOSTILE_LINE}\naws_secret_access_key = ${TEXT}\n[${HOSTILE_LINE}]\na=b\n`,
    ],
  ])('is text, in whatever file it is that an input names: %s', async (_, file) => {
    const job = await bed.job({ files: { Dockerfile: file, '.dockerignore': file, file } });
    const readers = [
      'awsCredentials',
      'repositorySettings',
      'gitSshKey',
      'gitSshKnownHosts',
      'buildkitCaCert',
      'buildkitConfig',
    ];
    const keys = ['buildkitClientCert', 'buildkitClientKey', 'imageDefinitionsFile'];
    const inputs = Object.fromEntries([...readers, ...keys].map((name) => [name, 'file']));
    const more = {
      ecsContainerName: 'app',
      secrets: 'a=file:file',
      ssh: 'default=file',
      buildkitHost: 'tcp://127.0.0.1:1',
    };
    const all = await job.step({ ...bed.inputs, ...inputs, ...more });
    expectHarmless(all);
    expectHarmlessSummary(all);
    expect(all.code).toBe(1);
    const built = await job.step({ ...bed.inputs, push: 'false' });
    expectHarmless(built);
    expectHarmlessSummary(built);
    expect(built.code, built.output.slice(0, 5000)).toBe(1);
  });
});
