import { describe, expect, it } from 'vitest';
import { digestOf, openRepositories, openRepository, repositoryOf } from '../../../src/registry/repository.ts';
import { problemOf } from '../failures.ts';
import { AUTH, client, refusal, repositoryAt, routes, serve } from './server.ts';

const BASIC = `Basic ${AUTH}`;
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const TEXT = `{"schemaVersion":2,"mediaType":"${OCI}","note":"é"}`;
const DIGEST = digestOf(TEXT);
const V1 = '/v2/team/nginx/manifests/v1';

it('a digest', () => {
  expect(digestOf('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

describe('a manifest', () => {
  it('is asked for with the login, in every form that there is', async () => {
    const server = await serve(routes({ [`GET ${V1}`]: { body: TEXT } }));
    expect(await repositoryAt(server).manifest('v1')).toEqual({ digest: DIGEST, mediaType: OCI, text: TEXT });
    expect(server.seen).toEqual([
      {
        method: 'GET',
        path: V1,
        authorization: BASIC,
        accept: [
          'application/vnd.oci.image.index.v1+json',
          OCI,
          'application/vnd.docker.distribution.manifest.list.v2+json',
          DOCKER,
        ].join(', '),
        contentType: undefined,
        body: '',
      },
    ]);
  });

  it('is found by its digest', async () => {
    const server = await serve(routes({ [`GET /v2/team/nginx/manifests/${DIGEST}`]: { body: TEXT } }));
    expect((await repositoryAt(server).manifest(DIGEST))?.digest).toBe(DIGEST);
  });

  it.each([
    ['itself', TEXT, DOCKER, OCI],
    ['the answer', '{}', DOCKER, DOCKER],
    ['the answer, with a character set', '{}', `${OCI}; charset=utf-8`, OCI],
    ['nobody', '{}', undefined, ''],
  ])('has the type that %s says', async (_, body, contentType, mediaType) => {
    const headers = contentType === undefined ? {} : { 'Content-Type': contentType };
    const server = await serve(() => ({ headers, body }));
    expect((await repositoryAt(server).manifest('v1'))?.mediaType).toBe(mediaType);
  });

  it.each([
    ['nothing', { status: 404 }],
    ['a page', { status: 404, body: '<html>' }],
    ['the code', refusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found')],
  ])('that is not there: the registry says %s', async (_, answer) => {
    expect(await repositoryAt(await serve(() => answer)).manifest('v1')).toBeUndefined();
  });

  it('of a repository that is not there', async () => {
    const said = "The repository with name 'team/nginx' does not exist in the registry with id '123456789012'";
    const server = await serve(() => refusal(404, 'NAME_UNKNOWN', said));
    expect(await problemOf(() => repositoryAt(server).manifest('v1'))).toEqual({
      code: 'repository-missing',
      message: `${server.host}/team/nginx:v1: name_unknown: ${said}`,
      hint: 'Create the repository team/nginx in account 123456789012, or correct imageShortName, imageRegistryPath or awsRegion.',
    });
  });

  it.each([
    ['another manifest', '{}'],
    ['the page of a proxy', '<html>Log in</html>'],
    ['nothing', ''],
  ])('is not taken when it is %s than its digest says', async (_, body) => {
    const server = await serve(() => ({ body }));
    expect(await problemOf(() => repositoryAt(server).manifest(DIGEST))).toEqual({
      code: 'registry-unreachable',
      message: `${server.host}/team/nginx answered with something else than ${DIGEST}.`,
      hint: 'Look for a proxy between this runner and the registry that changes what it carries, and check that the host is a registry.',
    });
  });

  it('is not the page of a proxy', async () => {
    const server = await serve(() => ({ body: '<html>Log in</html>' }));
    expect((await problemOf(() => repositoryAt(server).manifest('v1'))).code).toBe('registry-unreachable');
  });

  it.each([
    ['401 with a sentence', refusal(401, 'UNAUTHORIZED', 'Not Authorized'), 'push-unauthenticated'],
    ['401 alone', { status: 401 }, 'push-unauthenticated'],
    ['403 alone', { status: 403 }, 'push-denied'],
    [
      '403 with a sentence',
      refusal(403, 'DENIED', 'User is not authorized to perform: ecr:BatchGetImage on resource: arn:fake'),
      'push-denied',
    ],
    [
      'a token that is too old',
      refusal(403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.'),
      'push-unauthenticated',
    ],
    ['something else', refusal(400, 'UNSUPPORTED', 'no'), 'push-refused'],
    ['a page', { status: 418, body: '<html>' }, 'push-refused'],
  ])('is refused: %s', async (_, answer, code) => {
    const server = await serve(() => answer);
    const problem = await problemOf(() => repositoryAt(server).manifest('v1'));
    expect(problem.code).toBe(code);
    expect(problem.message).toMatch(/^127\.0\.0\.1:\d+\/team\/nginx:v1: /);
    expect(problem.message + problem.hint).not.toContain(AUTH);
  });
});

describe('a blob', () => {
  const CONFIG = '{"architecture":"amd64","os":"linux"}';
  const PATH = `/v2/team/nginx/blobs/${digestOf(CONFIG)}`;

  it('is read, also from another host, which gets no login', async () => {
    const storage = await serve(() => ({ body: CONFIG }));
    const redirect = { status: 307, headers: { Location: `${storage.origin}/bucket` } };
    const registry = await serve(routes({ [`GET ${PATH}`]: redirect }));
    expect(await repositoryAt(registry).blob(digestOf(CONFIG))).toBe(CONFIG);
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([BASIC]);
    expect(storage.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('that is another one is not taken', async () => {
    const server = await serve(() => ({ body: '{}' }));
    const { code, message } = await problemOf(() => repositoryAt(server).blob(digestOf(CONFIG)));
    expect(code).toBe('registry-unreachable');
    expect(message).toContain(digestOf(CONFIG));
  });

  it('may be any text', async () => {
    const server = await serve(() => ({ body: 'a\u0000é' }));
    expect(await repositoryAt(server).blob(digestOf('a\u0000é'))).toBe('a\u0000é');
  });
});

describe('several repositories', () => {
  const names = [
    { host: 'one.example', repository: 'app' },
    { host: 'two.example', repository: 'team/app' },
  ];
  const logins = ['two.example', 'one.example'].map((host) => ({ host, auth: AUTH }));
  const renew = async () => logins;

  it('are found by their names', () => {
    const open = openRepositories(names, { logins, renew, http: client() });
    expect(open.map(({ name }) => name)).toEqual(names);
    expect(repositoryOf({ host: 'two.example', repository: 'team/app' }, open)).toBe(open[1]);
    expect(() => repositoryOf({ host: 'two.example', repository: 'app' }, open)).toThrow('two.example/app is not open');
  });

  it('each need the login of their host', () => {
    expect(() => openRepositories(names, { logins: logins.slice(0, 1), renew, http: client() })).toThrow(
      'no login for one.example',
    );
  });
});

describe('a token that is refused', () => {
  const FRESH = Buffer.from('AWS:fake-fresh').toString('base64');

  it('is renewed once for all requests that were sent with it', async () => {
    const server = await serve(({ authorization }) =>
      authorization === `Basic ${FRESH}`
        ? { body: '{}' }
        : { status: 403, body: 'Your authorization token has expired.' },
    );
    let renewals = 0;
    const renew = async () => {
      renewals += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return FRESH;
    };
    const repository = openRepository({ host: server.host, repository: 'app' }, { auth: AUTH, renew, http: client() });
    const read = await Promise.all(['one', 'two', 'three'].map((tag) => repository.manifest(tag)));
    expect(read.map((manifest) => manifest?.text)).toEqual(['{}', '{}', '{}']);
    expect(renewals).toBe(1);
  });

  it('is not renewed for ever', async () => {
    const server = await serve(() => ({ status: 401 }));
    let renewals = 0;
    const renew = async () => {
      renewals += 1;
      return `${AUTH}${renewals}`;
    };
    const repository = openRepository({ host: server.host, repository: 'app' }, { auth: AUTH, renew, http: client() });
    for (let reads = 0; reads < 5; reads += 1) {
      expect((await problemOf(() => repository.manifest('one'))).code).toBe('push-unauthenticated');
    }
    expect(renewals).toBe(3);
  });
});
