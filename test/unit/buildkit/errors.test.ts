import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { explainBuildError } from '../../../src/buildkit/errors.ts';

/** What BuildKit printed: the sample without the command before it and the exit code after it. */
async function sample(name: string): Promise<string> {
  const text = await readFile(new URL(`../../fixtures/buildkit/${name}.txt`, import.meta.url), 'utf8');
  return text.replace(/^\$ .*\n/, '').replace(/\n\[exit 1[^\]]*\]\n?$/, '\n');
}

it('tells a daemon that has gone, whichever of the calls of buildctl has failed first, from a registry that is not there', () => {
  const code = (said: string) => explainBuildError(`error: ${said}\n`, []).code;
  expect(code('failed to solve: Unavailable: error reading from server: EOF')).toBe('daemon-lost');
  expect(code('failed to solve: Unavailable: closing transport due to: connection error')).toBe('daemon-lost');
  expect(code('failed to solve: failed to push a.example/b:1: 503 Service Unavailable')).not.toBe('daemon-lost');
});

describe('captured output of BuildKit', () => {
  it.each([
    ['stderr/failing-run', 'build-failed', 'process "/bin/sh -c echo before &&', 'The log of the build above'],
    [
      'stderr/syntax-error',
      'build-failed',
      'unknown instruction: RUNN (did you mean RUN?)',
      'Correct line 2 of the Dockerfile.',
    ],
    ['stderr/cache-export-failed', 'build-failed', 'error writing layer blob', 'The log of the build above'],
    [
      'stderr/push-repository-missing',
      'repository-missing',
      "The repository with name 'norepo' does not exist",
      'Create the repository norepo in account 123456789012',
    ],
    [
      'stderr/push-immutable',
      'tag-immutable',
      "The image tag '1.0' already exists",
      'Tags of immutable are immutable: choose another imageTag than 1.0.',
    ],
    [
      'stderr/push-denied',
      'push-denied',
      'is not authorized to perform',
      'Allow ecr:InitiateLayerUpload on arn:aws:ecr:eu-west-1:123456789012:repository/denied',
    ],
    ['stderr/push-throttled', 'push-throttled', 'toomanyrequests: Rate exceeded', 'run the job again'],
    ['stderr/push-throttled-manifest', 'push-throttled', 'toomanyrequests: Rate exceeded', 'run the job again'],
    ['stderr/push-no-credentials', 'push-unauthenticated', '401 Unauthorized', 'check region and account of its host'],
    [
      'errors/push-expired-token',
      'push-unauthenticated',
      'Your authorization token has expired',
      'The token of ECR lives for 12 hours',
    ],
    [
      'stderr/push-manifest-refused',
      'push-refused',
      "Invalid parameter at 'ImageManifest'",
      'ECR does not take this form of manifest',
    ],
    [
      'stderr/push-attestation-refused',
      'push-refused',
      'The operation is unsupported',
      'ECR does not take this form of manifest',
    ],
    ['errors/push-500-retry', 'push-refused', 'unknown: internal error', 'The registry had an error of its own'],
    ['errors/arg-bad-name', 'push-refused', 'repository name (/Name) must be lowercase', 'What the registry says'],
    [
      'errors/base-image-not-found',
      'base-image-unavailable',
      '127.0.0.1:5091/nope:1.0: not found',
      'the base image 127.0.0.1:5091/nope:1.0,',
    ],
    [
      'errors/base-image-401',
      'base-image-unavailable',
      '401 Unauthorized',
      'the base image 127.0.0.1:5092/unauth:1.0,',
    ],
    ['errors/base-image-dns', 'base-image-unavailable', 'no such host', 'the base image registry.invalid/x:1,'],
    [
      'errors/syntax-frontend-offline',
      'base-image-unavailable',
      'no such host',
      'the base image docker.io/docker/dockerfile:1,',
    ],
    [
      'errors/source-policy-deny',
      'base-image-unavailable',
      'denied by policy',
      'the base image 127.0.0.1:5091/base:latest,',
    ],
    ['errors/daemon-unix-missing-build', 'daemon-lost', 'Unavailable: connection error', 'run the job again'],
    ['daemon/sigkill-daemon', 'daemon-lost', 'error reading from server: EOF', 'run the job again'],
    ['daemon/sigterm2-daemon', 'daemon-lost', 'error reading from server: EOF', 'run the job again'],
    ['daemon/sigint-buildctl', 'build-failed', 'Canceled: context canceled', 'The log of the build above'],
    ['errors/arg-bad-output', 'build-failed', '--output requires type=<type>', 'The log of the build above'],
    ['errors/arg-unknown-flag', 'extra-args-refused', 'flag provided but not defined: -nope', 'Correct extraArgs'],
    ['errors/copy-missing', 'build-failed', '"/missing.txt": not found', '.dockerignore leaves out'],
    ['errors/dockerfile-empty', 'build-failed', 'the Dockerfile cannot be empty', 'name another file as dockerfile'],
    ['errors/failing-heredoc', 'build-failed', 'exit code: 1', 'Correct the command, or what it needs.'],
    ['errors/failing-crlf', 'build-failed', 'exit code: 3', 'Correct the command, or what it needs.'],
    ['errors/add-checksum', 'build-failed', 'digest mismatch', 'ADD has got another file than its --checksum says'],
    ['errors/check-error', 'build-failed', 'lint violation found for rules', 'leave error=true out'],
    ['errors/exec-format-error', 'program-foreign', 'exec format error', 'Take a base image for the platform'],
    ['errors/secret-required-missing', 'build-failed', 'secret need: not found', 'Give need in secrets'],
    ['errors/secret-file-missing', 'build-failed', 'failed to stat /nope', 'The log of the build above'],
    [
      'errors/entitlement-insecure-notallowed',
      'build-failed',
      'security.insecure is not allowed',
      'The log of the build above',
    ],
    [
      'errors/target-missing',
      'target-missing',
      'target stage "nope" could not be found',
      'Correct target: the Dockerfile has no stage nope.',
    ],
  ])('%s is %s', async (name, code, said, hint) => {
    const failure = explainBuildError(await sample(name));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(said);
    expect(failure.message).not.toMatch(/^error: /);
    expect(failure.hint).toContain(hint);
  });

  it.each([
    [
      'stderr/failing-run',
      '[3/3] RUN echo before &&     echo "about to fail" >&2 &&     exit 42:',
      ['0.044 about to fail', '0.044 before'],
    ],
    ['errors/exec-format-error', '[2/2] RUN ["/bin/sh","-c","echo hi"]:', ['0.062 exec /bin/sh: exec format error']],
  ])('%s ends with the last lines of its step', async (name, step, lines) => {
    const { message } = explainBuildError(await sample(name));
    expect(message.split('\n').slice(1)).toEqual([`Last lines of ${step}`, ...lines]);
  });

  it('is one line where the step had no output', async () => {
    expect(explainBuildError(await sample('stderr/push-immutable')).message).toBe(
      "failed to push 127.0.0.1:5092/immutable:1.0: unknown: The image tag '1.0' already exists in the 'immutable' repository and cannot be overwritten because the repository is immutable.",
    );
  });
});

