import { describe, expect, it } from 'vitest';
import { proxySecrets } from '../../../src/plan/proxies.ts';

describe('the passwords of proxies', () => {
  it.each([
    ['none', {}, []],
    ['a blank one', { HTTPS_PROXY: '' }, []],
    ['an address alone', { HTTPS_PROXY: 'http://proxy.example:3128' }, []],
    ['a user alone', { HTTPS_PROXY: 'http://user@proxy.example:3128' }, []],
    ['a password', { HTTPS_PROXY: 'http://user:fake-1@proxy.example:3128' }, ['fake-1']],
    [
      'an encoded one, also as it is meant',
      { https_proxy: 'http://user:fake%402@proxy.example' },
      ['fake%402', 'fake@2'],
    ],
    ['one with a broken code', { https_proxy: 'http://user:fake%zz@proxy.example' }, ['fake%zz']],
    ['one with an @ in it', { HTTP_PROXY: 'http://user:fa@ke@proxy.example' }, ['fa@ke']],
    ['one without a scheme', { http_proxy: 'user:fake-3@proxy.example:80' }, ['fake-3']],
    ['one without a user', { HTTPS_PROXY: 'http://:fake-4@proxy.example' }, ['fake-4']],
    [
      'all variables, each once',
      {
        HTTPS_PROXY: 'http://u:a1@p',
        https_proxy: 'http://u:a1@p',
        ALL_PROXY: 'socks5://u:b2@p',
        all_proxy: 'x://u:c3@p',
      },
      ['a1', 'b2', 'c3'],
    ],
  ])('%s', (_, env, secrets) => {
    expect(proxySecrets(env).toSorted()).toEqual(secrets.toSorted());
  });
});
