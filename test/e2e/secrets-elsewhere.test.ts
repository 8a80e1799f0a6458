import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ACCOUNT, credentialsFile } from '../support/account.ts';
import { type Authority, makeAuthority } from '../support/authority.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { type CacheService, startCacheService } from '../support/gha-cache/stand-in.ts';
import { type GitServer, loginOf, startGitServer } from '../support/git-server.ts';
import { type GithubOidc, startGithubOidc } from '../support/github-oidc.ts';
import { LEG_FILES } from '../support/legs.ts';
import { type SeenProcess, watchProcesses } from '../support/process-watch.ts';
import { type RemoteDaemon, startRemoteDaemon } from '../support/remote-daemon.ts';
import { inProcesses, placesOf, toldBy } from '../support/secret-places.ts';
import { openSecretSearch } from '../support/secret-search.ts';
import { hardSecret, issuedSecrets, numbered, plainSecret, roleKeys, secretKey } from '../support/secret-values.ts';
import { stopStep } from '../support/stopping.ts';
import { sleepers } from '../support/traces.ts';
import { waitFor } from '../support/wait.ts';

const toolchain = inject('toolchain');
/** As no other test sleeps. */
const SECONDS = 2700;
const ROLE = `arn:aws:iam::${ACCOUNT.accountId}:role/ci`;
const GIT_TOKEN = plainSecret('git');
const SECRET = hardSecret('build');
const KEY = secretKey();

let bed: Bed;
let oidc: GithubOidc;
let cache: CacheService;
let git: GitServer;
let authority: Authority;
let daemon: RemoteDaemon;
beforeAll(async () => {
  bed = await startBed(toolchain, {
    accounts: [{ ...ACCOUNT, secretAccessKey: KEY }],
    roles: [{ arn: ROLE, webIdentity: { subject: '*' }, trustedAccounts: [ACCOUNT.accountId] }],
  });
  authority = await makeAuthority();
  const server = await authority.issue({ names: ['127.0.0.1'] });
  daemon = await startRemoteDaemon({ toolchain, tls: { authority, server } });
  [oidc, cache] = [await startGithubOidc(), await startCacheService()];
  git = await startGitServer({ login: `x-access-token:${GIT_TOKEN}` });
});
afterAll(async () => {
  await bed.close();
  for (const one of [daemon, authority, oidc, cache, git]) {
    await one.close();
  }
});

/** Everything that BuildKit tells of its builds to whoever may build there. */
async function toldByDaemon(): Promise<Record<string, string>> {
  const args = ['--addr', daemon.socket, 'debug', 'histories', '--format', '{{json .}}'];
  return {
    'the log of the daemon': daemon.log(),
    histories: (await promisify(execFile)(toolchain.buildctl, args)).stdout,
  };
}

it('a BuildKit elsewhere remembers none of the secrets of a step, which have gone nowhere else either', async () => {
  const client = await authority.issue({});
  const run = `RUN --mount=type=secret,id=key [ "$(wc -c < /run/secrets/key)" = ${SECRET.length} ]`;
  const { url } = await git.addRepository('app', { Dockerfile: dockerfile(bed.baseImage, run, 'RUN sleep 0.3') });
  const job = await bed.job({ files: {}, env: { ...oidc.variables, ...cache.variables() } });
  const inputs = {
    ...bed.inputs,
    awsCredentials: '',
    awsRoleArn: ROLE,
    buildkitHost: daemon.address,
    buildkitCaCert: authority.ca,
    buildkitClientCert: client.cert,
    buildkitClientKey: client.key,
    pathToContext: url,
    gitToken: GIT_TOKEN,
    secrets: `key=${SECRET}`,
    cache: 'gha',
    provenance: 'max',
  };
  // A build without the runner's token stays, so that there is something to look at.
  expect((await job.step({ ...inputs, cache: 'none', imageTag: 'other' })).code).toBe(0);
  const { result, processes } = await watchProcesses(() => job.step(inputs));
  expect(result.code, result.output).toBe(0);

  const idTokens = bed.ecr.requests.flatMap(({ input }) => Object(input).WebIdentityToken?.split('.')[2] ?? []);
  const { ecrTokens, sessionTokens } = issuedSecrets(bed.ecr.requests);
  expect([idTokens.length, ecrTokens.length, sessionTokens.length]).toEqual([2, 2, 2]);
  expect(git.requests.map(({ authorization }) => loginOf(authorization))).toContain(`x-access-token:${GIT_TOKEN}`);
  expect(cache.entries().length).toBeGreaterThan(0);
  const search = openSecretSearch({
    gitToken: GIT_TOKEN,
    secret: SECRET,
    clientKey: client.key,
    oidcRequestToken: oidc.variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
    runtimeToken: job.env.ACTIONS_RUNTIME_TOKEN?.split('.')[2] ?? '',
    ...numbered('idToken', idTokens),
    ...numbered('ecrToken', ecrTokens),
    ...numbered('sessionToken', sessionTokens),
    ...numbered('roleKey', roleKeys(result)),
  });
  expect(search.inTexts(toldBy(result))).toEqual([]);
  const told = await toldByDaemon();
  expect(told.histories).toContain('/app.git');
  expect(search.inTexts(told)).toEqual([]);
  expect(await search.inFiles(placesOf(job))).toEqual([]);
  expect(await search.inFiles([bed.registry.storage])).toEqual([]);
  // BuildKit hands the token of a Git context to its own Git in an argument.
  const others = processes.filter(({ argv }) => !argv.some((argument) => /^http\..*\.extraheader=/.test(argument)));
  const allowed = ({ argv: [program = '', script = ''] }: SeenProcess) => {
    if (script.endsWith('main/index.js')) {
      return ['gitToken', 'secret', 'clientKey', 'oidcRequestToken', 'runtimeToken'];
    }
    // And Git to what it starts, in a variable.
    return program.includes('/git-core/') ? ['gitToken'] : program.endsWith('/buildctl') ? ['runtimeToken'] : [];
  };
  expect(inProcesses(search, others, allowed)).toEqual([]);
});

