import { Failure } from '../failure.ts';
import { parsePair } from './pairs.ts';
import { checkPlatform } from './platforms.ts';

/** An annotation, and where it is written. */
export interface Annotation {
  /** Undefined: where BuildKit puts one that names no place. */
  readonly level: AnnotationLevel | undefined;
  /** Such as `linux/amd64`; undefined: all of them. */
  readonly platform: string | undefined;
  readonly key: string;
  readonly value: string;
}

const LEVELS = ['manifest', 'index', 'manifest-descriptor', 'index-descriptor'] as const;
type AnnotationLevel = (typeof LEVELS)[number];

const LEVEL = /^(?<level>[a-z-]+)(?:\[(?<platform>[\w/-]+)\])?$/;

/**
 * Reads an annotation as docker/build-push-action takes it: `key=value`, `index:key=value`,
 * `manifest[linux/amd64]:key=value`, `index,manifest:key=value`.
 * @throws Failure `pair-malformed`, `platform-unknown`
 */
export function parseAnnotation(entry: string): Annotation[] {
  const [, prefix = '', rest = entry] = /^([^=:]+):(.*)$/s.exec(entry) ?? [];
  const places = prefix.split(',').map(parsePlace);
  const isLeveled = places.every((place) => place !== undefined);
  const { key, value } = parsePair(isLeveled ? rest : entry, 'annotations');
  if (key !== key.toLowerCase()) {
    throw new Failure({
      code: 'pair-malformed',
      message: `annotations: the key "${key}" has upper-case letters, which BuildKit would make lower-case.`,
      hint: `Write ${key.toLowerCase()}.`,
    });
  }
  return isLeveled
    ? places.map((place) => ({ ...place, key, value }))
    : [{ level: undefined, platform: undefined, key, value }];
}

function parsePlace(text: string): Pick<Annotation, 'level' | 'platform'> | undefined {
  const { level, platform } = LEVEL.exec(text)?.groups ?? {};
  const known = LEVELS.find((name) => name === level);
  return known === undefined
    ? undefined
    : { level: known, platform: platform === undefined ? undefined : checkPlatform(platform, 'annotations') };
}

/** An attribute of BuildKit's image exporter: `annotation-index.KEY=VALUE`. */
export function annotationAttribute({ level, platform, key, value }: Annotation): string {
  const place = level === undefined ? '' : `-${level}${platform === undefined ? '' : `[${platform}]`}`;
  return `annotation${place}.${key}=${value}`;
}

/**
 * BuildKit drops what has no place, or fails at the end of the build.
 * @param options.platforms what is built; empty: the one platform of the machine
 * @param options.isIndex whether the image has an index that annotations can be in
 * @throws Failure `annotation-misplaced`
 */
export function checkPlaces(
  annotations: readonly Annotation[],
  { platforms, isIndex }: { readonly platforms: readonly string[]; readonly isIndex: boolean },
): void {
  const homeless = annotations.find(({ level }) => level !== undefined && level !== 'manifest');
  if (!isIndex && homeless !== undefined) {
    throw misplaced(
      `one is for ${homeless.level}, and an image of one platform without attestations has no index`,
      `Leave "${homeless.level}:" out, or build several platforms.`,
    );
  }
  const foreign = annotations.find(({ platform }) => platform !== undefined && !platforms.includes(platform));
  if (foreign !== undefined) {
    throw misplaced(
      `one is for ${foreign.platform}, and the input platforms ${platforms.length === 0 ? 'is not given' : `has ${platforms.join(', ')}`}`,
      'Correct the platform between the brackets, or leave it out.',
    );
  }
}

/** The manifest of one platform alone takes no annotation that names it: BuildKit would drop that. */
export function withoutPlatforms(annotations: readonly Annotation[]): Annotation[] {
  return annotations.map((annotation) => ({ ...annotation, platform: undefined }));
}

/** Annotations that belong to the index, and to what it lists. */
export function ofIndex(annotations: readonly Annotation[]): Annotation[] {
  return annotations.filter(({ level }) => level === 'index' || level === 'manifest-descriptor');
}

/** Annotations of the manifests of some platforms. @param isIndex whether these are in an index, also one of their own */
export function ofManifests(
  annotations: readonly Annotation[],
  { platforms, isIndex }: { readonly platforms: readonly string[]; readonly isIndex: boolean },
): Annotation[] {
  const own = annotations.filter(
    ({ level, platform }) =>
      (level === undefined || level === 'manifest') && (platform === undefined || platforms.includes(platform)),
  );
  return isIndex ? own : withoutPlatforms(own);
}

/** An annotation at a place that there is none of. */
export function misplaced(reason: string, hint: string): Failure {
  return new Failure({ code: 'annotation-misplaced', message: `annotations: ${reason}.`, hint });
}
