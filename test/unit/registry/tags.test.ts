import { describe, expect, it } from 'vitest';
import { formatReference } from '../../../src/plan/reference.ts';
import { digestOf, type RemoteRepository } from '../../../src/registry/repository.ts';
import { keepImage, putTags, readTags } from '../../../src/registry/tags.ts';
import { problemOf } from '../failures.ts';
import { manifestSample } from '../plan/manifests.ts';
import { refusal, repositoryAt, routes, serve } from './server.ts';

const MISSING = "The repository with name 'team/nginx' does not exist in the registry with id '123456789012'";
const { signal } = new AbortController();
const PATH = '/v2/team/nginx/manifests';

function tagOf({ name }: RemoteRepository, tag: string) {
  return { ...name, tag };
}

describe('what tags point to', () => {
  it('is a digest, or nothing', async () => {
    const one = repositoryAt(await serve(routes({ [`GET ${PATH}/v1`]: { body: '{}' } })));
    const two = repositoryAt(await serve(() => refusal(404, 'NAME_UNKNOWN', MISSING)));
    const references = [tagOf(one, 'v1'), tagOf(two, 'v1'), tagOf(one, 'latest')];
    expect(await readTags(references, [two, one])).toEqual([
      { reference: references[0], digest: digestOf('{}') },
      { reference: references[1], digest: undefined },
      { reference: references[2], digest: undefined },
    ]);
  });

  it('cannot be asked by everybody', async () => {
    const repository = repositoryAt(await serve(() => ({ status: 403 })));
    expect((await problemOf(() => readTags([tagOf(repository, 'v1')], [repository]))).code).toBe('push-denied');
  });
});

it('tags are not put by a step that was cancelled before', async () => {
  const repository = repositoryAt(await serve(routes({ [`GET ${PATH}/v1`]: { body: '{}' } })));
  const text = await manifestSample('index-two-platforms');
  const manifest = { digest: digestOf(text), mediaType: 'application/vnd.oci.image.index.v1+json', text };
  const names = { references: [tagOf(repository, 'v1')], repositories: [repository], signal: AbortSignal.abort() };
  const { code, message } = await problemOf(() => putTags(manifest, names));
  expect(code).toBe('build-cancelled');
  expect(message).toContain(`:v1 is another image (${digestOf('{}')})`);
});

describe('an image that is kept', () => {
  it('gets the names that it has not, and is told of', async () => {
    const text = await manifestSample('index-two-platforms');
    const names = ['latest', 'v1', digestOf(text)].map((name) => `${PATH}/${name}`);
    const server = await serve(({ method, path }) =>
      method === 'PUT' ? { status: 201 } : names.includes(path) ? { body: text } : { status: 404 },
    );
    const repository = repositoryAt(server);
    const missing = [tagOf(repository, 'latest'), tagOf(repository, 'v1')];
    const kept = await keepImage(
      { kind: 'keep', digest: digestOf(text), missing },
      { repositories: [repository], signal },
    );
    expect(kept?.digest).toBe(digestOf(text));
    expect(kept?.tagged.map(formatReference)).toEqual(missing.map(formatReference));
    expect([...(kept?.platforms.keys() ?? [])]).toEqual(['linux/amd64', 'linux/arm64']);
    expect(
      server.seen.flatMap(({ method, path, body, contentType }) =>
        method === 'PUT' ? [[path, contentType, body]] : [],
      ),
    ).toEqual([
      [`${PATH}/latest`, 'application/vnd.oci.image.index.v1+json', text],
      [`${PATH}/v1`, 'application/vnd.oci.image.index.v1+json', text],
    ]);
  });

  it('is written nowhere when it has all of them', async () => {
    const text = await manifestSample('docker-manifest');
    const server = await serve(routes({ [`GET ${PATH}/${digestOf(text)}`]: { body: text } }));
    const kept = await keepImage(
      { kind: 'keep', digest: digestOf(text), missing: [] },
      { repositories: [repositoryAt(server)], signal },
    );
    const size = 734 + 1_064_323;
    const sizes = new Map([[digestOf(text), size]]);
    expect(kept).toEqual({ digest: digestOf(text), tagged: [], platforms: new Map(), size, sizes, warnings: [] });
    expect(server.seen.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each([
    ['the repository that should get a name', ['bare']],
    ['the first of the repositories that should', ['bare', 'full']],
    ['the last of the repositories that should', ['full', 'bare']],
  ] as const)('is not kept when it is not in %s, and nothing is written', async (_, needing) => {
    const text = await manifestSample('docker-manifest');
    const full = await serve(routes({ [`GET ${PATH}/${digestOf(text)}`]: { body: text } }));
    const bare = await serve(routes({}));
    const open = { full: repositoryAt(full), bare: repositoryAt(bare) };
    const missing = needing.map((which) => tagOf(open[which], 'latest'));
    const decision = { kind: 'keep', digest: digestOf(text), missing } as const;
    expect(await keepImage(decision, { repositories: [open.full, open.bare], signal })).toBeUndefined();
    expect([...full.seen, ...bare.seen].filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('may be missing in a repository that gets no name', async () => {
    const text = await manifestSample('docker-manifest');
    const full = await serve(({ method }) => (method === 'PUT' ? { status: 201 } : { body: text }));
    const bare = await serve(routes({}));
    const [home, other] = [repositoryAt(full), repositoryAt(bare)];
    const missing = [tagOf(home, 'latest')];
    const kept = await keepImage(
      { kind: 'keep', digest: digestOf(text), missing },
      { repositories: [home, other], signal },
    );
    const size = 734 + 1_064_323;
    const sizes = new Map([[digestOf(text), size]]);
    expect(kept).toEqual({ digest: digestOf(text), tagged: missing, platforms: new Map(), size, sizes, warnings: [] });
    expect(bare.seen).toEqual([]);
  });
});
