import { request } from 'node:http';
import { HttpClient } from '@actions/http-client';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { makeCertificate } from '../../support/certificates.ts';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { type HttpProxy, startProxy } from '../../support/proxy.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const HOST = '111122223333.dkr.ecr.eu-central-1.amazonaws.com';
const CREDENTIALS = { user: 'fake user', password: 'fake:password' };
const CERTIFICATE = await makeCertificate([HOST, 'public.ecr.aws']);

let registry: Registry;
let ecr: Ecr;
let proxy: HttpProxy;

beforeEach(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({ registry, accounts: [ACCOUNT], tls: { ...CERTIFICATE, address: '127.0.0.1', port: 0 } });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy.close();
  await ecr.close();
  await registry.close();
});

/** What GitHub's toolkit gets with the proxy in its environment; it opens tunnels for plain HTTP too. */
async function statusByTunnel(url: string): Promise<number | string | undefined> {
  for (const name of ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']) {
    vi.stubEnv(name, proxy.url);
  }
  vi.stubEnv('no_proxy', '');
  vi.stubEnv('NO_PROXY', '');
  const client = new HttpClient('test', [], { ignoreSslError: true });
  try {
    return (await client.get(url)).message.statusCode;
  } catch (error) {
    return String(error);
  } finally {
    client.dispose();
  }
}

/** What a client gets that hands a plain request to the proxy. */
async function statusForwarded(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const { hostname, port } = new URL(proxy.url);
  return new Promise((resolve, reject) => {
    const asked = request({ host: hostname, port, path: url, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject).end();
  });
}

test('leads to the stand-in under the real names', async () => {
  const routes = { [HOST]: ecr.tlsHost ?? '', 'public.ecr.aws:443': ecr.tlsHost ?? '' };
  proxy = await startProxy({ routes });
  expect(await statusByTunnel(`https://${HOST}/v2/`)).toBe(401);
  expect(ecr.requests.at(-1)).toMatchObject({ kind: 'registry', host: HOST });
  expect(await statusByTunnel('https://public.ecr.aws/token/')).toBe(200);
  expect(ecr.requests.at(-1)).toMatchObject({ kind: 'token', host: 'public.ecr.aws' });
  expect(proxy.requests).toEqual([
    { method: 'CONNECT', target: `${HOST}:443`, status: 200 },
    { method: 'CONNECT', target: 'public.ecr.aws:443', status: 200 },
  ]);
});

test('forwards plain requests', async () => {
  proxy = await startProxy({ routes: { 'plain.example.com': ecr.host } });
  expect(await statusForwarded('http://plain.example.com/v2/')).toBe(401);
  expect(ecr.requests.at(-1)).toMatchObject({ kind: 'registry', host: 'plain.example.com' });
  expect(await statusForwarded(`${ecr.url}/v2/`)).toBe(401);
  expect(proxy.requests).toEqual([
    { method: 'GET', target: 'plain.example.com:80', status: 200 },
    { method: 'GET', target: ecr.host, status: 200 },
  ]);
});

test('lets nothing out of the machine', async () => {
  proxy = await startProxy();
  expect(await statusByTunnel('https://example.com/')).toContain('502');
  expect(await statusForwarded('http://example.com/')).toBe(502);
  expect(proxy.requests).toEqual([
    { method: 'CONNECT', target: 'example.com:443', status: 502 },
    { method: 'GET', target: 'example.com:80', status: 502 },
  ]);
});

test('asks for credentials where it has them', async () => {
  proxy = await startProxy({ credentials: CREDENTIALS });
  const { username, password } = new URL(proxy.url);
  expect([decodeURIComponent(username), decodeURIComponent(password)]).toEqual(Object.values(CREDENTIALS));
  const login = (text: string) => ({ 'proxy-authorization': `Basic ${btoa(text)}` });
  expect(await statusForwarded(`${ecr.url}/v2/`)).toBe(407);
  expect(await statusForwarded(`${ecr.url}/v2/`, login('fake user:wrong'))).toBe(407);
  expect(await statusForwarded(`${ecr.url}/v2/`, login('fake user:fake:password'))).toBe(401);
  expect(ecr.requests.at(-1)?.headers).not.toHaveProperty('proxy-authorization');
});
