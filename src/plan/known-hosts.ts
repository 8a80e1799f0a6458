/** A Git service, its SSH host names and the keys that it publishes. */
interface KnownHost {
  /** In the form of known_hosts: another port stands behind brackets. */
  readonly names: readonly string[];
  /** Page on which the service publishes its keys or their fingerprints. */
  readonly source: string;
  readonly keys: readonly string[];
}

/**
 * Keys of the well-known hosts. test/unit/plan/known-hosts.test.ts compares the fingerprint of each with the published one.
 * Backlog publishes none.
 */
export const KNOWN_HOSTS: readonly KnownHost[] = [
  {
    names: ['github.com', '[ssh.github.com]:443'],
    source:
      'https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/githubs-ssh-key-fingerprints',
    keys: [
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl',
      'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=',
      'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQCj7ndNxQowgcQnjshcLrqPEiiphnt+VTTvDP6mHBL9j1aNUkY4Ue1gvwnGLVlOhGeYrnZaMgRK6+PKCUXaDbC7qtbW8gIkhL7aGCsOr/C56SJMy/BCZfxd1nWzAOxSDPgVsmerOBYfNqltV9/hWCqBywINIR+5dIg6JTJ72pcEpEjcYgXkE2YEFXV1JHnsKgbLWNlhScqb2UmyRkQyytRLtL+38TGxkxCflmO+5Z8CSSNY7GidjMIZ7Q4zMjA2n1nGrlTDkzwDCsw+wqFPGQA179cnfGWOWRVruj16z6XyvxvjJwbz0wQZ75XK5tKSb7FNyeIEs4TT4jk+S4dhPeAUC5y+bDYirYgM4GC7uEnztnZyaVWQ7B381AK4Qdrwt51ZqExKbQpTUNn+EjqoTwvqNj4kqx5QUCI0ThS/YkOxJCXmPUWZbhjpCg56i+2aB6CmK2JGhn57K5mj0MNdBXA4/WnwH6XoPWJzK5Nyu2zB3nAZp+S5hpQs+p1vN1/wsjk=',
    ],
  },
  {
    names: ['gitlab.com', '[altssh.gitlab.com]:443'],
    source: 'https://docs.gitlab.com/user/gitlab_com/#ssh-host-keys-fingerprints',
    keys: [
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf',
      'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFSMqzJeV9rUzU4kWitGjeR4PWSa29SPqJ1fVkhtj3Hw9xjLVXVYrU9QlYWrOLXBpQ6KWjbjTDTdDkoohFzgbEY=',
      'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCsj2bNKTBSpIYDEGk9KxsGh3mySTRgMtXL583qmBpzeQ+jqCMRgBqB98u3z++J1sKlXHWfM9dyhSevkMwSbhoR8XIq/U0tCNyokEi/ueaBMCvbcTHhO7FcwzY92WK4Yt0aGROY5qX2UKSeOvuP4D6TPqKF1onrSzH9bx9XUf2lEdWT/ia1NEKjunUqu1xOB/StKDHMoX4/OKyIzuS0q/T1zOATthvasJFoPrAjkohTyaDUz2LN5JoH839hViyEG82yB+MjcFV5MU3N1l1QL3cVUCh93xSaua1N85qivl+siMkPGbO5xR/En4iEY6K2XPASUEMaieWVNTRCtJ4S8H+9',
    ],
  },
  {
    names: ['bitbucket.org', '[altssh.bitbucket.org]:443'],
    source: 'https://support.atlassian.com/bitbucket-cloud/docs/configure-ssh-and-two-step-verification/',
    keys: [
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO',
      'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPIQmuzMBuKdWeF4+a2sjSSpBK0iqitSQ+5BM9KhpexuGt20JpTVM7u5BDZngncgrqDMbWdxMWWOGtZ9UgbqgZE=',
    ],
  },
];

/**
 * The text of a known_hosts file with the well-known hosts. Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
 * @param given lines of the user: what names a host is all that counts for it
 */
export function knownHostsText(given = ''): string {
  const isFree = ({ names }: KnownHost) => !names.some((name) => given.includes(name));
  return KNOWN_HOSTS.filter(isFree)
    .flatMap(({ names, keys }) => keys.map((key) => `${names.join(',')} ${key}\n`))
    .join('');
}

/** Whether the keys of a host come with the action. @param host with its port, as in an address */
export function isWellKnown(host: string): boolean {
  return KNOWN_HOSTS.some(({ names }) => names.includes(knownHostsName(host)));
}

/** The name of a host in known_hosts: port 22 is left out, another one stands behind brackets. */
export function knownHostsName(host: string): string {
  const { name, port } = splitHost(host);
  return port === '22' ? name : `[${name}]:${port}`;
}

/** The command that shows the keys of a host, in the form that `gitSshKnownHosts` takes. */
export function keyscanCommand(host: string): string {
  const { name, port } = splitHost(host);
  return `ssh-keyscan ${port === '22' ? '' : `-p ${port} `}${name}`;
}

/** Brackets of an IPv6 address are part of an address, and not of the name. */
function splitHost(host: string): { name: string; port: string } {
  const { name = host, port = '22' } = /^(?<name>.*?)(?::(?<port>\d+))?$/.exec(host)?.groups ?? {};
  return { name: name.replace(/^\[|\]$/g, ''), port };
}
