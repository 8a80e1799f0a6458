import { Failure, messageOf } from '../failure.ts';
import { at, parseJson, textAt } from '../json.ts';

/** How a repository is made: fields of ECR's CreateRepository, and the two policies that it gets afterwards. */
export interface RepositorySettings {
  readonly create: CreateFields;
  /** JSON; undefined: none. */
  readonly lifecyclePolicy: string | undefined;
  /** JSON; undefined: none. */
  readonly policy: string | undefined;
}

/** Source: ECR API, CreateRepository; without the name and the account, which follow from the image. */
export interface CreateFields {
  readonly imageTagMutability?: (typeof MUTABILITIES)[number];
  readonly imageTagMutabilityExclusionFilters?: { filterType: 'WILDCARD'; filter: string }[];
  readonly imageScanningConfiguration?: { scanOnPush: boolean };
  readonly encryptionConfiguration?: { encryptionType: (typeof ENCRYPTIONS)[number]; kmsKey?: string };
  readonly tags?: { Key: string; Value: string }[];
}

const MUTABILITIES = ['MUTABLE', 'IMMUTABLE', 'IMMUTABLE_WITH_EXCLUSION', 'MUTABLE_WITH_EXCLUSION'] as const;
const ENCRYPTIONS = ['AES256', 'KMS', 'KMS_DSSE'] as const;
const FIELDS = [
  'imageTagMutability',
  'imageTagMutabilityExclusionFilters',
  'imageScanningConfiguration',
  'encryptionConfiguration',
  'tags',
  'lifecyclePolicyText',
  'policyText',
];

/** Nothing but the defaults of the account. */
export const NO_SETTINGS: RepositorySettings = { create: {}, lifecyclePolicy: undefined, policy: undefined };

/**
 * Reads `repositorySettings`.
 * @throws Failure `settings-malformed`
 */
export function parseRepositorySettings(text: string): RepositorySettings {
  const settings = parse(text, 'the value');
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw malformed('the JSON is no object', 'Write {"imageTagMutability": "IMMUTABLE", …}.');
  }
  checkFields(settings, FIELDS);
  return {
    create: {
      ...field('imageTagMutability', oneOf(settings, ['imageTagMutability'], MUTABILITIES)),
      ...field('imageTagMutabilityExclusionFilters', filters(settings)),
      ...field('imageScanningConfiguration', scanning(settings)),
      ...field('encryptionConfiguration', encryption(settings)),
      ...field('tags', tags(settings)),
    },
    lifecyclePolicy: policyText(settings, 'lifecyclePolicyText'),
    policy: policyText(settings, 'policyText'),
  };
}

/** What is misspelled would be left out without a word, and some of it cannot be changed once the repository is there. */
function checkFields(value: unknown, fields: readonly string[]): void {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const unknown = keys.find((key) => !fields.includes(key));
  if (unknown !== undefined) {
    throw malformed(`"${unknown}" is none of its fields`, `Use ${fields.join(', ')}.`);
  }
}

function field<K extends string, V>(key: K, value: V | undefined): { [name in K]?: V } {
  const none: { [name in K]?: V } = {};
  return value === undefined ? none : { ...none, [key]: value };
}

function oneOf<T extends string>(settings: object, path: readonly string[], values: readonly T[]): T | undefined {
  const value = at(settings, ...path);
  const found = values.find((candidate) => candidate === value);
  if (value !== undefined && found === undefined) {
    throw malformed(`${path.join('.')} is ${JSON.stringify(value)}`, `Use ${values.join(', ')}.`);
  }
  return found;
}

function filters(settings: object): { filterType: 'WILDCARD'; filter: string }[] | undefined {
  const name = 'imageTagMutabilityExclusionFilters';
  const hint = 'Write [{"filterType": "WILDCARD", "filter": "buildcache*"}].';
  return list(settings, name)?.map((entry) => {
    const filter = typeof entry === 'string' ? entry : textAt(entry, 'filter');
    if (filter === undefined) {
      throw malformed(`an entry of ${name} has no filter`, hint);
    }
    checkFields(entry, ['filterType', 'filter']);
    if (![undefined, 'WILDCARD'].includes(textAt(entry, 'filterType'))) {
      throw malformed(`an entry of ${name} is of another type than WILDCARD`, hint);
    }
    return { filterType: 'WILDCARD', filter };
  });
}

function scanning(settings: object): { scanOnPush: boolean } | undefined {
  const name = 'imageScanningConfiguration';
  const scanOnPush = at(settings, name, 'scanOnPush');
  checkFields(at(settings, name), ['scanOnPush']);
  if (at(settings, name) !== undefined && typeof scanOnPush !== 'boolean') {
    throw malformed(`${name}.scanOnPush is no boolean`, `Write {"${name}": {"scanOnPush": true}}.`);
  }
  return typeof scanOnPush === 'boolean' ? { scanOnPush } : undefined;
}

function encryption(settings: object): CreateFields['encryptionConfiguration'] {
  const name = 'encryptionConfiguration';
  if (at(settings, name) === undefined) {
    return undefined;
  }
  const encryptionType = oneOf(settings, [name, 'encryptionType'], ENCRYPTIONS);
  const kmsKey = at(settings, name, 'kmsKey');
  checkFields(at(settings, name), ['encryptionType', 'kmsKey']);
  if (encryptionType === undefined) {
    throw malformed(`${name} has no encryptionType`, `Use ${ENCRYPTIONS.join(', ')}.`);
  }
  if (kmsKey !== undefined && typeof kmsKey !== 'string') {
    throw malformed(`${name}.kmsKey is no text`, 'Give the id, ARN or alias of the key.');
  }
  return { encryptionType, ...(kmsKey === undefined ? {} : { kmsKey }) };
}

function tags(settings: object): { Key: string; Value: string }[] | undefined {
  return list(settings, 'tags')?.map((entry) => {
    const [Key, Value] = [textAt(entry, 'Key'), textAt(entry, 'Value')];
    if (Key === undefined || Value === undefined) {
      throw malformed('an entry of tags has no Key or no Value', 'Write [{"Key": "team", "Value": "web"}].');
    }
    return { Key, Value };
  });
}

function list(settings: object, name: string): unknown[] | undefined {
  const value = at(settings, name);
  if (value !== undefined && !Array.isArray(value)) {
    throw malformed(`${name} is no list`, 'Put it into brackets.');
  }
  return value;
}

/** ECR takes the text of a policy; as a part of JSON it may also stand as what it is. */
function policyText(settings: object, name: string): string | undefined {
  const value = at(settings, name);
  if (value === undefined) {
    return undefined;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const policy = parse(text, name);
  if (typeof policy === 'object' && policy !== null && !Array.isArray(policy)) {
    return text;
  }
  throw malformed(`${name} is no policy`, 'Give the policy as a JSON object, or as the text of one.');
}

function parse(text: string, what: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    const reason = messageOf(cause);
    throw malformed(`${what} is no JSON: ${reason}`, 'Correct the JSON, or give the path of a file that exists.');
  }
}

function malformed(reason: string, hint: string): Failure {
  return new Failure({ code: 'settings-malformed', message: `repositorySettings: ${reason}.`, hint });
}
