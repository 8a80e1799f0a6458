import { readdir, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { allowsUserNamespaces, PROFILE, userNamespaceProfile } from '../plan/apparmor.ts';
import type { Obstacle } from '../plan/buildkit-mode.ts';
import { countIds, IDS_NEEDED, type IdRange, printedIds, subordinateIds, type User } from '../plan/subordinate-ids.ts';
import { findProgram } from './programs.ts';
import { run } from './run.ts';

/** Milliseconds for each thing that is tried: what hangs does not work. */
const PATIENCE = 5_000;

/** In a user namespace and a file system view of its own; nothing of it is seen outside. */
const TRY_MOUNT = ['unshare', '--user', '--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/tmp'] as const;

/** $1 is the program, the rest its arguments after the process: a namespace that waits gets its ids. */
const TRY_IDS = `
program=$1; shift
unshare --user sleep 5 & waiting=$!
own=$(readlink /proc/self/ns/user)
until [ "$(readlink /proc/$waiting/ns/user)" != "$own" ] || ! kill -0 $waiting 2>/dev/null; do sleep 0.01; done
"$program" $waiting "$@"; result=$?
kill -s KILL $waiting
wait $waiting 2>/dev/null
exit $result
`;

/**
 * Finds what a rootless daemon would lack on this machine, by trying it where it can be tried.
 * @param rootlesskit where that program is or will be; undefined: nowhere
 */
export async function findObstacles(rootlesskit: string | undefined): Promise<Obstacle[]> {
  const user = findUser();
  const found = [...noProgram(rootlesskit), ...noName(user), ...(await namespacesOff()), ...(await noIds(user))];
  if (found.length > 0) {
    return found;
  }
  const restriction = await restrictedByAppArmor(rootlesskit ?? '');
  if (restriction !== 'none') {
    // A profile is for rootlesskit alone: what is tried with other programs would fail.
    return restriction === 'lifted' ? [] : [restriction];
  }
  return tryNamespace(user);
}

function findUser(): User {
  const uid = process.getuid?.() ?? 0;
  try {
    return { uid, name: userInfo().username };
  } catch {
    return { uid, name: undefined };
  }
}

function noProgram(rootlesskit: string | undefined): Obstacle[] {
  return rootlesskit === undefined
    ? [
        {
          missing: 'the program rootlesskit, in buildkitPath or on the PATH',
          fix: 'Put rootlesskit into that directory.',
        },
      ]
    : [];
}

function noName({ name, uid }: User): Obstacle[] {
  return name === undefined
    ? [
        {
          missing: `an entry of uid ${uid} in /etc/passwd, which newuidmap asks for`,
          fix: 'Run the job as a user that the machine or image knows by name.',
        },
      ]
    : [];
}

/** Source: namespaces(7), and Debian's kernel for the second one. */
async function namespacesOff(): Promise<Obstacle[]> {
  const settings = ['user/max_user_namespaces', 'kernel/unprivileged_userns_clone'];
  const values = await Promise.all(settings.map((name) => readText(join('/proc/sys', name))));
  return settings.flatMap((path, index) => {
    const name = path.replace('/', '.');
    const value = name.startsWith('user') ? 28_633 : 1;
    return values[index]?.trim() === '0'
      ? [{ missing: `user namespaces, which ${name} = 0 switches off`, fix: persistent(`${name}=${value}`) }]
      : [];
  });
}

async function noIds(user: User): Promise<Obstacle[]> {
  const kinds = [
    { file: '/etc/subuid', program: 'newuidmap', option: '--add-subuids' },
    { file: '/etc/subgid', program: 'newgidmap', option: '--add-subgids' },
  ];
  const found = kinds.map(async ({ file, program, option }): Promise<Obstacle[]> => {
    const count = countIds(await idsOf(file, user));
    const name = user.name ?? String(user.uid);
    return [
      ...((await findProgram(program, process.env.PATH)) === undefined
        ? [
            {
              missing: `the program ${program}`,
              fix: 'sudo apt-get install uidmap    # shadow-utils on Fedora and Amazon Linux',
            },
          ]
        : []),
      ...(count < IDS_NEEDED
        ? [
            {
              missing: `${IDS_NEEDED} subordinate ids of ${name} in ${file}, which has ${count}`,
              fix: `sudo usermod ${option} 100000-165535 ${name}    # a range that no other user has`,
            },
          ]
        : []),
    ];
  });
  return (await Promise.all(found)).flat();
}

/** From the file, else from where the machine keeps its users. */
async function idsOf(file: string, user: User): Promise<IdRange[]> {
  const listed = subordinateIds(await readText(file), user);
  if (countIds(listed) >= IDS_NEEDED || user.name === undefined) {
    return listed;
  }
  const { code, stdout } = await run(['getsubids', ...(file.endsWith('gid') ? ['-g'] : []), user.name], PATIENCE);
  return code === 0 ? printedIds(stdout) : listed;
}

/** Ubuntu's kernel gives an unconfined program namespaces in which it may nothing. */
async function restrictedByAppArmor(rootlesskit: string): Promise<'none' | 'lifted' | Obstacle> {
  const name = 'kernel.apparmor_restrict_unprivileged_userns';
  if ((await readText('/proc/sys/kernel/apparmor_restrict_unprivileged_userns')).trim() !== '1') {
    return 'none';
  }
  const own = (await readText('/proc/self/attr/current')).replace(/\0$/, '').trim();
  if (own !== '' && own !== 'unconfined') {
    // The runner has a profile of its own: what it allows is found by trying.
    return 'none';
  }
  const directory = '/etc/apparmor.d';
  const files: string[] = await readdir(directory).catch(() => []);
  const profiles = await Promise.all(files.map((file) => readText(join(directory, file))));
  if (profiles.some((text) => allowsUserNamespaces(text, rootlesskit))) {
    return 'lifted';
  }
  return {
    missing: `an AppArmor profile that lets rootlesskit make user namespaces, which ${name} = 1 asks for`,
    fix: [
      `sudo tee ${directory}/${PROFILE} >/dev/null <<'END'`,
      userNamespaceProfile(rootlesskit),
      'END',
      `sudo apparmor_parser -r ${directory}/${PROFILE}`,
      `Or, for all programs of the machine: ${persistent(`${name}=0`)}`,
    ].join('\n'),
  };
}

async function tryNamespace(user: User): Promise<Obstacle[]> {
  if ((await findProgram('unshare', process.env.PATH)) === undefined) {
    return [];
  }
  const mount = await run(TRY_MOUNT, PATIENCE);
  if (mount.code !== 0) {
    return [{ missing: `the right to mount in a user namespace (${words(mount)})`, fix: CONTAINER }];
  }
  const gid = process.getgid?.() ?? 0;
  const tries = [
    { program: 'newuidmap', own: user.uid, file: '/etc/subuid' },
    { program: 'newgidmap', own: gid, file: '/etc/subgid' },
  ].map(async ({ program, own, file }): Promise<Obstacle[]> => {
    const [range] = await idsOf(file, user);
    const ids = ['0', String(own), '1', '1', String(range?.first), String(range?.count)];
    const result = await run(['sh', '-c', TRY_IDS, 'sh', program, ...ids], PATIENCE);
    return result.code === 0
      ? []
      : [
          {
            missing: `the right of ${program} to give subordinate ids to a user namespace (${words(result)})`,
            fix: `It has to be setuid root (sudo chmod u+s "$(command -v ${program})") on a file system without nosuid. ${CONTAINER}`,
          },
        ];
  });
  return (await Promise.all(tries)).flat();
}

const CONTAINER =
  'A container has to allow it: options: --privileged, or --security-opt seccomp=unconfined --security-opt apparmor=unconfined; in Kubernetes no allowPrivilegeEscalation: false.';

function persistent(setting: string): string {
  return `echo ${setting} | sudo tee /etc/sysctl.d/99-buildkit-aws.conf && sudo sysctl --system`;
}

function words({ stderr, code }: { readonly stderr: string; readonly code: number | null }): string {
  return stderr.trim().split('\n').at(-1) || (code === null ? 'it hangs' : `it ended with ${code}`);
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
