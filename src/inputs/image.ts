import { Failure } from '../failure.ts';
import { type Destinations, findTargets, firstHost, type Targets } from '../plan/image.ts';
import { checkRepositoryName } from '../plan/reference.ts';
import { parseRegistryHost, parseRegistryPath } from '../plan/registry-path.ts';
import { parseTagEntry } from '../plan/tags.ts';
import { type Ask, attempt, attemptAll, list, optional, type Raw } from './grammar.ts';

/** How the image is called. */
export interface ImageInputs extends Destinations {
  readonly imageShortName: string;
  readonly containerRegistry: string | undefined;
  /** Prefix of the outputs that are set a second time. */
  readonly outputPrefix: string | undefined;
}

export interface ImageReading {
  readonly get: () => ImageInputs;
  /** Where images go, also when something else of the image is wrong. */
  readonly targets: () => Targets;
  /** Host of the first name, likewise; undefined: the caller's own registry. */
  readonly firstHost: () => string | undefined;
}

/** @param cacheTag may not be one of the tags */
export async function readImage({ raw, problems }: Ask, cacheTag: string): Promise<ImageReading> {
  const registries = await attemptAll(problems, list(raw, 'imageRegistryPath'), (line) =>
    parseRegistryPath(line.trimEnd(), 'imageRegistryPath'),
  );
  // The longest path counts: the name has to fit everywhere.
  const prefix = registries.known?.map((registry) => registry.prefix).sort((a, b) => b.length - a.length)[0];
  const imageShortName = await attempt(problems, () => readImageShortName(raw, prefix));
  const tags = await attemptAll(problems, list(raw, 'imageTag', /,/), (entry) => parseTagEntry(entry, cacheTag));
  const containerRegistry = await attempt(problems, () => readContainerRegistry(raw));
  const outputPrefix = await attempt(problems, () => optional(raw, 'image', checkOutputPrefix));
  const distinct = () => [...new Map(registries.get().map((path) => [`${path.host}/${path.prefix}`, path])).values()];
  return {
    targets: () => findTargets({ registries: distinct(), tags: tags.get() }),
    firstHost: () => firstHost({ registries: distinct(), tags: tags.get() }),
    get: () => ({
      imageShortName: imageShortName.get(),
      registries: distinct(),
      containerRegistry: containerRegistry.get(),
      tags: tags.get(),
      outputPrefix: outputPrefix.get(),
    }),
  };
}

function readContainerRegistry(raw: Raw): string | undefined {
  const host = optional(raw, 'containerRegistry', parseRegistryHost);
  if (host !== undefined && list(raw, 'imageRegistryPath').length > 1) {
    throw new Failure({
      code: 'registry-malformed',
      message: `containerRegistry: "${host}" is another name of one registry, and imageRegistryPath has several.`,
      hint: 'Keep one line in imageRegistryPath, or leave containerRegistry out.',
    });
  }
  return host;
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
