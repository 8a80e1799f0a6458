import { describe, expect, it } from 'vitest';
import { checkExternalId, checkRoleArn, checkSessionName, defaultSessionName } from '../../../src/plan/role.ts';
import { problemOf } from '../failures.ts';

describe('awsRoleArn', () => {
  it.each([
    'arn:aws:iam::123456789012:role/ci',
    'arn:aws:iam::012345678901:role/team-a/sub/Push_images',
    'arn:aws:iam::123456789012:role/a+b=c,d.e@f-g_h',
    'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_x_0123',
    'arn:aws-cn:iam::123456789012:role/ci',
    'arn:aws-us-gov:iam::123456789012:role/ci',
    'arn:aws-eusc:iam::123456789012:role/ci',
    'arn:aws-iso-b:iam::123456789012:role/ci',
    `arn:aws:iam::123456789012:role/${'a'.repeat(64)}`,
  ])('may be %s', (arn) => {
    expect(checkRoleArn(arn)).toBe(arn);
  });

  it.each([
    ['push-images', 'arn:aws:iam::123456789012:role/push-images'],
    ['role/push-images', 'arn:aws:iam::123456789012:role/push-images'],
    ['123456789012', 'with its account'],
    ['arn:aws:sts::123456789012:assumed-role/ci/session', 'write the role itself, arn:aws:iam::123456789012:role/ci.'],
    ['arn:aws:iam::123456789012:user/ci', 'as IAM shows it'],
    ['arn:aws:iam::123456789012:role', 'as IAM shows it'],
    ['arn:aws:iam::123456789012:role/', 'as IAM shows it'],
    ['arn:aws:iam::12345:role/ci', 'twelve digits'],
    ['arn:aws:iam:eu-west-1:123456789012:role/ci', 'as IAM shows it'],
    ['arn:gcp:iam::123456789012:role/ci', 'as IAM shows it'],
    ['arn:aws:iam::123456789012:role/with blank', 'as IAM shows it'],
    [`arn:aws:iam::123456789012:role/${'a'.repeat(65)}`, 'as IAM shows it'],
    ['arn:aws:iam::123456789012:role/ci\narn:aws:iam::123456789012:role/two', 'as IAM shows it'],
  ])('is not %j', async (value, hint) => {
    expect(await problemOf(() => checkRoleArn(value))).toEqual({
      code: 'role-malformed',
      message: `awsRoleArn: "${value}" is not the ARN of a role.`,
      hint: expect.stringContaining(hint),
    });
  });
});

describe('awsRoleSessionName', () => {
  it.each(['ab', 'nightly-1', 'someone@example.com', 'a+b=c,d._-', 'x'.repeat(64)])('may be %s', (name) => {
    expect(checkSessionName(name)).toBe(name);
  });
  it.each(['a', 'with blank', 'a/b', 'a:b', 'ä-', 'x'.repeat(65), 'two\nlines'])('is not %j', async (name) => {
    expect(await problemOf(() => checkSessionName(name))).toMatchObject({ code: 'role-malformed' });
  });
  it.each([
    ['17001234567', 'buildkit-aws-17001234567'],
    ['a/b c', 'buildkit-aws-abc'],
    ['1'.repeat(100), `buildkit-aws-${'1'.repeat(40)}`],
    ['', 'buildkit-aws'],
    [undefined, 'buildkit-aws'],
  ])('is derived from the run %j', (runId, name) => {
    expect(defaultSessionName(runId)).toBe(name);
    expect(checkSessionName(defaultSessionName(runId))).toBe(name);
  });
});

describe('awsExternalId', () => {
  it.each(['ab', 'fake-id:team/1', 'a+=,.@:/-_', 'x'.repeat(1224)])('may be %s', (id) => {
    expect(checkExternalId(id)).toBe(id);
  });
  it.each(['a', 'with blank', 'fake$id', 'fäke', 'x'.repeat(1225)])('is not %j, and is not shown', async (id) => {
    const problem = await problemOf(() => checkExternalId(id));
    expect(problem.code).toBe('role-malformed');
    expect(problem.message).toContain(`of ${id.length} characters`);
    expect(id.length > 1 && JSON.stringify(problem).includes(id)).toBe(false);
  });
});
