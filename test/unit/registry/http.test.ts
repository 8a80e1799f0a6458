import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { HttpRequest } from '../../../src/registry/http.ts';
import { listen, stop } from '../../support/listen.ts';
import { type Answer, AUTH, client, routes, serve } from './server.ts';

const BASIC = `Basic ${AUTH}`;

function get(url: string): HttpRequest {
  return { method: 'GET', url: new URL(url), headers: { Authorization: BASIC, Accept: 'application/json' } };
}

/** A server that gives these answers, one after the other. */
function oneByOne(...answers: readonly Answer[]) {
  const left = answers.values();
  return serve(() => left.next().value ?? { status: 410, body: 'asked once too often' });
}

describe('a request', () => {
  it('is sent as it is', async () => {
    const { origin, seen } = await serve(() => ({ status: 201, headers: { 'X-Fake': 'a' }, body: 'é' }));
    const headers = { Authorization: BASIC, 'Content-Type': 'text/plain' };
    const answer = await client().send({ method: 'PUT', url: new URL(`${origin}/v2/a?b=c`), headers, body: 'ü' });
    expect(answer).toMatchObject({ status: 201, headers: { 'x-fake': 'a' }, body: 'é' });
    expect(seen).toEqual([
      {
        method: 'PUT',
        path: '/v2/a?b=c',
        authorization: BASIC,
        accept: undefined,
        contentType: 'text/plain',
        body: 'ü',
      },
    ]);
  });

  it.each([400, 401, 403, 404])('that is refused with %i is not repeated', async (status) => {
    const { origin, seen } = await oneByOne({ status, body: 'no' });
    expect(await client().send(get(origin))).toMatchObject({ status, body: 'no' });
    expect(seen).toHaveLength(1);
  });

  it.each([429, 500, 502, 503])('that is refused with %i is repeated', async (status) => {
    const { origin, seen } = await oneByOne({ status }, { body: 'yes' });
    expect(await client().send(get(`${origin}/a`))).toMatchObject({ status: 200, body: 'yes' });
    expect(seen.map(({ path, authorization }) => [path, authorization])).toEqual([
      ['/a', BASIC],
      ['/a', BASIC],
    ]);
  });

  it('is repeated with its body', async () => {
    const { origin, seen } = await oneByOne({ status: 429 }, { status: 201 });
    const headers = { 'Content-Type': 'text/plain' };
    await client().send({ method: 'PUT', url: new URL(origin), headers, body: 'ü' });
    expect(seen.map(({ method, body }) => [method, body])).toEqual([
      ['PUT', 'ü'],
      ['PUT', 'ü'],
    ]);
  });
});

describe('a connection', () => {
  it('that is lost before the answer is opened again', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url, socket }, response) => {
      asked.push(url);
      if (asked.length === 1) {
        socket.destroy();
      } else {
        response.end('yes');
      }
    });
    const port = await listen(server, { address: '127.0.0.1', port: 0 });
    onTestFinished(() => stop(server));
    expect(await client().send(get(`http://127.0.0.1:${port}/a`))).toMatchObject({ status: 200, body: 'yes' });
    expect(asked).toEqual(['/a', '/a']);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('with %i to another origin goes without the credentials', async (status) => {
    const storage = await serve(() => ({ body: 'blob' }));
    const registry = await serve(() => ({ status, headers: { Location: `${storage.origin}/bucket?signed=fake` } }));
    expect(await client().send(get(registry.origin))).toMatchObject({ status: 200, body: 'blob' });
    expect(storage.seen).toMatchObject([
      { method: 'GET', path: '/bucket?signed=fake', authorization: undefined, accept: 'application/json' },
    ]);
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([BASIC]);
  });

  it.each([
    ['an address', (origin: string) => `${origin}/b`],
    ['a path', () => '/b'],
  ])('to %s of the same origin keeps them', async (_, location) => {
    const registry = await serve(({ path }) =>
      path === '/a' ? { status: 307, headers: { Location: location(registry.origin) } } : { body: 'blob' },
    );
    expect(await client().send(get(`${registry.origin}/a`))).toMatchObject({ status: 200, body: 'blob' });
    expect(registry.seen.map(({ path, authorization }) => [path, authorization])).toEqual([
      ['/a', BASIC],
      ['/b', BASIC],
    ]);
  });

  it('back from another origin does not bring them back', async () => {
    const registry = await serve(({ path }) =>
      path === '/a' ? { status: 307, headers: { Location: `${storage.origin}/b` } } : { body: 'blob' },
    );
    const storage = await serve(() => ({ status: 307, headers: { Location: `${registry.origin}/c` } }));
    expect(await client().send(get(`${registry.origin}/a`))).toMatchObject({ status: 200, body: 'blob' });
    expect(storage.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
    expect(registry.seen.map(({ path, authorization }) => [path, authorization])).toEqual([
      ['/a', BASIC],
      ['/c', undefined],
    ]);
  });

  it('without an end is given back', async () => {
    const { origin, seen } = await serve(() => ({ status: 307, headers: { Location: '/a' } }));
    expect(await client().send(get(`${origin}/a`))).toMatchObject({ status: 307 });
    expect(seen).toHaveLength(6);
  });

  it('of a PUT is given back', async () => {
    const { origin, seen } = await serve(routes({ 'PUT /a': { status: 307, headers: { Location: '/b' } } }));
    const request = { method: 'PUT', url: new URL(`${origin}/a`), headers: {}, body: 'x' } as const;
    expect(await client().send(request)).toMatchObject({ status: 307 });
    expect(seen).toHaveLength(1);
  });

  it('without an address is given back', async () => {
    const { origin, seen } = await serve(() => ({ status: 307 }));
    expect(await client().send(get(origin))).toMatchObject({ status: 307 });
    expect(seen).toHaveLength(1);
  });
});
