import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { pushBaseImage } from '../support/base-image.ts';
import { type Bed, startBed } from '../support/bed.ts';
import { type GuardedRegistry, startGuardedRegistry } from '../support/guarded-registry.ts';
import { filesHolding } from '../support/leaks.ts';

const LOGIN = { user: 'puller', password: 'fake pass/word:with = all' };
const BASE64 = Buffer.from(`${LOGIN.user}:${LOGIN.password}`).toString('base64');
const FILES = { Dockerfile: 'FROM busybox:1\nRUN echo built > /built\n' };

let bed: Bed;
let guarded: GuardedRegistry;
let open: GuardedRegistry;
beforeAll(async () => {
  const toolchain = inject('toolchain');
  bed = await startBed(toolchain);
  const { registry } = bed;
  await pushBaseImage({ toolchain, registry, repository: 'hub/library/busybox' });
  guarded = await startGuardedRegistry({ registry, login: `${LOGIN.user}:${LOGIN.password}` });
  open = await startGuardedRegistry({ registry });
});
afterEach(() => bed.endJobs());
afterAll(async () => {
  await guarded.close();
  await open.close();
  await bed.close();
});

const auths = () => `# a comment\n${guarded.host}  ${LOGIN.user}\t${LOGIN.password}`;

describe('a mirror of Docker Hub', () => {
  it('serves FROM busybox with a login of registryAuths, whose password is nowhere to be seen', async () => {
    const job = await bed.job({ files: FILES });
    const inputs = { registryMirrors: `docker.io=${guarded.host}/hub`, registryAuths: auths() };
    const result = await job.step({ ...bed.inputs, ...inputs });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(guarded.requests.map(({ authorization }) => authorization)).toContain(`Basic ${BASE64}`);
    expect(new Set(guarded.requests.map(({ authorization }) => authorization))).toEqual(
      new Set([undefined, `Basic ${BASE64}`]),
    );
    expect(guarded.requests.some(({ path }) => path.startsWith('/v2/hub/library/busybox/blobs/'))).toBe(true);
    expect(result.masks).toEqual(expect.arrayContaining([LOGIN.password, BASE64]));
    const places = [job.temp, job.workspace, job.home, ...job.scratch()];
    for (const secret of [LOGIN.password, BASE64]) {
      expect(result.log).not.toContain(secret);
      expect(result.summary).not.toContain(secret);
    }
    expect(await filesHolding([LOGIN.password, BASE64], places)).toEqual([]);
  });

  it('that is not ECR gets no token of AWS, even when it asks for one', async () => {
    const job = await bed.job({ files: FILES });
    const before = guarded.requests.length;
    const registryMirrors = `docker.io=${guarded.host}/hub\ndocker.io=${open.host}/hub`;
    const result = await job.step({ ...bed.inputs, registryMirrors });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    const seen = [...guarded.requests.slice(before), ...open.requests];
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.map(({ authorization }) => authorization)).toEqual(seen.map(() => undefined));
  });

  it('is tried after the one of the line before', async () => {
    const job = await bed.job({ files: FILES });
    const before = [guarded.requests.length, open.requests.length] as const;
    const registryMirrors = `docker.io=${open.host}/nothing-here\nindex.docker.io=${guarded.host}/hub`;
    const result = await job.step({ ...bed.inputs, registryMirrors, registryAuths: auths() });
    expect(result.code, result.output).toBe(0);
    expect(open.requests.slice(before[1]).every(({ path }) => path.includes('/nothing-here/library/busybox/'))).toBe(
      true,
    );
    expect(open.requests.length).toBeGreaterThan(before[1]);
    expect(guarded.requests.length).toBeGreaterThan(before[0]);
  });

  it('belongs to the daemon: the same one is for steps with the same mirrors', async () => {
    const job = await bed.job({ files: FILES });
    const registryMirrors = `docker.io=${open.host}/hub`;
    const first = await job.step({ ...bed.inputs, registryMirrors });
    const same = await job.step({ ...bed.inputs, registryMirrors });
    const other = await job.step({ ...bed.inputs, registryMirrors: `${registryMirrors}\nquay.io=${open.host}/quay` });
    expect([first.code, same.code, other.code]).toEqual([0, 0, 0]);
    expect(same.log).toContain('BuildKit daemon of an earlier step');
    expect(other.log).toContain('BuildKit daemon started');
  });
});

describe('registryAuths', () => {
  it('opens a registry that FROM names, also without AWS', async () => {
    const job = await bed.job({ files: { Dockerfile: `FROM ${guarded.host}/base/busybox:1\n` } });
    const inputs = { imageShortName: 'app', imageTag: 'v1', push: 'false', buildkitPath: bed.toolchain.directory };
    const before = bed.ecr.requests.length;
    const result = await job.step({ ...inputs, registryAuths: auths() });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
    expect(bed.ecr.requests.length).toBe(before);
  });

  it('does not win over the token of a registry that is pushed to', async () => {
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, registryAuths: `${bed.ecr.host} AWS fake-wrong-token` });
    expect(result, result.output).toMatchObject({ code: 0, warnings: [] });
  });

  it('does not show a line that it cannot read', async () => {
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, registryAuths: `${guarded.host}:${LOGIN.user}:hunter-2-fake` });
    expect(result.output).toContain('title=registry-auth-malformed');
    expect(result.output).not.toContain('hunter-2-fake');
  });
});
