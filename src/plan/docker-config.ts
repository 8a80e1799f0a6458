import { at, parseJson } from '../json.ts';
import { DOCKER_HUB, dockerHubName } from './hosts.ts';

/** What buildctl reads of a Docker configuration: the rest of its keys does nothing there. */
export interface DockerConfig {
  /** Logins, by host; `{}` for one that is in a store. */
  readonly auths: Readonly<Record<string, DockerAuth>>;
  /** Which program knows the login of a host. A blank name stands for `auths`, also when there is a store. */
  readonly credHelpers: Readonly<Record<string, string>>;
  /** The program that is asked for all other hosts, before `auths`. */
  readonly credsStore: string | undefined;
}

/** Source: docker CLI, cli/config/types AuthConfig. */
export type DockerAuth = Readonly<Partial<Record<(typeof FIELDS)[number], string>>>;

const FIELDS = ['auth', 'username', 'password', 'identitytoken', 'registrytoken'] as const;

export const NO_DOCKER_CONFIG: DockerConfig = { auths: {}, credHelpers: {}, credsStore: undefined };

/** The name that Docker's configuration has for its Hub. Source: docker CLI, cli/config/configfile. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** The key under which buildctl looks for the login of a host. */
export function configKey(host: string): string {
  return dockerHubName(host) === DOCKER_HUB ? DOCKER_HUB_KEY : host;
}

/**
 * Reads a Docker configuration, config.json or the variable DOCKER_AUTH_CONFIG.
 * @returns also the hosts whose logins cannot be used: one of these would make buildctl pass over others, too
 * @throws SyntaxError, which may quote from the text, when it is no JSON; TypeError when it is no object
 */
export function parseDockerConfig(text: string): { config: DockerConfig; unusable: readonly string[] } {
  const root = parseJson(text);
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new TypeError('A Docker configuration is an object');
  }
  const auths = entriesOf(at(root, 'auths')).map(([host, value]) => [host, readAuth(value)] as const);
  const helpers = entriesOf(at(root, 'credHelpers'));
  const store = at(root, 'credsStore');
  return {
    config: {
      auths: Object.fromEntries(auths.flatMap(([host, auth]) => (auth === undefined ? [] : [[host, auth] as const]))),
      credHelpers: Object.fromEntries(
        helpers.flatMap(([host, name]) => (typeof name === 'string' ? [[host, name] as const] : [])),
      ),
      credsStore: typeof store === 'string' && store !== '' ? store : undefined,
    },
    unusable: auths.flatMap(([host, auth]) => (auth === undefined ? [host] : [])),
  };
}

/**
 * Puts logins above what a configuration has for their hosts. A store comes before `auths`, so it is told to stay away from
 * these hosts; for all others it is asked as ever.
 * Source: docker CLI, cli/config/configfile, GetCredentialsStore: a helper without a name is the file.
 */
export function withAuths(config: DockerConfig, auths: Readonly<Record<string, DockerAuth>>): DockerConfig {
  const hosts = new Set(Object.keys(auths).map(hostOf));
  const others = <T>(entries: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(entries).filter(([key]) => !hosts.has(hostOf(key))));
  const inFile = config.credsStore === undefined ? [] : Object.keys(auths).map((key) => [key, ''] as const);
  return {
    auths: { ...others(config.auths), ...auths },
    credHelpers: { ...others(config.credHelpers), ...Object.fromEntries(inFile) },
    credsStore: config.credsStore,
  };
}

/** Everything in some logins that opens something, in each form that it is sent in. */
export function authSecrets(auths: Readonly<Record<string, DockerAuth>>): string[] {
  return Object.values(auths).flatMap(({ auth, password, identitytoken, registrytoken }) => {
    const decoded = auth === undefined ? undefined : Buffer.from(auth, 'base64').toString();
    const inAuth = decoded?.replace(/^[^:]*:/, '').replace(/(?<!\0)\0+$/, '');
    return [auth, inAuth, password, identitytoken, registrytoken].flatMap((secret) => (secret ? [secret] : []));
  });
}

/** Old configurations have addresses in place of hosts. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function readAuth(value: unknown): DockerAuth | undefined {
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const fields = FIELDS.map((name) => [name, at(value, name)] as const).filter(([, field]) => field !== undefined);
  const texts = fields.flatMap(([name, field]) => (typeof field === 'string' ? [[name, field] as const] : []));
  const auth: DockerAuth = Object.fromEntries(texts);
  return texts.length === fields.length && (!auth.auth || isUserAndPassword(auth.auth)) ? auth : undefined;
}

function isUserAndPassword(auth: string): boolean {
  const bytes = Buffer.from(auth, 'base64');
  return bytes.toString('base64') === auth.replaceAll(/[\r\n]/g, '') && /^[^:]+:/.test(bytes.toString());
}
