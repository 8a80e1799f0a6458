import { Failure } from '../failure.ts';
import { findTargets, type Targets } from '../plan/image.ts';
import { checkRepositoryName, parseRegistryHost, parseRegistryPath, type RegistryPath } from '../plan/reference.ts';
import { parseTagEntry, type TagEntry } from '../plan/tags.ts';
import { type Ask, attempt, attemptAll, flag, list, optional, type Raw, type Reading } from './grammar.ts';

/** How the image is called, and whether it is pushed. */
export interface ImageInputs {
  readonly imageShortName: string;
  /** Undefined: the registry of the caller's own account. */
  readonly registry: RegistryPath | undefined;
  readonly containerRegistry: string | undefined;
  /** Empty: to be derived from the commit. */
  readonly tags: readonly TagEntry[];
  /** Prefix of the outputs that are set a second time. */
  readonly outputPrefix: string | undefined;
  readonly push: boolean;
}

export interface ImageReading {
  readonly get: () => ImageInputs;
  readonly push: Reading<boolean>;
  /** Where images go, also when something else of the image is wrong. */
  readonly targets: () => Targets;
}

/** @param cacheTag may not be one of the tags */
export async function readImage({ raw, problems }: Ask, cacheTag: string): Promise<ImageReading> {
  const push = await attempt(problems, () => flag(raw, 'push', true));
  const registry = await attempt(problems, () => readRegistry(raw));
  const imageShortName = await attempt(problems, () => readImageShortName(raw, registry.known?.prefix));
  const tags = await attemptAll(problems, list(raw, 'imageTag', /,/), (entry) => parseTagEntry(entry, cacheTag));
  const containerRegistry = await attempt(problems, () => optional(raw, 'containerRegistry', parseRegistryHost));
  const outputPrefix = await attempt(problems, () => optional(raw, 'image', checkOutputPrefix));
  return {
    push,
    targets: () => findTargets({ registry: registry.get(), tags: tags.get() }),
    get: () => ({
      imageShortName: imageShortName.get(),
      registry: registry.get(),
      containerRegistry: containerRegistry.get(),
      tags: tags.get(),
      outputPrefix: outputPrefix.get(),
      push: push.get(),
    }),
  };
}

function readRegistry(raw: Raw): RegistryPath | undefined {
  const [first, ...others] = list(raw, 'imageRegistryPath').map((line) => line.trimEnd());
  if (others.length > 0) {
    throw new Failure({
      code: 'registry-malformed',
      message: `imageRegistryPath: ${others.length + 1} registries are given, and this version pushes to one.`,
      hint: 'Keep one line; further registries go into imageTag as full references (registry/name:tag).',
    });
  }
  return first === undefined ? undefined : parseRegistryPath(first, 'imageRegistryPath');
}

function readImageShortName(raw: Raw, prefix: string | undefined): string {
  const name = raw.text('imageShortName');
  if (name === undefined) {
    throw new Failure({
      code: 'input-missing',
      message: 'imageShortName: no value is given.',
      hint: 'Set it to the name of the ECR repository, such as nginx.',
    });
  }
  return checkRepositoryName(name, { input: 'imageShortName', prefix: prefix ?? '' });
}

function checkOutputPrefix(value: string): string {
  const prefix = value.toLowerCase();
  if (/^[a-z0-9_-]+$/.test(prefix)) {
    return prefix;
  }
  throw new Failure({
    code: 'input-invalid',
    message: `image: "${value}" cannot begin the name of an output.`,
    hint: 'Use letters, digits, "_" and "-".',
  });
}
