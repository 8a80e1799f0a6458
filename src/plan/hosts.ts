/** What stands for Docker Hub in the names of images. */
export const DOCKER_HUB = 'docker.io';

/** Docker Hub has several hosts; all others are what they are. */
export function dockerHubName(host: string): string {
  return ['index.docker.io', 'registry-1.docker.io'].includes(host) ? DOCKER_HUB : host;
}

/** Whether a host is this machine, which is spoken to without TLS, by BuildKit too. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3})(?::\d+)?$/.test(host);
}
