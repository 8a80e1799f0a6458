import { describe, expect, it } from 'vitest';
import { NO_SETTINGS, parseRepositorySettings } from '../../../src/plan/repository-settings.ts';
import { problemOf } from '../failures.ts';

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/fake';
const LIFECYCLE = { rules: [{ rulePriority: 1, action: { type: 'expire' } }] };
const POLICY = { Version: '2012-10-17', Statement: [] };

describe('settings', () => {
  it('may be empty', () => {
    expect(parseRepositorySettings(' {}\n')).toEqual(NO_SETTINGS);
    expect(NO_SETTINGS).toEqual({ create: {}, lifecyclePolicy: undefined, policy: undefined });
  });

  it.each([
    { imageTagMutability: 'MUTABLE' },
    { imageTagMutability: 'IMMUTABLE' },
    { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' },
    { imageTagMutability: 'MUTABLE_WITH_EXCLUSION' },
    { imageTagMutabilityExclusionFilters: [] },
    { imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'buildcache*' }] },
    { imageScanningConfiguration: { scanOnPush: true } },
    { imageScanningConfiguration: { scanOnPush: false } },
    { encryptionConfiguration: { encryptionType: 'AES256' } },
    { encryptionConfiguration: { encryptionType: 'KMS' } },
    { encryptionConfiguration: { encryptionType: 'KMS_DSSE', kmsKey: KEY } },
    { tags: [] },
    {
      tags: [
        { Key: 'team', Value: 'web' },
        { Key: 'empty', Value: '' },
      ],
    },
  ])('%j', (create) => {
    expect(parseRepositorySettings(JSON.stringify(create))).toEqual({ ...NO_SETTINGS, create });
  });

  it('name filters alone, too', () => {
    const text = '{"imageTagMutabilityExclusionFilters":["buildcache*",{"filter":"dev-*"}]}';
    expect(parseRepositorySettings(text).create).toEqual({
      imageTagMutabilityExclusionFilters: [
        { filterType: 'WILDCARD', filter: 'buildcache*' },
        { filterType: 'WILDCARD', filter: 'dev-*' },
      ],
    });
  });

  it('may be given all together', () => {
    const create = {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'buildcache*' }],
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: KEY },
      tags: [{ Key: 'team', Value: 'web' }],
    };
    const text = JSON.stringify({ ...create, lifecyclePolicyText: LIFECYCLE, policyText: POLICY }, null, 2);
    expect(parseRepositorySettings(text)).toEqual({
      create,
      lifecyclePolicy: JSON.stringify(LIFECYCLE),
      policy: JSON.stringify(POLICY),
    });
  });
});

describe('a policy', () => {
  const spaced = JSON.stringify(LIFECYCLE, null, 2);
  it.each([
    ['is an object', { lifecyclePolicyText: LIFECYCLE }, JSON.stringify(LIFECYCLE), undefined],
    ['is a text, which stays as it is', { lifecyclePolicyText: spaced }, spaced, undefined],
    ['of the repository is an object', { policyText: POLICY }, undefined, JSON.stringify(POLICY)],
    [
      'of the repository is a text',
      { policyText: ` ${JSON.stringify(POLICY)}` },
      undefined,
      ` ${JSON.stringify(POLICY)}`,
    ],
  ])('%s', (_, settings, lifecyclePolicy, policy) => {
    expect(parseRepositorySettings(JSON.stringify(settings))).toEqual({ create: {}, lifecyclePolicy, policy });
  });

  it.each(
    ['lifecyclePolicyText', 'policyText'].flatMap((name) => [
      [name, null],
      [name, 1],
      [name, true],
      [name, '"text"'],
      [name, 'null'],
      [name, []],
      [name, '[1]'],
    ]),
  )('%s is not %j', async (name, value) => {
    expect(await problemOf(() => parseRepositorySettings(JSON.stringify({ [String(name)]: value })))).toEqual({
      code: 'settings-malformed',
      message: `repositorySettings: ${name} is no policy.`,
      hint: 'Give the policy as a JSON object, or as the text of one.',
    });
  });

  it.each(['', '{', 'file://policy.json'])('is not the text %j', async (policyText) => {
    const problem = await problemOf(() => parseRepositorySettings(JSON.stringify({ policyText })));
    expect(problem.code).toBe('settings-malformed');
    expect(problem.message).toMatch(/^repositorySettings: policyText is no JSON: \S.*\.$/s);
    expect(problem.hint).toBe('Correct the JSON, or give the path of a file that exists.');
  });
});

