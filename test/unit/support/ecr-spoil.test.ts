import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Answer } from '../../support/ecr/exchange.ts';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { readManifest } from '../../support/oci.ts';
import { pushNote } from '../../support/push-note.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };

let registry: Registry;
let ecr: Ecr;
let authorization: string;
let whole: Buffer;

beforeAll(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({ registry, accounts: [ACCOUNT], repositories: [{ name: 'app' }] });
  const sdk = new ECRClient({ endpoint: ecr.url, region: 'eu-central-1', credentials: ACCOUNT });
  const { authorizationData } = await sdk.send(new GetAuthorizationTokenCommand({}));
  authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
  await push('one');
  whole = (await readManifest({ registryUrl: registry.url, repository: 'app', reference: 'one' })).bytes;
});

afterAll(async () => {
  await ecr?.close();
  await registry?.close();
});

function push(reference: string): Promise<string> {
  return pushNote({ registryUrl: ecr.url, repository: 'app', reference, authorization, note: 'one' });
}

/** The answer to the one request for the manifest that the fault is for. */
function read(answer: Answer, init: RequestInit = {}): Promise<Response> {
  ecr.fault({ when: ({ path }) => path === '/v2/app/manifests/one', answer, times: 1 });
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  return fetch(`${ecr.url}/v2/app/manifests/one`, { ...init, headers: { accept, authorization } });
}

test('announces a whole body, sends a part of it and ends the connection', async () => {
  const response = await read('truncated');
  expect([response.status, response.headers.get('content-length')]).toEqual([200, String(whole.length)]);
  await expect(response.bytes()).rejects.toThrow('terminated');
});

test('sends a part of a body and nothing after it', async () => {
  const waiting = new AbortController();
  const response = await read('stalled', { signal: waiting.signal });
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  expect(value?.length).toBe(Math.floor(whole.length / 2));
  const next = reader?.read().then(
    () => 'came',
    () => 'never came',
  );
  setTimeout(() => waiting.abort(), 100);
  expect(await next).toBe('never came');
});

test('sends as many bytes as announced, but others', async () => {
  const bytes = Buffer.from(await (await read('altered')).arrayBuffer());
  expect(bytes.length).toBe(whole.length);
  expect([...bytes].filter((byte, index) => byte !== whole[index])).toHaveLength(1);
});

test('sends a body slowly, and all of it', async () => {
  const response = await read({ slowMs: 200 });
  const reader = response.body?.getReader();
  const pieces: Uint8Array[] = [];
  for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
    pieces.push(next.value);
  }
  expect(pieces.length).toBeGreaterThan(1);
  expect(Buffer.concat(pieces)).toEqual(whole);
});

test('leaves an answer without a body as it is', async () => {
  const response = await read('truncated', { method: 'HEAD' });
  expect([response.status, response.headers.get('content-length')]).toEqual([200, String(whole.length)]);
});

test('does what was asked, and resets the connection in place of the answer', async () => {
  ecr.fault({ when: ({ method, path }) => method === 'PUT' && path.endsWith('/two'), answer: 'lost', times: 1 });
  await expect(push('two')).rejects.toThrow('fetch failed');
  const stored = await readManifest({ registryUrl: registry.url, repository: 'app', reference: 'two' });
  expect(stored.bytes).toEqual(whole);
});
