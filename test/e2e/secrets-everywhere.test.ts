import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readStatements } from '../support/attestations.ts';
import { memberOf, ownArchitecture } from '../support/built.ts';
import { type Gate, openGate } from '../support/gate.ts';
import { loginOf } from '../support/git-server.ts';
import type { Job, StepResult } from '../support/job.ts';
import { readLayerFile } from '../support/oci.ts';
import { descendsFrom, type SeenProcess, watchProcesses } from '../support/process-watch.ts';
import { openSecretMachine, type SecretMachine } from '../support/secret-machine.ts';
import { filesOfRunner, inProcesses, isPrivate, placesOf, shownBy, toldBy } from '../support/secret-places.ts';
import { type Finding, openSecretSearch, type SecretSearch } from '../support/secret-search.ts';
import { issuedSecrets, numbered, roleKeys } from '../support/secret-values.ts';

/** One build that has every kind of secret, and all places that they could be in. */
let machine: SecretMachine;
let job: Job;
let root: string;
let gate: Gate;
let result: StepResult;
let processes: readonly SeenProcess[];
let search: SecretSearch;
let during: Finding[];
let privately: boolean;
beforeAll(async () => {
  machine = await openSecretMachine(inject('toolchain'));
  gate = await openGate();
  root = await mkdtemp('/tmp/bka-kept-');
  const ids = ['plain', 'variable', 'file'];
  const mounts = ids.map((id) => `--mount=type=secret,id=${id},required=true`).join(' ');
  const given = await machine.job('app', [
    `COPY --from=${machine.servers.runners.host}/base/busybox:1 /bin/busybox /copied`,
    `RUN ${mounts} --mount=type=secret,id=environment,env=SECRET --mount=type=ssh [ -S "$SSH_AUTH_SOCK" ] && cd /run/secrets && (sha256sum ${ids.join(' ')} && printf %s "$SECRET" | sha256sum) > /sums && ${gate.command}`,
  ]);
  job = given.job;
  // What is private is so by itself, and not by where the test has put it.
  await Promise.all([root, dirname(job.workspace)].map((directory) => chmod(directory, 0o755)));
  const watched = await watchProcesses(async () => {
    const step = job.step({ ...given.inputs, buildkitRoot: root });
    await Promise.race([gate.reached, step]);
    const early = openSecretSearch({
      ...machine.secrets,
      ...numbered('ecrToken', issuedSecrets(machine.bed.ecr.requests).ecrTokens),
    });
    during = (await early.inFiles([...placesOf(job), root])).filter(({ place }) => !filesOfRunner(job).includes(place));
    privately = (await Promise.all(during.map(({ place }) => isPrivate(place)))).every(Boolean);
    gate.open();
    return step;
  });
  [result, processes] = [watched.result, watched.processes];
  expect(result.code, result.output).toBe(0);
  const { ecrTokens, sessionTokens } = issuedSecrets(machine.bed.ecr.requests);
  search = openSecretSearch({
    ...machine.secrets,
    ...numbered('ecrToken', ecrTokens),
    ...numbered('sessionToken', sessionTokens),
    ...numbered('roleKey', roleKeys(result)),
  });
}, 300_000);
afterAll(async () => {
  await gate?.close();
  await machine.close();
  await rm(root, { recursive: true });
});

/** Which secrets a program may have in its variables, by its name. */
function allowed(process: SeenProcess): readonly string[] {
  const { argv } = process;
  const [program = '', script = ''] = argv;
  const ofRunner = ['proxyPassword', 'secret variable'];
  if (script.endsWith('main/index.js')) {
    return [...Object.keys(machine.secrets), 'roleKey 1'];
  }
  if (program.endsWith('/buildctl')) {
    return [...ofRunner, 'runtimeToken'];
  }
  if (argv.join(' ').includes(gate.command)) {
    return ['secret environment'];
  }
  const comesFrom = (isAncestor: (one: SeenProcess) => boolean) =>
    descendsFrom(process, { isAncestor, all: processes });
  // Git with what it runs; the daemon, the shell that starts it, and what they run.
  const isGit = ({ argv: [program = ''] }: SeenProcess) => basename(program) === 'git';
  const isDaemon = (one: SeenProcess) => one.argv.some((argument) => argument.endsWith('/buildkitd'));
  return comesFrom(isGit) ? ofRunner : comesFrom(isDaemon) ? ['proxyPassword'] : [];
}

