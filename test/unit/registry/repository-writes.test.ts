import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/registry/repository.ts';
import { problemOf } from '../failures.ts';
import { type Answer, AUTH, refusal, repositoryAt, routes, serve } from './server.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const TEXT = `{"schemaVersion":2,"mediaType":"${INDEX}","note":"\\u003c é"}`;
const MANIFEST = { digest: digestOf(TEXT), mediaType: INDEX, text: TEXT };
const V1 = '/v2/team/nginx/manifests/v1';

describe('a tag', () => {
  it('is written with the bytes and the type of the manifest', async () => {
    const server = await serve(routes({ [`PUT ${V1}`]: { status: 201 } }));
    await repositoryAt(server).put('v1', MANIFEST);
    expect(server.seen).toEqual([
      { method: 'PUT', path: V1, authorization: `Basic ${AUTH}`, accept: undefined, contentType: INDEX, body: TEXT },
    ]);
  });

  it('is written again when the registry was busy', async () => {
    const answers = [{ status: 429 }, { status: 201 }].values();
    const server = await serve(() => answers.next().value ?? { status: 410 });
    await repositoryAt(server).put('v1', MANIFEST);
    expect(server.seen.map(({ body }) => body)).toEqual([TEXT, TEXT]);
  });

  it.each([
    [
      'it is immutable',
      refusal(
        400,
        'TAG_INVALID',
        "The image tag 'v1' already exists in the 'team/nginx' repository and cannot be overwritten because the tag is immutable.",
      ),
      'tag-immutable',
      'Tags of team/nginx are immutable: choose another imageTag than v1.',
    ],
    [
      'its identity may not',
      refusal(403, 'DENIED', 'User: fake is not authorized to perform: ecr:PutImage on resource: arn:fake because …'),
      'push-denied',
      'Allow ecr:PutImage on arn:fake',
    ],
    ['the registry says no more', { status: 405 }, 'push-refused', 'after the name of the image'],
  ])('is refused: %s', async (_, answer, code, hint) => {
    const server = await serve(() => answer);
    const problem = await problemOf(() => repositoryAt(server).put('v1', MANIFEST));
    expect(problem.code).toBe(code);
    expect(problem.message.startsWith(`${server.host}/team/nginx:v1: `)).toBe(true);
    expect(problem.hint).toContain(hint);
    expect(server.seen).toHaveLength(1);
  });
});