/** The end of a build whose only step printed these lines. */
function failedStep(lines: readonly string[], reason: string): string {
  return [
    '#1 DONE 0.0s',
    '------',
    ' > [1/1] RUN it:',
    ...lines,
    '------',
    `error: failed to solve: ${reason}`,
    '',
  ].join('\n');
}

describe('a step that failed', () => {
  it('shows its last twenty lines', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `0.1 line ${index + 1}`);
    const { message } = explainBuildError(failedStep(lines, 'it broke'));
    expect(message.split('\n')).toEqual(['it broke', 'Last lines of [1/1] RUN it:', ...lines.slice(10)]);
  });

  it('may have been killed', () => {
    const reason = 'process "/bin/sh -c make" did not complete successfully: exit code: 137';
    expect(explainBuildError(failedStep([], reason)).hint).toContain('want of memory');
  });

  it('may have been killed for want of memory, as BuildKit says where it can tell', () => {
    const reason = 'process "/bin/sh -c make" did not complete successfully: cannot allocate memory';
    const { code, hint } = explainBuildError(failedStep([], reason));
    expect([code, hint]).toEqual([
      'out-of-memory',
      expect.stringContaining('The kernel has killed a process of this step'),
    ]);
  });

  it('is cut so that the link to its entry is shown, too', () => {
    const lines = Array.from({ length: 20 }, (_, at) => `0.1 ${at} ${'x '.repeat(2500)}`);
    const reason = `process "${'y '.repeat(25_000)}" did not complete successfully: exit code: 7`;
    const { message, hint } = explainBuildError(failedStep(lines, reason));
    expect(message.length + hint.length).toBeLessThan(3600);
    expect(message).toMatch(/^process "[y ]+ … [y ]+" did not complete successfully: exit code: 7\nLast lines of /);
    expect(message).toMatch(/\n0\.1 19 (?:x ?)+…$/);
  });

  it('shows what it has printed without anything that a terminal or the runner would obey', () => {
    const { message } = explainBuildError(
      failedStep(['0.1 \u001b[31mred\u001b[0m\r::error::a\r50%\r##[error]b\0'], 'no'),
    );
    expect(message.split('\n')).toEqual([
      'no',
      'Last lines of [1/1] RUN it:',
      '0.1 red',
      ': :error::a',
      '50%',
      '## [error]b␀',
    ]);
  });

  it('may have a command of several lines', () => {
    const reason = 'process "/bin/sh -c <<EOF\necho a\nEOF" did not complete successfully: exit code: 1';
    expect(explainBuildError(failedStep(['0.1 a'], reason)).message).toBe(
      `${reason}\nLast lines of [1/1] RUN it:\n0.1 a`,
    );
  });

  it('may print what a registry says', () => {
    const failure = explainBuildError(failedStep(['0.1 failed to push app: denied'], 'exit code: 1'));
    expect(failure.code).toBe('build-failed');
  });

  it.each([
    ['failed to push x: denied'],
    ['User: ci is not authorized to perform: ecr:X on resource: arn:aws:ecr:eu-west-1:123456789012:repository/x'],
    ['Your authorization token has expired'],
    ['failed to resolve source metadata for x: y'],
  ])('may have a command that says: %s', (text) => {
    const reason = `process "/bin/sh -c ./deploy || (echo '${text}'; exit 1)" did not complete successfully: exit code: 1`;
    expect(explainBuildError(failedStep([], reason)).code).toBe('build-failed');
  });
});