describe('a step with every kind of secret', () => {
  it('has used each of them', async () => {
    const { bed, servers, secrets, buildSecrets } = machine;
    const issued = issuedSecrets(bed.ecr.requests);
    expect([issued.ecrTokens.length, issued.sessionTokens.length, roleKeys(result).length]).toEqual([1, 1, 1]);
    expect(servers.proxy.requests.map(({ status }) => status)).toContain(200);
    expect(servers.git.requests.map(({ authorization }) => loginOf(authorization))).toContain(
      `someone@example.com:${secrets.gitToken}`,
    );
    expect(servers.releases.requests.join()).toContain(`?token=${secrets.downloadToken}`);
    const logins = [servers.named, servers.runners].map(({ requests }) =>
      requests.map(({ authorization }) => loginOf(authorization)),
    );
    expect(logins[0]).toContain(`puller:${secrets.registryPassword}`);
    expect(logins[1]).toContain(`runner:${secrets.runnerPassword}`);
    expect(servers.cache.entries().length).toBeGreaterThan(0);
    const image = { registryUrl: bed.registry.url, repository: 'app', reference: result.outputs.imageDigest ?? '' };
    const sums = await readLayerFile({ ...(await memberOf(image, ownArchitecture)), path: 'sums' });
    expect(sums?.match(/^[0-9a-f]{64}/gm)).toEqual(
      Object.values(buildSecrets).map((value) => createHash('sha256').update(value).digest('hex')),
    );
    expect(JSON.stringify(await readStatements(image))).toContain('sha256sum');
  });

  it('has each of them masked, also those that it does not use', () => {
    const { secrets, buildSecrets } = machine;
    // The runner itself masks its own tokens, and a key of SSH is only named.
    const { sshKey, runtimeToken, oidcRequestToken, ...given } = secrets;
    expect([sshKey, runtimeToken, oidcRequestToken]).not.toContain(undefined);
    const values = Object.values(given).map((value) => (value === buildSecrets.file ? value.trim() : value));
    expect(values.filter((value) => !result.masks.includes(value))).toEqual([]);
  });

  it('tells none of them, even before anything is masked', () => {
    expect(result.output).toContain('::debug::');
    const told = search.inTexts(toldBy(result));
    // The library that downloads names the address, for who debugs a step.
    expect(told.filter(({ secret }) => secret !== 'downloadToken')).toEqual([]);
    expect(search.inTexts(shownBy(result))).toEqual([]);
  });

  it('has none of them in an argument of a process, and in variables only those that the program needs', () => {
    const programs = processes.map(({ argv: [program = ''] }) => basename(program));
    expect(programs).toEqual(expect.arrayContaining(['buildctl', 'buildkitd', 'git', 'wget']));
    expect(inProcesses(search, processes, allowed)).toEqual([]);
  });

  it('keeps them during the build in files that only its user may read', () => {
    const files = during.map(({ place }) =>
      place
        .replace(root, 'kept')
        .replace(/^.*\/(?:buildkit-aws-)?(step|daemon)-[0-9a-f]+\//, '$1 ')
        .replace(/buildkit-secrets\d+\/\w+$/, 'SECRET')
        .replace(/executor\/\w+\//, 'executor/STEP/'),
    );
    expect([...new Set(files)].toSorted()).toEqual([
      // A secret that a step has as a variable is in the configuration of its container.
      'daemon kept/runc-overlayfs/executor/STEP/config.json',
      'daemon root/runc-overlayfs/executor/STEP/config.json',
      'daemon t/SECRET',
      'kept/slot-1/runc-overlayfs/executor/STEP/config.json',
      'step docker/config.json',
      'step secrets/0',
      'step secrets/1',
      'step secrets/3',
    ]);
    expect(privately).toBe(true);
  });

  it('leaves none of them in a file, also of data that are kept', async () => {
    const left = async () =>
      (await search.inFiles([...placesOf(job), root]))
        .map(({ place }) => place)
        .filter((place) => !filesOfRunner(job).includes(place));
    // What the daemon has deleted of its history goes with the file.
    expect((await left()).filter((place) => basename(place) !== 'history.db')).toEqual([]);
    await job.post();
    expect(await left()).toEqual([]);
  });

  it('puts none of them into image, attestations and caches', async () => {
    expect(await search.inFiles([machine.bed.registry.storage])).toEqual([]);
    const entries = machine.servers.cache.entries().map(({ key, bytes }) => [`entry ${key}`, bytes] as const);
    expect(search.inTexts(Object.fromEntries(entries))).toEqual([]);
  });

  it('sends each of them to its own server only', () => {
    const { servers, bed } = machine;
    const sent = (requests: readonly object[], own: readonly string[]) =>
      search.inTexts({ requests: JSON.stringify(requests) }).filter(({ secret }) => !own.includes(secret));
    expect(sent(bed.ecr.requests, ['ecrToken 1', 'sessionToken 1'])).toEqual([]);
    expect(sent(servers.git.requests, ['gitToken'])).toEqual([]);
    expect(sent(servers.named.requests, ['registryPassword'])).toEqual([]);
    expect(sent(servers.runners.requests, ['runnerPassword'])).toEqual([]);
  });
});
