import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCOUNT, credentialsFile } from './account.ts';
import { type Bed, dockerfile, startBed } from './bed.ts';
import { makeCertificate } from './certificates.ts';
import { type CacheService, startCacheService } from './gha-cache/stand-in.ts';
import { type GitServer, startGitServer } from './git-server.ts';
import { type GithubOidc, startGithubOidc } from './github-oidc.ts';
import { type GuardedRegistry, startGuardedRegistry } from './guarded-registry.ts';
import type { Job } from './job.ts';
import { type HttpProxy, startProxy } from './proxy.ts';
import { type ReleaseServer, startReleaseServer } from './releases.ts';
import { hardSecret, plainSecret, secretKey } from './secret-values.ts';
import { makeSshKey } from './ssh-agent.ts';
import type { Toolchain } from './toolchain.ts';

/** A runner and its servers, each of which wants a secret of its own: a step that uses all of them has every kind of secret. */
export interface SecretMachine {
  readonly bed: Bed;
  /** What is known before a step runs, by what the test calls it. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Values of the secrets of a build, by their ids. */
  readonly buildSecrets: Readonly<Record<'plain' | 'variable' | 'file' | 'environment', string>>;
  readonly servers: {
    readonly proxy: HttpProxy;
    readonly git: GitServer;
    readonly releases: ReleaseServer;
    /** Opened by registryAuths, and by the runner's Docker configuration. */
    readonly named: GuardedRegistry;
    readonly runners: GuardedRegistry;
    readonly cache: CacheService;
    readonly oidc: GithubOidc;
  };
  /** A job that clones a repository with this name and these lines in its Dockerfile, and what its step is given. */
  job(name: string, lines: readonly string[]): Promise<{ readonly job: Job; readonly inputs: Record<string, string> }>;
  close(): Promise<void>;
}

export const ROLE = `arn:aws:iam::${ACCOUNT.accountId}:role/deploy`;
const GIT_USER = 'someone@example.com';

/** Starts all of it on loopback. */
export async function openSecretMachine(toolchain: Toolchain): Promise<SecretMachine> {
  const secretAccessKey = secretKey();
  const bed = await startBed(toolchain, {
    accounts: [{ ...ACCOUNT, secretAccessKey }],
    roles: [{ arn: ROLE, trustedAccounts: [ACCOUNT.accountId] }],
  });
  const directory = await mkdtemp('/tmp/bka-secrets-');
  const certificate = await makeCertificate(['localhost']);
  const sshKey = await makeSshKey(directory);
  await writeFile(join(directory, 'ca.pem'), certificate.ca);
  const buildSecrets = {
    plain: hardSecret('plain'),
    variable: `${hardSecret('first line')}\n${hardSecret('second line')}\n`,
    file: `{"key": "${plainSecret('file')}",\n "other": "${plainSecret('file')}"}\n`,
    environment: hardSecret('environment'),
  };
  const own = {
    secretKey: secretAccessKey,
    otherSecretKey: secretKey(),
    otherSession: `fake+session/${plainSecret('session')}==`,
    gitToken: hardSecret('git'),
    proxyPassword: hardSecret('proxy'),
    downloadToken: plainSecret('download'),
    registryPassword: `${hardSecret('named')} with a blank`,
    runnerPassword: hardSecret('runner'),
    variablePassword: hardSecret('DOCKER_AUTH_CONFIG'),
  };
  const { registry } = bed;
  const servers = {
    proxy: await startProxy({ credentials: { user: 'proxy-user', password: own.proxyPassword } }),
    git: await startGitServer({ certificate, login: `${GIT_USER}:${own.gitToken}` }),
    releases: await startReleaseServer({ toolchain }),
    named: await startGuardedRegistry({ registry, login: `puller:${own.registryPassword}` }),
    runners: await startGuardedRegistry({ registry, login: `runner:${own.runnerPassword}` }),
    cache: await startCacheService(),
    oidc: await startGithubOidc(),
  };
  const cacheVariables = servers.cache.variables();
  const secrets = {
    ...own,
    ...Object.fromEntries(Object.entries(buildSecrets).map(([id, value]) => [`secret ${id}`, value])),
    // What all such keys and tokens begin with is nobody's secret.
    sshKey: (await readFile(sshKey.path, 'utf8')).split('\n').slice(2, -2).join('\n'),
    runtimeToken: cacheVariables.ACTIONS_RUNTIME_TOKEN?.split('.')[2] ?? '',
    oidcRequestToken: servers.oidc.variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
  };
  const env = {
    ...cacheVariables,
    ...servers.oidc.variables,
    HTTPS_PROXY: servers.proxy.url,
    GIT_SSL_CAINFO: join(directory, 'ca.pem'),
    SECRET_VARIABLE: buildSecrets.variable,
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { 'other.example': auth('someone', own.variablePassword) } }),
    RUNNER_DEBUG: '1',
  };
  const profiles = credentialsFile({
    default: { ...ACCOUNT, secretAccessKey },
    other: { accessKeyId: 'ASIAEXAMPLE00000FAKE', secretAccessKey: own.otherSecretKey },
  });
  return {
    bed,
    secrets,
    buildSecrets,
    servers,
    job: async (name, lines) => {
      const dockerfileText = dockerfile(`${servers.named.host}/base/busybox:1`, ...lines);
      await servers.git.addRepository(name, { Dockerfile: dockerfileText });
      const job = await bed.job({
        files: { 'secret.json': buildSecrets.file },
        toolCache: join(directory, 'tools'),
        env,
      });
      await mkdir(join(job.home, '.docker'));
      const config = { auths: { [servers.runners.host]: auth('runner', own.runnerPassword) } };
      await writeFile(join(job.home, '.docker/config.json'), JSON.stringify(config), { mode: 0o600 });
      const inputs = {
        ...bed.inputs,
        buildkitPath: '',
        buildkitDownloadUrl: `${servers.releases.downloadUrl}?token=${own.downloadToken}`,
        buildkitSha256: servers.releases.sha256,
        // A step of the tests waits for a server of this machine.
        buildkitConfig: 'debug = true\ntrace = false\n[worker.oci]\nnetworkMode = "host"\n',
        awsCredentials: `${profiles}aws_session_token = ${own.otherSession}\n[deploy]\nrole_arn = ${ROLE}\nsource_profile = default\n`,
        awsProfile: 'deploy',
        gitCloneUrl: `${servers.git.origin}/${name}.git`,
        gitToken: `${GIT_USER}:${own.gitToken}`,
        registryAuths: `${servers.named.host} puller ${own.registryPassword}`,
        secrets: [
          `plain=${buildSecrets.plain}`,
          'variable=env:SECRET_VARIABLE',
          'file=file:secret.json',
          `environment=${buildSecrets.environment}`,
        ].join('\n'),
        ssh: `default=${sshKey.path}`,
        cache: 'gha',
        provenance: 'max',
      };
      return { job, inputs };
    },
    close: async () => {
      await bed.close();
      await Promise.all(Object.values(servers).map((server) => server.close()));
      await rm(directory, { recursive: true });
    },
  };
}

function auth(user: string, password: string): { readonly auth: string } {
  return { auth: Buffer.from(`${user}:${password}`).toString('base64') };
}
