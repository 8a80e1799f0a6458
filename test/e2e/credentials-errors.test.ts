import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT, CREDENTIALS, credentialsFile, REGION } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import type { InjectedFault } from '../support/ecr/exchange.ts';

const OTHER = { accountId: '210987654321', secretAccessKey: 'fake/other-secret+000000000000' };
const EXPIRED = { ...OTHER, accessKeyId: 'ASIAEXAMPLE00EXPIRED', expired: true };
const DENIED = { ...OTHER, accessKeyId: 'AKIAEXAMPLE00DENIED0', denied: ['ecr:GetAuthorizationToken'] };
const NO_BEARER = { ...OTHER, accessKeyId: 'AKIAEXAMPLE00BEARER0', denied: ['sts:GetServiceBearerToken'] };
const NOBODY = { ...OTHER, accessKeyId: 'AKIAEXAMPLE00NOBODY0' };
const ROLE = 'arn:aws:iam::123456789012:role/pusher';

let bed: Bed;
let faults: InjectedFault[] = [];

beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { accounts: [ACCOUNT, EXPIRED, DENIED, NO_BEARER] });
});
afterAll(() => bed.close());
afterEach(() => {
  for (const fault of faults) {
    fault.remove();
  }
  faults = [];
});

type Answer = Parameters<Bed['ecr']['fault']>[0]['answer'];

/** What the API answers to an action in the place of what it would. */
function answerTo(action: string, answer: Answer, times?: number): InjectedFault {
  const when = (request: { readonly action: string }) => request.action === action;
  const fault = bed.ecr.fault({ when, answer, ...(times === undefined ? {} : { times }) });
  faults.push(fault);
  return fault;
}

const json = (status: number, type: string, message: string): Answer => ({ status, body: { __type: type, message } });
const THROTTLED = json(400, 'ThrottlingException', 'Rate exceeded');
const BUSY = json(500, 'ServerException', 'An internal error occurred.');

async function fail(inputs: Record<string, string> = {}, env: Record<string, string> = {}) {
  const begin = bed.ecr.requests.length;
  const job = await bed.job({ env });
  const result = await job.step({ ...bed.inputs, ...inputs });
  expect(result.code, result.output).toBe(1);
  expect(result.errors).toHaveLength(1);
  const actions = bed.ecr.requests.slice(begin).map(({ action }) => action);
  return { result, message: result.errors[0] ?? '', actions };
}

describe('what passes', () => {
  it.each([
    ['throttling', THROTTLED],
    ['an internal error', BUSY],
    ['a page of a load balancer', { status: 503, body: '<html>busy</html>' }],
    ['a lost connection', 'reset' as const],
  ])('is waited for: %s', async (_, answer) => {
    const fault = answerTo('GetAuthorizationToken', answer, 2);
    const job = await bed.job();
    expect(await job.step({ ...bed.inputs, push: 'false' })).toMatchObject({ code: 0 });
    expect(fault.hits()).toBe(2);
  });

  it('is told when it does not', async () => {
    const fault = answerTo('GetAuthorizationToken', THROTTLED);
    const { result, message } = await fail();
    expect(result.output).toContain('::error title=ecr-throttled::');
    expect(message).toContain(
      'limits how often ecr:GetAuthorizationToken may be called: Rate exceeded (tried 5 times)',
    );
    expect(fault.hits()).toBe(5);
  });
});

describe('what is refused', () => {
  it.each([
    ['denied', DENIED, 'ecr-denied'],
    ['expired', EXPIRED, 'credentials-expired'],
    ['unknown', NOBODY, 'credentials-refused'],
  ])('is asked for once: %s', async (_, account, code) => {
    const { result, actions } = await fail({ awsCredentials: credentialsFile({ default: account }) });
    expect(result.output).toContain(`::error title=${code}::`);
    expect(actions.filter((action) => action === 'GetAuthorizationToken')).toHaveLength(1);
  });

  it('is named with both actions that ECR Public needs', async () => {
    const { result, message } = await fail({
      awsCredentials: credentialsFile({ default: NO_BEARER }),
      imageRegistryPath: 'public.ecr.aws/acme',
    });
    expect(result.output).toContain('::error title=ecr-denied::');
    expect(message).toContain('sts:GetServiceBearerToken');
    expect(message).toContain('Allow both ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken');
  });
});