describe('a registry that wants a token of its own', () => {
  const SCOPE = 'repository:team/nginx:pull,push';

  /** A registry whose tokens are from this place. */
  function bearerRegistry(realm: (origin: string) => string, token: Answer = { body: '{"token":"fake-bearer"}' }) {
    const server = serve(({ method, path, authorization }) => {
      if (path.startsWith('/token/')) {
        return token;
      }
      return authorization === 'Bearer fake-bearer'
        ? { status: method === 'PUT' ? 201 : 200, body: TEXT }
        : challenge();
    });
    const challenge = () => ({
      status: 401,
      headers: { 'WWW-Authenticate': `Bearer realm="${realm(origin)}",service="fake.example",scope="${SCOPE}"` },
    });
    let origin = '';
    return server.then((started) => {
      origin = started.origin;
      return started;
    });
  }

  it('gets it for the token of AWS, and keeps to it', async () => {
    const server = await bearerRegistry((origin) => `${origin}/token/`);
    const repository = repositoryAt(server);
    expect((await repository.manifest('v1'))?.text).toBe(TEXT);
    await repository.put('v1', MANIFEST);
    expect(server.seen.map(({ method, path, authorization }) => [method, path, authorization])).toEqual([
      ['GET', V1, `Basic ${AUTH}`],
      ['GET', `/token/?service=fake.example&scope=${encodeURIComponent(SCOPE)}`, `Basic ${AUTH}`],
      ['GET', V1, 'Bearer fake-bearer'],
      ['PUT', V1, 'Bearer fake-bearer'],
    ]);
  });

  it('has created nothing when it answers a write with a page', async () => {
    const server = await serve(() => ({ status: 200, body: '<html>Log in</html>' }));
    const problem = await problemOf(() => repositoryAt(server).put('v1', MANIFEST));
    expect(problem.code).toBe('registry-unreachable');
    expect(problem.message).toContain('answered with HTTP 200 to what should create v1');
  });

  it('does not get the token of AWS sent elsewhere', async () => {
    const elsewhere = await serve(() => ({ body: '{"token":"fake-bearer"}' }));
    const server = await bearerRegistry(() => `${elsewhere.origin}/token/`);
    expect((await problemOf(() => repositoryAt(server).manifest('v1'))).code).toBe('push-unauthenticated');
    expect(elsewhere.seen).toEqual([]);
    expect(server.seen).toHaveLength(1);
  });

  it('does not get it sent elsewhere through a redirect', async () => {
    const elsewhere = await serve(() => ({ body: '{"token":"fake-bearer"}' }));
    const redirect = { status: 307, headers: { Location: `${elsewhere.origin}/token/` } };
    const server = await bearerRegistry((origin) => `${origin}/token/`, redirect);
    await repositoryAt(server).manifest('v1');
    expect(elsewhere.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it.each([
    ['no token', { body: '{}' }, 'push-unauthenticated'],
    ['a refusal', { status: 403 }, 'push-denied'],
    ['a token that does not open it', { body: '{"token":"fake-other"}' }, 'push-unauthenticated'],
    ['a page', { body: '<html>' }, 'registry-unreachable'],
  ])('and answers with %s', async (_, token, code) => {
    const server = await bearerRegistry((origin) => `${origin}/token/`, token);
    const problem = await problemOf(() => repositoryAt(server).manifest('v1'));
    expect(problem.code).toBe(code);
    expect(JSON.stringify(problem)).not.toMatch(/fake-other|fake-token/);
  });

  it.each(['Basic realm="fake"', 'Bearer', 'Bearer service="fake"', ''])('but not with %j', async (value) => {
    const server = await serve(() => ({ status: 401, headers: { 'WWW-Authenticate': value } }));
    expect((await problemOf(() => repositoryAt(server).manifest('v1'))).code).toBe('push-unauthenticated');
    expect(server.seen).toHaveLength(1);
  });

  it('and says it in a way that cannot be read', async () => {
    const server = await bearerRegistry(() => '/token/');
    expect((await problemOf(() => repositoryAt(server).manifest('v1'))).code).toMatch(
      /^(?:registry-unreachable|push-unauthenticated)$/,
    );
  });
});

describe('an upload', () => {
  const UPLOADS = '/v2/team/nginx/blobs/uploads/';

  it.each([
    ['a path', () => `${UPLOADS}1?state=fake`],
    ['an address', (origin: string) => `${origin}${UPLOADS}1?state=fake`],
  ])('is begun and given up, at %s', async (_, location) => {
    const server = await serve(({ method }) =>
      method === 'POST' ? { status: 202, headers: { Location: location(server.origin) } } : { status: 204 },
    );
    await repositoryAt(server).tryUpload();
    expect(server.seen.map(({ method, path, authorization }) => [method, path, authorization])).toEqual([
      ['POST', UPLOADS, `Basic ${AUTH}`],
      ['DELETE', `${UPLOADS}1?state=fake`, `Basic ${AUTH}`],
    ]);
  });

  it('is given up elsewhere without the login', async () => {
    const elsewhere = await serve(() => ({ status: 204 }));
    const server = await serve(() => ({ status: 202, headers: { Location: `${elsewhere.origin}/bucket` } }));
    await repositoryAt(server).tryUpload();
    expect(elsewhere.seen.flatMap(({ authorization }) => authorization ?? [])).toEqual([]);
  });

  it.each([
    ['the registry has forgotten it', { status: 202, headers: { Location: '/v2/gone' } }],
    ['it has no place', { status: 202 }],
  ])('needs no end: %s', async (_, answer) => {
    const server = await serve(({ method }) => (method === 'POST' ? answer : { status: 404 }));
    await expect(repositoryAt(server).tryUpload()).resolves.toBeUndefined();
  });

  it('may be refused', async () => {
    const said = "The repository with name 'team/nginx' does not exist in the registry with id '123456789012'";
    const server = await serve(() => refusal(404, 'NAME_UNKNOWN', said));
    expect((await problemOf(() => repositoryAt(server).tryUpload())).code).toBe('repository-missing');
    expect(server.seen).toHaveLength(1);
  });
});

it('a registry that nobody answers for', { timeout: 60_000 }, async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => free.once('listening', resolve));
  const address = free.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await new Promise((resolve) => free.close(resolve));
  expect(await problemOf(() => repositoryAt({ host: `127.0.0.1:${port}` }).manifest('v1'))).toEqual({
    code: 'registry-unreachable',
    message: `The registry 127.0.0.1:${port} cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}.`,
    hint: 'Check its name, and the network of this runner: firewall, proxy, VPC endpoint for ecr.dkr.',
  });
});
