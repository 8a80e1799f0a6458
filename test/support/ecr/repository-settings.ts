import { at, textAt } from '../../../src/json.ts';
import { ApiError } from './errors.ts';

/** What can be set on a repository. */
export interface RepositorySettings {
  /** Whether tags stay where they were put. Default: false */
  readonly immutable?: boolean;
  /** Tags that may move although the repository is immutable, or the other way round; * stands for any characters. */
  readonly exclusions?: readonly string[];
  readonly scanOnPush?: boolean;
  readonly encryption?: Encryption;
  readonly tags?: Readonly<Record<string, string>>;
  /** JSON, as it was given. */
  readonly lifecyclePolicyText?: string;
  readonly policyText?: string;
}

export interface Encryption {
  readonly encryptionType: string;
  /** The ARN of a key. */
  readonly kmsKey?: string;
}

/**
 * Reads what CreateRepository is given, and a template of repositories likewise. Source: ECR API, CreateRepository.
 * @throws ApiError InvalidParameterException, InvalidTagParameterException
 */
export function readSettings(input: unknown): RepositorySettings {
  const mutability = textAt(input, 'imageTagMutability') ?? 'MUTABLE';
  const filters = listAt(input, 'imageTagMutabilityExclusionFilters').map((filter) => textAt(filter, 'filter') ?? '');
  if (!/^(IM)?MUTABLE(_WITH_EXCLUSION)?$/.test(mutability)) {
    throw invalid('imageTagMutability', `Member must satisfy enum value set: [${MUTABILITIES.join(', ')}]`);
  }
  if (mutability.endsWith('_WITH_EXCLUSION') !== filters.length > 0 || filters.length > 5) {
    throw invalid('imageTagMutabilityExclusionFilters', 'between 1 and 5 filters with exclusion, none without');
  }
  const encryption = readEncryption(input);
  return {
    immutable: mutability.startsWith('IMMUTABLE'),
    exclusions: filters,
    scanOnPush: at(input, 'imageScanningConfiguration', 'scanOnPush') === true,
    tags: readTags(at(input, 'tags') ?? at(input, 'resourceTags')),
    ...(encryption === undefined ? {} : { encryption }),
  };
}

/** The settings in the fields of the API's Repository. */
export function describeSettings(settings: RepositorySettings): object {
  const { immutable = false, exclusions = [], scanOnPush = false, encryption } = settings;
  const mutability = immutable ? 'IMMUTABLE' : 'MUTABLE';
  const filters = exclusions.map((filter) => ({ filterType: 'WILDCARD', filter }));
  return {
    imageTagMutability: filters.length > 0 ? `${mutability}_WITH_EXCLUSION` : mutability,
    ...(filters.length > 0 ? { imageTagMutabilityExclusionFilters: filters } : {}),
    imageScanningConfiguration: { scanOnPush },
    encryptionConfiguration: encryption ?? { encryptionType: 'AES256' },
  };
}

/** @throws ApiError InvalidTagParameterException */
export function readTags(given: unknown): Readonly<Record<string, string>> {
  const tags = Array.isArray(given) ? given : [];
  return Object.fromEntries(
    tags.map((tag) => {
      const [key, value] = [textAt(tag, 'Key'), textAt(tag, 'Value')];
      if (key === undefined || value === undefined || key.startsWith('aws:')) {
        throw new ApiError('InvalidTagParameterException', 'An invalid parameter was specified for a tag.');
      }
      return [key, value];
    }),
  );
}

/** ECR's words for a parameter that is not as it has to be. */
export function invalid(name: string, constraint: string): ApiError {
  const text = `Invalid parameter at '${name}' failed to satisfy constraint: '${constraint}'`;
  return new ApiError('InvalidParameterException', text);
}

const MUTABILITIES = ['IMMUTABLE', 'IMMUTABLE_WITH_EXCLUSION', 'MUTABLE', 'MUTABLE_WITH_EXCLUSION'];

function readEncryption(input: unknown): Encryption | undefined {
  const encryptionType = textAt(input, 'encryptionConfiguration', 'encryptionType');
  const kmsKey = textAt(input, 'encryptionConfiguration', 'kmsKey');
  if (encryptionType === undefined) {
    return undefined;
  }
  if (!['AES256', 'KMS', 'KMS_DSSE'].includes(encryptionType)) {
    throw invalid(
      'encryptionConfiguration.encryptionType',
      'Member must satisfy enum value set: [AES256, KMS, KMS_DSSE]',
    );
  }
  return { encryptionType, ...(kmsKey === undefined ? {} : { kmsKey }) };
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = at(value, key);
  return Array.isArray(list) ? list : [];
}
