import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { build, refuse } from '../support/built.ts';
import { listen, stop } from '../support/listen.ts';
import { readLayerFile } from '../support/oci.ts';

const BUILT_IN = 'is built into BuildKit';

let bed: Bed;
let registry: Server;
let host: string;
const asked: string[] = [];
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  registry = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404).end();
  });
  host = `127.0.0.1:${await listen(registry, { address: '127.0.0.1', port: 0 })}`;
});
afterAll(async () => {
  await bed.close();
  await stop(registry);
});

describe('a Dockerfile that asks for the official frontend', () => {
  it.each([
    '# syntax=docker/dockerfile:1',
    '#syntax = docker.io/docker/dockerfile:1',
    '# check=skip=all\n# syntax=docker/dockerfile:1',
  ])('is built with the one in BuildKit, without a network: %j', async (directive) => {
    const Dockerfile = `${directive}\n${dockerfile(bed.baseImage, 'RUN <<EOF\necho heredoc > /built\nEOF')}`;
    const { image, result } = await build(bed, {}, { Dockerfile });
    expect(await readLayerFile({ ...image, path: 'built' })).toBe('heredoc\n');
    expect(result.log).toMatch(/Dockerfile syntax (?:docker\.io\/)?docker\/dockerfile:1 is built into BuildKit/);
    expect(result.log).not.toContain('resolve image config');
  });

  it('is built with it also for the names of its stages', async () => {
    const Dockerfile = '# syntax=docker/dockerfile:1\nFROM scratch AS one\n';
    const { error } = await refuse(await bed.job({ files: { Dockerfile } }), bed, { target: 'two' });
    expect(error).toContain('Its stages are one.');
  });
});

describe('a Dockerfile that asks for another frontend', () => {
  it.each(['none:1', 'docker/dockerfile:1'])('gets that one: %s of another registry', async (name) => {
    asked.length = 0;
    const Dockerfile = `# syntax=${host}/${name}\n${dockerfile(bed.baseImage)}`;
    const { result } = await refuse(await bed.job({ files: { Dockerfile } }), bed, {});
    expect(result.log).not.toContain(BUILT_IN);
    expect(asked).toContain(`/v2/${name.replace(':', '/manifests/')}`);
  });

  it('gets it when it is named as a build argument', async () => {
    asked.length = 0;
    const Dockerfile = `# syntax=docker/dockerfile:1\n${dockerfile(bed.baseImage)}`;
    const job = await bed.job({ files: { Dockerfile } });
    const { result } = await refuse(job, bed, { buildArgs: `BUILDKIT_SYNTAX=${host}/mine:2` });
    expect(result.log).not.toContain(BUILT_IN);
    expect(asked).toContain('/v2/mine/manifests/2');
  });
});

it('says nothing of a Dockerfile that asks for none', async () => {
  const { result } = await build(bed);
  expect(result.log).not.toContain(BUILT_IN);
});
