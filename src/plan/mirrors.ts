import { Failure } from '../failure.ts';
import { dockerHubName, isLoopback } from './hosts.ts';
import { isRegistryHost, isRepositoryPath, type RegistryPath } from './registry-path.ts';

/** Where the images of a registry are looked for first. */
export interface Mirror {
  /** As it stands in front of image names: `docker.io` for those of Docker Hub, also when nothing does. */
  readonly registry: string;
  readonly mirror: RegistryPath;
}

/**
 * Reads one line of `registryMirrors`: `docker.io=HOST[/PATH]`.
 * @throws Failure `registry-mirror-malformed`
 */
export function parseMirror(line: string): Mirror {
  const [left = '', right = ''] = line.trim().split(/=(.*)/s);
  const registry = left.trim().toLowerCase();
  const [host = '', ...path] = right
    .trim()
    .replace(/^https:\/\//i, '')
    .replace(/(?<!\/)\/+$/, '')
    .split('/');
  const mirror = { host: host.toLowerCase(), prefix: path.join('/') };
  if (!isRegistryHost(registry)) {
    throw malformed('what stands before "=" is not the host of a registry');
  }
  if (right.includes('@')) {
    throw malformed('a mirror has no user or password');
  }
  if (!isRegistryHost(mirror.host)) {
    throw malformed(`the mirror of ${registry} is not a host name`);
  }
  if (path.length > 0 && !isRepositoryPath(mirror.prefix)) {
    throw malformed(`the path of the mirror ${mirror.host} has characters that a repository may not have`);
  }
  return { registry: dockerHubName(registry), mirror };
}

/** The entry is not shown: it may hold a password that belongs elsewhere. */
function malformed(reason: string): Failure {
  return new Failure({
    code: 'registry-mirror-malformed',
    message: `registryMirrors: an entry cannot be read: ${reason}.`,
    hint: 'Write REGISTRY=HOST or REGISTRY=HOST/PATH, such as docker.io=123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/docker-hub. Its login goes into registryAuths.',
  });
}

/** Tables `registry."HOST"` of buildkitd.toml. A registry of this machine is spoken to without TLS. */
export function registryTables(mirrors: readonly Mirror[]): Record<string, { mirrors: string[] } | { http: true }> {
  const byRegistry = Map.groupBy(mirrors, ({ registry }) => registry);
  const local = mirrors.map(({ mirror }) => mirror.host).filter(isLoopback);
  return {
    ...Object.fromEntries(local.map((host) => [host, { http: true }] as const)),
    ...Object.fromEntries(
      [...byRegistry].map(
        ([registry, group]) => [registry, { mirrors: [...new Set(group.map(formatMirror))] }] as const,
      ),
    ),
  };
}

/** `host/path`. */
function formatMirror({ mirror: { host, prefix } }: Mirror): string {
  return prefix === '' ? host : `${host}/${prefix}`;
}