describe('what is malformed', () => {
  const FIELDS =
    'imageTagMutability, imageTagMutabilityExclusionFilters, imageScanningConfiguration, encryptionConfiguration, tags, lifecyclePolicyText, policyText';
  const MUTABILITIES = 'Use MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION.';
  const FILTER = 'an entry of imageTagMutabilityExclusionFilters has no filter';
  const FILTER_HINT = 'Write [{"filterType": "WILDCARD", "filter": "buildcache*"}].';
  const SCANNING_HINT = 'Write {"imageScanningConfiguration": {"scanOnPush": true}}.';
  const ENCRYPTIONS = 'Use AES256, KMS, KMS_DSSE.';
  const TAG = 'an entry of tags has no Key or no Value';
  const TAG_HINT = 'Write [{"Key": "team", "Value": "web"}].';
  const BRACKETS = 'Put it into brackets.';

  it.each([
    ['[]', 'the JSON is no object', 'Write {"imageTagMutability": "IMMUTABLE", …}.'],
    ['null', 'the JSON is no object', 'Write {"imageTagMutability": "IMMUTABLE", …}.'],
    ['"MUTABLE"', 'the JSON is no object', 'Write {"imageTagMutability": "IMMUTABLE", …}.'],
    ['{"repositoryName":"a"}', '"repositoryName" is none of its fields', `Use ${FIELDS}.`],
    ['{"ImageTagMutability":"MUTABLE"}', '"ImageTagMutability" is none of its fields', `Use ${FIELDS}.`],
    ['{"__proto__":{}}', '"__proto__" is none of its fields', `Use ${FIELDS}.`],
    ['{"imageTagMutability":"immutable"}', 'imageTagMutability is "immutable"', MUTABILITIES],
    ['{"imageTagMutability":null}', 'imageTagMutability is null', MUTABILITIES],
    ['{"imageTagMutability":["MUTABLE"]}', 'imageTagMutability is ["MUTABLE"]', MUTABILITIES],
    ['{"imageTagMutabilityExclusionFilters":"a*"}', 'imageTagMutabilityExclusionFilters is no list', BRACKETS],
    ['{"imageTagMutabilityExclusionFilters":{}}', 'imageTagMutabilityExclusionFilters is no list', BRACKETS],
    ['{"imageTagMutabilityExclusionFilters":[{"filterType":"WILDCARD"}]}', FILTER, FILTER_HINT],
    ['{"imageTagMutabilityExclusionFilters":["a*",{"filter":1}]}', FILTER, FILTER_HINT],
    ['{"imageTagMutabilityExclusionFilters":[null]}', FILTER, FILTER_HINT],
    ['{"imageScanningConfiguration":true}', 'imageScanningConfiguration.scanOnPush is no boolean', SCANNING_HINT],
    ['{"imageScanningConfiguration":{}}', 'imageScanningConfiguration.scanOnPush is no boolean', SCANNING_HINT],
    [
      '{"imageScanningConfiguration":{"scanOnPush":"true"}}',
      'imageScanningConfiguration.scanOnPush is no boolean',
      SCANNING_HINT,
    ],
    ['{"encryptionConfiguration":"KMS"}', 'encryptionConfiguration has no encryptionType', ENCRYPTIONS],
    [`{"encryptionConfiguration":{"kmsKey":"${KEY}"}}`, 'encryptionConfiguration has no encryptionType', ENCRYPTIONS],
    ['{"encryptionConfiguration":null}', 'encryptionConfiguration has no encryptionType', ENCRYPTIONS],
    [
      '{"encryptionConfiguration":{"encryptionType":"kms"}}',
      'encryptionConfiguration.encryptionType is "kms"',
      ENCRYPTIONS,
    ],
    [
      '{"encryptionConfiguration":{"encryptionType":"KMS","kmskey":"a"}}',
      '"kmskey" is none of its fields',
      'Use encryptionType, kmsKey.',
    ],
    [
      '{"encryptionConfiguration":{"encryptionType":"KMS","kmsKey":5}}',
      'encryptionConfiguration.kmsKey is no text',
      'Give the id, ARN or alias of the key.',
    ],
    [
      '{"imageTagMutabilityExclusionFilters":[{"filterType":"REGEX","filter":"v.*"}]}',
      'an entry of imageTagMutabilityExclusionFilters is of another type than WILDCARD',
      FILTER_HINT,
    ],
    ['{"imageScanningConfiguration":{"scanOnPush":true,"x":1}}', '"x" is none of its fields', 'Use scanOnPush.'],
    ['{"tags":{"team":"web"}}', 'tags is no list', BRACKETS],
    ['{"tags":null}', 'tags is no list', BRACKETS],
    ['{"tags":[{"Key":"team"}]}', TAG, TAG_HINT],
    ['{"tags":[{"Value":"web"}]}', TAG, TAG_HINT],
    ['{"tags":[{"key":"team","value":"web"}]}', TAG, TAG_HINT],
    ['{"tags":[{"Key":"team","Value":1}]}', TAG, TAG_HINT],
    ['{"tags":["team"]}', TAG, TAG_HINT],
  ])('%s', async (text, reason, hint) => {
    expect(await problemOf(() => parseRepositorySettings(text))).toEqual({
      code: 'settings-malformed',
      message: `repositorySettings: ${reason}.`,
      hint,
    });
  });

  it.each(['', '{', "{'tags': []}", '{"tags": [],}'])('%j is no JSON', async (text) => {
    const problem = await problemOf(() => parseRepositorySettings(text));
    expect(problem.code).toBe('settings-malformed');
    expect(problem.message).toMatch(/^repositorySettings: the value is no JSON: \S.*\.$/s);
    expect(problem.hint).toBe('Correct the JSON, or give the path of a file that exists.');
  });
});
