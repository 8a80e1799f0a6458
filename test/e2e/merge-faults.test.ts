import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, startBed } from '../support/bed.ts';
import type { Fault } from '../support/ecr/exchange.ts';
import { BOTH, buildLegs, merge } from '../support/legs.ts';
import { listTags } from '../support/oci.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { repositories: [{ name: 'app' }, { name: 'copy' }] });
  await buildLegs(bed, 'app', (arch) => ({ imageTag: `v1-${arch}\n${bed.ecr.host}/copy:v1-${arch}` }));
});
afterAll(() => bed.close());

const tagsOf = (repository: string) => listTags({ registryUrl: bed.registry.url, repository });
const writes =
  (path: RegExp): Fault['when'] =>
  (request) =>
    request.method === 'PUT' && path.test(request.path);
const DENIED = { errors: [{ code: 'DENIED', message: 'User: arn:aws:iam::1:user/a is not authorized' }] };

describe('a merge that a registry does not let go through', () => {
  it('has moved no tag of the other repository, when it is the index that is refused', async () => {
    const fault = bed.ecr.fault({ when: writes(/copy\/manifests/), answer: { status: 403, body: DENIED } });
    const result = await merge(bed, { imageTag: `both\n${bed.ecr.host}/copy:both`, sources: 'v1-amd64\nv1-arm64' });
    fault.remove();
    expect(result.code).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.output).toContain('title=push-denied');
    expect([await tagsOf('app'), await tagsOf('copy')].flat()).not.toContain('both');
  });

  it('says what was written before a tag was refused', async () => {
    const fault = bed.ecr.fault({ when: writes(/manifests\/second$/), answer: { status: 403, body: DENIED } });
    const result = await merge(bed, { imageTag: 'first,second', platforms: '', sources: 'v1-amd64\nv1-arm64' });
    fault.remove();
    expect(result.errors[0]).toMatch(/^127.*\/app:first is this image \(sha256:\w{64}\)$/m);
    expect(result.errors[0]).toContain(`${bed.ecr.host}/app:second is not there`);
  });

  it('is no success when a page of a proxy answers', async () => {
    const fault = bed.ecr.fault({ when: writes(/manifests\/paged$/), answer: { status: 200, body: '<html>' } });
    const result = await merge(bed, { imageTag: 'paged', sources: 'v1-amd64\nv1-arm64' });
    fault.remove();
    expect(result.output).toContain('title=registry-unreachable');
    expect(await tagsOf('app')).not.toContain('paged');
  });

  it.each([429, 500, 503])('waits and goes on when the registry answers %i for a while', async (status) => {
    const fault = bed.ecr.fault({
      when: ({ kind }) => kind === 'registry',
      answer: { status, body: { errors: [{ code: 'TOOMANYREQUESTS', message: 'Rate exceeded' }] } },
      times: 3,
    });
    const result = await merge(bed, { imageTag: `after-${status}`, sources: 'v1-amd64\nv1-arm64' });
    expect(result.code, result.output).toBe(0);
    expect(fault.hits()).toBe(3);
  });

  it('names all parts that are missing', async () => {
    const result = await merge(bed, { imageTag: 'gone', platforms: BOTH });
    expect(result.output).toContain('title=part-missing');
    expect(result.errors[0]).toMatch(/gone-amd64 is not in [\s\S]*gone-arm64 is not in/);
  });
});
