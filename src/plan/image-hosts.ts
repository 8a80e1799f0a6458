import { parseEcrHost } from './ecr-host.ts';
import { instructionsOf } from './instructions.ts';
import { readSyntax } from './syntax.ts';

const FLAGS = '(?<flags>(?:--\\S+\\s+)*)';

/**
 * The images that a Dockerfile names: its frontend, and those of `FROM`, `COPY --from` and `RUN --mount=from=`. Names of stages
 * are among them, and variables stay as they are. This is no parser: what it does not understand it passes over.
 * Source: Dockerfile reference.
 */
export function imagesIn(dockerfile: string): string[] {
  const syntax = readSyntax(dockerfile);
  return [
    ...(syntax === undefined ? [] : [syntax.image]),
    ...instructionsOf(dockerfile).flatMap(({ text }) => imagesOf(text)),
  ];
}

/** The hosts of ECR that stand at the beginning of some image names, each once. */
export function ecrHostsOf(images: readonly string[]): string[] {
  const hosts = images.flatMap((image) => /^(?:docker-image:\/\/)?(?<host>[^/]+)\//.exec(image)?.groups?.host ?? []);
  return [...new Set(hosts.filter((host) => parseEcrHost(host) !== undefined))];
}

function imagesOf(instruction: string): string[] {
  const {
    name,
    flags = '',
    first = '',
  } = new RegExp(`^\\s*(?<name>FROM|COPY|RUN)\\s+${FLAGS}(?<first>\\S*)`, 'i').exec(instruction)?.groups ?? {};
  switch (name?.toUpperCase()) {
    case 'FROM':
      return [first];
    case 'COPY':
      return valuesOf(flags, /^--from=(.+)$/i);
    case 'RUN':
      return valuesOf(flags, /^--mount=(?:.*,)?from=([^,]+)/i);
    default:
      return [];
  }
}

function valuesOf(flags: string, pattern: RegExp): string[] {
  return flags.split(/\s+/).flatMap((flag) => pattern.exec(flag.replaceAll(/["']/g, ''))?.[1] ?? []);
}
