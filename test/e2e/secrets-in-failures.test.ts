import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { openGate } from '../support/gate.ts';
import { loginOf } from '../support/git-server.ts';
import type { Job, StepResult } from '../support/job.ts';
import { listen, stop } from '../support/listen.ts';
import { openSecretMachine, type SecretMachine } from '../support/secret-machine.ts';
import { filesOfRunner, placesOf, shownBy, toldBy } from '../support/secret-places.ts';
import { openSecretSearch, type SecretSearch } from '../support/secret-search.ts';
import { issuedSecrets, numbered, roleKeys } from '../support/secret-values.ts';

let machine: SecretMachine;
beforeAll(async () => {
  machine = await openSecretMachine(inject('toolchain'));
});
afterEach(() => machine.bed.endJobs());
afterAll(() => machine.close());

function searchOf(result: StepResult, more: Readonly<Record<string, string>> = {}): SecretSearch {
  const { ecrTokens, sessionTokens } = issuedSecrets(machine.bed.ecr.requests);
  return openSecretSearch({
    ...machine.secrets,
    ...numbered('ecrToken', ecrTokens),
    ...numbered('sessionToken', sessionTokens),
    ...numbered('roleKey', roleKeys(result)),
    ...more,
  });
}

/** Files that hold a secret, beside those of the runner; as long as a daemon runs, the file of its history is its own. */
async function filesWith(search: SecretSearch, job: Job): Promise<string[]> {
  const places = (await search.inFiles(placesOf(job))).map(({ place }) => place);
  return places.filter((place) => ![...filesOfRunner(job), join(job.workspace, 'words.txt')].includes(place));
}

/** The address of a download is named by the library for it, for who debugs a step; it is masked. */
function told(search: SecretSearch, result: StepResult) {
  return search.inTexts(toldBy(result)).filter(({ secret }) => secret !== 'downloadToken');
}

const titleOf = ({ output }: StepResult) => /^::error.*?title=([\w-]+)/m.exec(output)?.[1];

const isAction =
  (name: string) =>
  ({ action }: { readonly action: string }) =>
    action === name;
const DENIED = { errors: [{ code: 'DENIED', message: 'User: someone is not authorized' }] };

/** What goes wrong, with the code that the step ends with. */
const FAILURES: [
  string,
  string,
  (machine: SecretMachine) => { inputs?: Record<string, string>; env?: Record<string, string>; end?: () => void },
][] = [
  [
    'ecr-denied',
    'ECR gives no token',
    ({ bed }) => {
      const answer = { status: 400, body: { __type: 'AccessDeniedException', message: 'is not authorized' } };
      return { end: bed.ecr.fault({ when: isAction('GetAuthorizationToken'), answer }).remove };
    },
  ],
  [
    'push-denied',
    'the registry refuses the push',
    ({ bed }) => {
      const when = ({ kind, method }: { kind: string; method: string }) =>
        kind === 'registry' && method !== 'GET' && method !== 'HEAD';
      return { end: bed.ecr.fault({ when, answer: { status: 403, body: DENIED } }).remove };
    },
  ],
  ['git-denied', 'the clone is refused', () => ({ inputs: { gitToken: `someone:${machine.secrets.gitToken}` } })],
  [
    'daemon-not-started',
    'the daemon does not start',
    () => ({ inputs: { buildkitConfig: '[worker.oci]\nsnapshotter = "none-such"' } }),
  ],
  [
    'buildkit-download-failed',
    'there is no such archive',
    ({ servers, secrets }) => ({
      inputs: {
        buildkitDownloadUrl: `${servers.releases.faultyUrl('missing')}?token=${secrets.downloadToken}`,
        buildkitSha256: 'f'.repeat(64),
      },
    }),
  ],
  [
    'base-image-unavailable',
    'a registry does not take the login of registryAuths',
    ({ servers, secrets }) => ({
      inputs: { registryAuths: `${servers.named.host} stranger ${secrets.registryPassword}` },
    }),
  ],
];

