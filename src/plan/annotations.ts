import { Failure } from '../failure.ts';
import { parsePair } from './pairs.ts';

/** An annotation as an attribute of BuildKit's image exporter: `annotation-index.KEY=VALUE`. */
export interface Annotation {
  readonly attribute: string;
  readonly onIndex: boolean;
}

const LEVEL = /^(?<level>manifest|index|manifest-descriptor|index-descriptor)(?:\[(?<platform>[\w/-]+)\])?$/;

/**
 * Reads an annotation as docker/build-push-action takes it: `key=value`, `index:key=value`,
 * `manifest[linux/amd64]:key=value`, `index,manifest:key=value`.
 * @throws Failure `pair-malformed`
 */
export function parseAnnotation(entry: string): Annotation[] {
  const [, prefix = '', rest = entry] = /^([^=:]+):(.*)$/s.exec(entry) ?? [];
  const levels = prefix.split(',').map((level) => LEVEL.exec(level)?.groups);
  const isLeveled = prefix !== '' && levels.every((level) => level !== undefined);
  const { key, value } = parsePair(isLeveled ? rest : entry, 'annotations');
  if (key !== key.toLowerCase()) {
    throw new Failure({
      code: 'pair-malformed',
      message: `annotations: the key "${key}" has upper-case letters, which BuildKit would make lower-case.`,
      hint: `Write ${key.toLowerCase()}.`,
    });
  }
  const attribute = (level: string, platform = '') => `annotation${level}${platform}.${key}=${value}`;
  if (!isLeveled) {
    return [{ attribute: attribute(''), onIndex: false }];
  }
  return levels.map((groups) => ({
    attribute: attribute(`-${groups?.level}`, groups?.platform === undefined ? '' : `[${groups.platform}]`),
    onIndex: groups?.level?.startsWith('index') ?? false,
  }));
}