it('a BuildKit elsewhere remembers no token of the runner of a build that was cancelled', async () => {
  const client = await authority.issue({});
  const job = await bed.job({
    files: { Dockerfile: dockerfile(bed.baseImage, `RUN sleep ${SECONDS}`) },
    env: { ...cache.variables() },
  });
  const inputs = {
    ...bed.inputs,
    awsCredentials: credentialsFile({ default: { ...ACCOUNT, secretAccessKey: KEY } }),
    buildkitHost: daemon.address,
    buildkitCaCert: authority.ca,
    buildkitClientCert: client.cert,
    buildkitClientKey: client.key,
    cache: 'gha',
  };
  const hangs = () => waitFor(() => sleepers(SECONDS).length > 0, 'the RUN step');
  const { result } = await stopStep(job, inputs, { way: 'cancelled', hangs });
  expect(result.output).toContain('title=build-cancelled');
  await waitFor(() => sleepers(SECONDS).length === 0, 'the end of the RUN step');
  const search = openSecretSearch({ runtimeToken: job.env.ACTIONS_RUNTIME_TOKEN?.split('.')[2] ?? '' });
  expect(search.inTexts(await toldByDaemon())).toEqual([]);
});

it('the merge action tells none of its secrets, and leaves none', async () => {
  const other = secretKey();
  const keys = {
    default: { ...ACCOUNT, secretAccessKey: KEY },
    other: { accessKeyId: 'AKIAEXAMPLE00000OTHR', secretAccessKey: other },
  };
  const inputs = {
    imageShortName: 'app',
    awsRegion: bed.inputs.awsRegion ?? '',
    awsCredentials: credentialsFile(keys),
  };
  const job = await bed.job({ files: LEG_FILES, env: { ...oidc.variables, ...cache.variables(), RUNNER_DEBUG: '1' } });
  for (const arch of ['amd64', 'arm64']) {
    const leg = { ...bed.inputs, ...inputs, imageTag: `v1-${arch}`, platforms: `linux/${arch}`, cache: 'none' };
    expect((await job.step(leg)).code).toBe(0);
  }
  const before = bed.ecr.requests.length;
  const platforms = 'linux/amd64,linux/arm64';
  const { result, processes } = await watchProcesses(() =>
    job.step({ ...inputs, awsRoleArn: ROLE, imageTag: 'v1', platforms }, { action: 'merge' }),
  );
  const failed = await job.step({ ...inputs, awsRoleArn: ROLE, imageTag: 'v2', platforms }, { action: 'merge' });
  expect([result.code, failed.code], result.output).toEqual([0, 1]);
  const { ecrTokens, sessionTokens } = issuedSecrets(bed.ecr.requests.slice(before));
  expect([ecrTokens.length, sessionTokens.length]).toEqual([2, 2]);
  const search = openSecretSearch({
    secretKey: KEY,
    other,
    oidcRequestToken: oidc.variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN,
    runtimeToken: job.env.ACTIONS_RUNTIME_TOKEN?.split('.')[2] ?? '',
    ...numbered('ecrToken', ecrTokens),
    ...numbered('sessionToken', sessionTokens),
    ...numbered('roleKey', [...roleKeys(result), ...roleKeys(failed)]),
  });
  expect([toldBy(result), toldBy(failed)].flatMap((told) => search.inTexts(told))).toEqual([]);
  expect(await search.inFiles(placesOf(job))).toEqual([]);
  const own = ['secretKey', 'other', 'oidcRequestToken', 'runtimeToken'];
  const allowed = ({ argv: [, script = ''] }: SeenProcess) => (script.endsWith('merge/index.js') ? own : []);
  expect(inProcesses(search, processes, allowed)).toEqual([]);
});
