import { describe, expect, it } from 'vitest';
import {
  authSecrets,
  configKey,
  type DockerConfig,
  NO_DOCKER_CONFIG,
  parseDockerConfig,
  withAuths,
} from '../../../src/plan/docker-config.ts';

const ECR = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const HUB = 'https://index.docker.io/v1/';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const AUTH = base64('user:fake-password');

it.each([
  ['docker.io', HUB],
  ['index.docker.io', HUB],
  ['registry-1.docker.io', HUB],
  ['hub.docker.com', 'hub.docker.com'],
  ['ghcr.io', 'ghcr.io'],
  ['localhost:5000', 'localhost:5000'],
])('the login of %s is under %s', (host, key) => {
  expect(configKey(host)).toBe(key);
});

describe('a configuration', () => {
  it.each<[string, unknown, Partial<DockerConfig>, string[]]>([
    ['of nothing', {}, {}, []],
    ['with logins', { auths: { a: { auth: AUTH } } }, { auths: { a: { auth: AUTH } } }, []],
    ['with a mail address', { auths: { a: { auth: AUTH, email: 'x' } } }, { auths: { a: { auth: AUTH } } }, []],
    ['with an empty login', { auths: { a: {}, b: { auth: '' } } }, { auths: { a: {}, b: { auth: '' } } }, []],
    [
      'with other forms of login',
      { auths: { a: { identitytoken: 't' }, b: { username: 'u', password: 'p' }, c: { registrytoken: 'r' } } },
      { auths: { a: { identitytoken: 't' }, b: { username: 'u', password: 'p' }, c: { registrytoken: 'r' } } },
      [],
    ],
    [
      'with helpers and a store',
      { credsStore: 'pass', credHelpers: { a: 'fake', b: '', c: 1 } },
      { credsStore: 'pass', credHelpers: { a: 'fake', b: '' } },
      [],
    ],
    ['with an empty store', { credsStore: '' }, {}, []],
    ['with other keys', { proxies: {}, HttpHeaders: {}, currentContext: 'x' }, {}, []],
    ['with parts of another kind', { auths: null, credHelpers: 1, credsStore: {} }, {}, []],
    [
      'with broken logins',
      {
        auths: {
          a: { auth: 'no base64' },
          b: { auth: base64('no-password') },
          c: { auth: base64(':no-user') },
          d: { auth: 1 },
          e: 'text',
          f: null,
          g: { auth: AUTH },
          h: { auth: `${AUTH}=` },
          i: { auth: AUTH, password: 1 },
        },
      },
      { auths: { g: { auth: AUTH } } },
      ['a', 'b', 'c', 'd', 'e', 'f', 'h', 'i'],
    ],
  ])('%s', (_, given, config, unusable) => {
    expect(parseDockerConfig(JSON.stringify(given))).toEqual({ config: { ...NO_DOCKER_CONFIG, ...config }, unusable });
  });

  it.each(['', '{', 'null', '[]', '1', '"text"'])('is not %j', (text) => {
    expect(() => parseDockerConfig(text)).toThrow();
  });

  it('may have a login of any name', () => {
    const { config } = parseDockerConfig(`{"auths": {"__proto__": {"auth": "${AUTH}"}}}`);
    expect(Object.entries(config.auths)).toEqual([['__proto__', { auth: AUTH }]]);
  });
});

describe('a login above a configuration', () => {
  const ours = { [ECR]: { auth: 'ours' } };
  it.each<[string, Partial<DockerConfig>, Partial<DockerConfig>]>([
    ['of nothing', {}, { auths: ours }],
    ['that has others', { auths: { a: { auth: AUTH } } }, { auths: { a: { auth: AUTH }, ...ours } }],
    ['that has the same', { auths: { [ECR]: { auth: AUTH } } }, { auths: ours }],
    ['that has the same as an address', { auths: { [`https://${ECR}/v2/`]: { auth: AUTH } } }, { auths: ours }],
    ['with a helper for it', { credHelpers: { [ECR]: 'ecr-login', a: 'b' } }, { auths: ours, credHelpers: { a: 'b' } }],
    [
      'with a store',
      { credsStore: 'pass', auths: { a: {} }, credHelpers: { b: 'c' } },
      { credsStore: 'pass', auths: { a: {}, ...ours }, credHelpers: { b: 'c', [ECR]: '' } },
    ],
    [
      'with both',
      { credsStore: 'pass', credHelpers: { [ECR]: 'c' } },
      { credsStore: 'pass', auths: ours, credHelpers: { [ECR]: '' } },
    ],
  ])('%s', (_, below, config) => {
    expect(withAuths({ ...NO_DOCKER_CONFIG, ...below }, ours)).toEqual({ ...NO_DOCKER_CONFIG, ...config });
  });

  it('of Docker Hub replaces that of a store', () => {
    const below = { ...NO_DOCKER_CONFIG, credsStore: 'pass', auths: { [HUB]: {} } };
    expect(withAuths(below, { [HUB]: { auth: AUTH } })).toEqual({
      credsStore: 'pass',
      auths: { [HUB]: { auth: AUTH } },
      credHelpers: { [HUB]: '' },
    });
  });

  it('changes nothing when there is none', () => {
    const config = { credsStore: 'pass', auths: { a: {} }, credHelpers: { b: 'c' } };
    expect(withAuths(config, {})).toEqual(config);
  });
});

it.each<[string, Parameters<typeof authSecrets>[0], string[]]>([
  ['nothing', {}, []],
  ['an empty login', { a: {}, b: { auth: '' } }, []],
  ['user and password', { a: { auth: AUTH } }, [AUTH, 'fake-password']],
  ['a password with colons', { a: { auth: base64('u:p:q') } }, [base64('u:p:q'), 'p:q']],
  [
    'tokens',
    { a: { identitytoken: 't' }, b: { registrytoken: 'r' }, c: { username: 'u', password: 'p' } },
    ['t', 'r', 'p'],
  ],
])('the secrets of %s', (_, auths, secrets) => {
  expect(authSecrets(auths)).toEqual(secrets);
});
