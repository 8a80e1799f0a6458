import { expect, test } from 'vitest';
import { allows } from '../../support/ecr/policy.ts';

const ARN = 'arn:aws:ecr:eu-central-1:111122223333:repository/app';
const PUSH = { action: 'ecr:PutImage', resource: ARN };

test.each([
  ['the very action and resource', { Effect: 'Allow', Action: 'ecr:PutImage', Resource: ARN }, true],
  ['lists', { Effect: 'Allow', Action: ['ecr:X', 'ecr:PutImage'], Resource: ['x', ARN] }, true],
  ['wildcards', { Effect: 'Allow', Action: 'ecr:Put*', Resource: 'arn:aws:ecr:*:111122223333:repository/*' }, true],
  ['actions in any letter case', { Effect: 'Allow', Action: 'ECR:putimage', Resource: '*' }, true],
  ['another action', { Effect: 'Allow', Action: 'ecr:PutImageScanningConfiguration', Resource: '*' }, false],
  ['another resource', { Effect: 'Allow', Action: 'ecr:*', Resource: `${ARN}/more` }, false],
])('reads a statement with %s', (_, statement, expected) => {
  expect(allows({ Version: '2012-10-17', Statement: statement }, PUSH)).toBe(expected);
  expect(allows({ Version: '2012-10-17', Statement: [statement] }, PUSH)).toBe(expected);
});

test('lets a refusal win, and refuses what nothing is said about', () => {
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
  const deny = { Effect: 'Deny', Action: 'ecr:Put*', Resource: '*' };
  expect(allows({ Statement: [allow, deny] }, PUSH)).toBe(false);
  expect(allows({ Statement: [allow, deny] }, { ...PUSH, action: 'ecr:BatchGetImage' })).toBe(true);
  expect(allows({ Statement: [] }, PUSH)).toBe(false);
});

test('takes no part of a policy that it does not evaluate', () => {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition: { Bool: {} } };
  expect(() => allows({ Statement: statement }, PUSH)).toThrow('Condition');
});
