import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientOptions } from '../../../src/aws/client.ts';
import { type HttpProxy, startProxy } from '../../support/proxy.ts';

const VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'];
const HOST = 'sts.test.invalid';

let proxy: HttpProxy;

beforeEach(async () => {
  proxy = await startProxy({ credentials: { user: 'fake', password: 'fake%/@:1' } });
  for (const name of VARIABLES) {
    vi.stubEnv(name, undefined);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy.close();
});

/** Asks a host that is nowhere: whether the proxy has heard of it is what counts. */
async function ask(endpoint: string) {
  const credentials = { accessKeyId: 'AKIAEXAMPLE00000FAKE', secretAccessKey: 'fake' };
  const client = new STSClient({ ...clientOptions('eu-west-1'), endpoint, credentials, maxAttempts: 1 });
  await client.send(new GetCallerIdentityCommand({})).catch(() => undefined);
  return proxy.requests.map(({ target, status }) => `${target} ${status}`);
}

describe('a request', () => {
  it.each([
    ['https', 'HTTPS_PROXY', `${HOST}:443 502`],
    ['https', 'https_proxy', `${HOST}:443 502`],
    ['http', 'HTTP_PROXY', `${HOST}:80 502`],
    ['http', 'http_proxy', `${HOST}:80 502`],
  ])('by %s goes through %s, with user and password', async (scheme, name, seen) => {
    vi.stubEnv(name, proxy.url);
    expect(await ask(`${scheme}://${HOST}`)).toEqual([seen]);
  });

  it.each([
    ['there is none', 'https', {}],
    ['the variable is for the other scheme', 'https', { HTTP_PROXY: true }],
    ['NO_PROXY has the host', 'https', { HTTPS_PROXY: true, NO_PROXY: `a.example, ${HOST}` }],
    ['NO_PROXY has its domain', 'https', { HTTPS_PROXY: true, NO_PROXY: '.test.invalid' }],
    ['NO_PROXY has everything', 'https', { HTTPS_PROXY: true, no_proxy: '*' }],
  ])('goes straight when %s', async (_, scheme, env) => {
    for (const [name, value] of Object.entries(env)) {
      vi.stubEnv(name, value === true ? proxy.url : String(value));
    }
    expect(await ask(`${scheme}://${HOST}`)).toEqual([]);
  });
});