describe('a step with every kind of secret that fails', () => {
  it.each(FAILURES)('with %s tells none of them and leaves none: %s', async (code, _, prepare) => {
    const { job, inputs } = await machine.job(`app-${code}`, ['RUN true']);
    const { end, ...change } = prepare(machine);
    const result = await job.step({ ...inputs, ...change.inputs });
    end?.();
    expect([result.code, titleOf(result)], result.output).toEqual([1, code]);
    const search = searchOf(result);
    expect(told(search, result)).toEqual([]);
    expect(search.inTexts(shownBy(result))).toEqual([]);
    expect((await filesWith(search, job)).filter((path) => basename(path) !== 'history.db')).toEqual([]);
    await job.post();
    expect(await filesWith(search, job)).toEqual([]);
  });

  it('shows none of them when the build itself has printed them', async () => {
    const ids = ['plain', 'variable', 'file', 'words'];
    const mounts = ids.map((id) => `--mount=type=secret,id=${id}`).join(' ');
    const { job, inputs } = await machine.job('printing', [
      `RUN ${mounts} cd /run/secrets && for id in ${ids.join(' ')}; do cat $id; echo; done; exit 3`,
    ]);
    const words = Array.from({ length: 60 }, () => `fake-${randomBytes(8).toString('hex')}`).join(' ');
    await writeFile(join(job.workspace, 'words.txt'), words);
    const result = await job.step({ ...inputs, secrets: `${inputs.secrets}\nwords=file:words.txt` });
    expect(titleOf(result), result.output).toBe('build-failed');
    expect(result.output).toContain(words);
    expect(result.summary).toContain('exit code 3');
    const search = searchOf(result, { words });
    expect(search.inTexts(shownBy(result))).toEqual([]);
    expect((await filesWith(search, job)).filter((path) => basename(path) !== 'history.db')).toEqual([]);
  });

  it('shows none of them when a Git server repeats what it was sent', async () => {
    const server = createServer(({ headers }, response) => {
      const login = loginOf(headers.authorization);
      const status = login === undefined ? 401 : 403;
      const type = { 'www-authenticate': 'Basic realm="git"', 'content-type': 'text/plain' };
      response.writeHead(status, type).end(`There is no access with ${login} here.\n`);
    });
    const port = await listen(server, { address: '127.0.0.1', port: 0 });
    const { job, inputs } = await machine.job('echo', []);
    const result = await job.step({ ...inputs, gitCloneUrl: `http://127.0.0.1:${port}/app.git` });
    await stop(server);
    expect(titleOf(result), result.output).toBe('git-denied');
    expect(result.errors[0]).toContain('There is no access with');
    expect(searchOf(result).inTexts(shownBy(result))).toEqual([]);
  });

  it('shows none of them when AWS repeats the request that it refuses, with its session token', async () => {
    const { bed, secrets } = machine;
    const message = `The signature does not match. The Canonical String should have been 'POST / x-amz-security-token:${secrets.otherSession} x-amz-target'`;
    const answer = { status: 400, body: { __type: 'InvalidSignatureException', message } };
    const { remove } = bed.ecr.fault({ when: isAction('GetAuthorizationToken'), answer });
    const { job, inputs } = await machine.job('repeating', []);
    const result = await job.step({ ...inputs, awsProfile: 'other' });
    remove();
    expect(titleOf(result), result.output).toBe('credentials-refused');
    expect(result.errors[0]).toContain(secrets.otherSession);
    expect(result.summary).toContain('The Canonical String should have been');
    expect(searchOf(result).inTexts(shownBy(result))).toEqual([]);
  });

  it('leaves none of them when it is cancelled in the middle of the build', async () => {
    const gate = await openGate();
    const mounts = ['plain', 'file'].map((id) => `--mount=type=secret,id=${id}`).join(' ');
    const { job, inputs } = await machine.job('cancelled', [
      `RUN ${mounts} --mount=type=secret,id=environment,env=SECRET --mount=type=ssh ${gate.command}`,
    ]);
    const cancelling = new AbortController();
    const step = job.step(inputs, { signal: cancelling.signal });
    await Promise.race([gate.reached, step]);
    cancelling.abort();
    const result = await step;
    expect(titleOf(result), result.output).toBe('build-cancelled');
    const search = searchOf(result);
    expect(told(search, result)).toEqual([]);
    await job.post();
    await gate.close();
    expect(await filesWith(search, job)).toEqual([]);
  });
});