describe('an answer that is none', () => {
  it('of the token service', async () => {
    answerTo('GetAuthorizationToken', { status: 403, headers: { server: 'fake' }, body: '<html>Forbidden</html>' });
    const { result, message } = await fail();
    expect(result.output).toContain('::error title=ecr-unreadable::');
    expect(message).toContain('HTTP status 403');
    expect(message).toContain('HTTPS_PROXY');
  });

  it('of STS', async () => {
    answerTo('AssumeRole', { status: 200, body: '<html>Please log in</html>' });
    const { result, message } = await fail({ awsRoleArn: ROLE });
    expect(result.output).toContain('::error title=ecr-unreadable::');
    expect(message).toContain('sts:AssumeRole');
  });

  it('shows the host that is not found', async () => {
    const { result, message } = await fail({}, { AWS_ENDPOINT_URL_ECR: 'http://ecr.nowhere.invalid' });
    expect(result.output).toContain('::error title=ecr-unreachable::');
    expect(message).toContain('ecr.nowhere.invalid');
  });
});

describe('the name of who asks', () => {
  it.each([
    ['is not allowed to be told', json(403, 'AccessDenied', 'no')],
    ['cannot be got', 'reset' as const],
    ['comes too late', { delayMs: 20_000 }],
  ])('is left out when it %s', async (_, answer) => {
    answerTo('GetCallerIdentity', answer);
    const job = await bed.job();
    const result = await job.step({ ...bed.inputs, push: 'false' });
    expect(result.code, result.output).toBe(0);
    expect(result.log).toContain(`Logged in to ${bed.ecr.host} with profile "default" of awsCredentials\n`);
  });
});

describe('a setting that cannot be used', () => {
  it.each([
    [
      'the profile',
      { awsRegion: '', awsCredentials: `${CREDENTIALS}region = tokyo\n` },
      {},
      'awsCredentials: region of profile "default": "tokyo"',
    ],
    ['AWS_REGION', { awsRegion: '' }, { AWS_REGION: 'tokyo' }, 'AWS_REGION of the environment: "tokyo"'],
    [
      'AWS_DEFAULT_REGION',
      { awsRegion: '' },
      { AWS_DEFAULT_REGION: 'tokyo' },
      'AWS_DEFAULT_REGION of the environment: "tokyo"',
    ],
    ['awsRegion', { awsRegion: 'tokyo' }, { AWS_REGION: REGION }, 'awsRegion: "tokyo"'],
  ])('is named: the region of %s', async (_, inputs, env, words) => {
    const { result, message } = await fail(inputs, env);
    expect(result.output).toContain('::error title=input-invalid::');
    expect(message).toContain(words);
  });

  it('is named: the address of an API', async () => {
    const { result, message, actions } = await fail({}, { AWS_ENDPOINT_URL: 'localhost:4566' });
    expect(result.output).toContain('::error title=endpoint-malformed::');
    expect(message).toContain('AWS_ENDPOINT_URL of the environment');
    expect(actions).toEqual([]);
  });

  it('is named: the endpoint of a profile', async () => {
    const awsCredentials = `${CREDENTIALS}endpoint_url = localhost\n`;
    const { result, message } = await fail({ awsCredentials }, { AWS_ENDPOINT_URL: '' });
    expect(result.output).toContain('::error title=endpoint-malformed::');
    expect(message).toContain('endpoint_url of a profile');
  });

  it.each([
    ['a name alone', { awsRoleArn: 'pusher' }, 'arn:aws:iam::123456789012:role/pusher'],
    ['a session', { awsRoleArn: ROLE, awsRoleSessionName: 'a b' }, 'awsRoleSessionName: "a b"'],
    ['an external id', { awsRoleArn: ROLE, awsExternalId: '$' }, 'awsExternalId: the value, of 1 characters'],
    ['a session without a role', { awsRoleSessionName: 'ci' }, 'awsRoleSessionName: there is no awsRoleArn'],
    ['an external id without a role', { awsExternalId: 'fake-id' }, 'awsExternalId: there is no awsRoleArn'],
  ])('is named: %s', async (_, inputs, words) => {
    const { result, message, actions } = await fail(inputs);
    expect(result.output).toContain('::error title=role-malformed::');
    expect(message).toContain(words);
    expect(actions).toEqual([]);
  });
});