describe('a push that failed', () => {
  const REASON = 'unsupported: The operation is unsupported';
  it.each(['access-denied', 'toomanyrequests', 'denied/app'])('is not judged by its name: %s', (name) => {
    expect(explainBuildError(`error: failed to solve: failed to push a.example/${name}:v1: ${REASON}\n`).code).toBe(
      'push-refused',
    );
  });

  it.each([
    [
      'HEAD',
      'unexpected status from HEAD request to https://a.example/v2/app/blobs/sha256:0: 403 Forbidden',
      'push-denied',
    ],
    ['another 429', 'toomanyrequests: slow down', 'push-throttled'],
    ['PUT', 'denied: requested access to the resource is denied', 'push-denied'],
    [
      '429',
      'unexpected status from PUT request to https://a.example/v2/app/manifests/v1: 429 Too Many Requests',
      'push-throttled',
    ],
    [
      'immutable tag',
      "unknown: The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.",
      'tag-immutable',
    ],
  ])('%s', (_, said, code) => {
    expect(explainBuildError(`error: failed to solve: failed to push a.example/app:v1: ${said}\n`).code).toBe(code);
  });
});

it('the last one of several errors counts', () => {
  const failure = explainBuildError(
    'error: failed to push a.example/app:v1: denied\nerror: failed to solve: it broke\n',
  );
  expect([failure.code, failure.message]).toEqual(['build-failed', 'it broke']);
});

describe('output without an error', () => {
  it('shows its last five lines that are not blank', () => {
    const failure = explainBuildError('one\ntwo\n\nthree\r\nfour\n \nfive\nsix\n\n');
    expect([failure.code, failure.message]).toEqual(['build-failed', 'two\nthree\nfour\nfive\nsix']);
  });

  it.each(['', '\n', ' \n \n'])('is said to be without one: %j', (output) => {
    const { code, message } = explainBuildError(output);
    expect(code).toBe('build-failed');
    expect(message.trim()).not.toBe('');
  });
});

describe('a base image', () => {
  const said = (status: string) =>
    `error: failed to solve: node:24: failed to resolve source metadata for docker.io/library/node:24: unexpected status from HEAD request to https://registry-1.docker.io/v2/library/node/manifests/24: ${status}\n`;
  it.each([
    ['429 Too Many Requests', 'registryMirrors'],
    [
      '429 Too Many Requests\ntoomanyrequests: You have reached your unauthenticated pull rate limit.',
      'registryMirrors',
    ],
    ['401 Unauthorized', 'registryAuths'],
  ])('that is refused with %j has a way out', (status, input) => {
    const { code, hint } = explainBuildError(said(status));
    expect(code).toBe('base-image-unavailable');
    expect(hint).toContain(input);
    expect(hint).toContain('docker.io/library/node:24');
  });
});

it('a credential helper that fails is named as what it is', () => {
  const said = 'failed to solve: a.example/b: error getting credentials - err: exit status 1, out: `no`';
  const { code, hint } = explainBuildError(`error: ${said}\n`);
  expect(code).toBe('base-image-unavailable');
  expect(hint).toContain('credsStore or credHelpers');
});
