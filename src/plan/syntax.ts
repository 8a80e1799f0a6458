/** The frontend that a Dockerfile asks for. */
export interface Syntax {
  /** As it stands there, such as `docker/dockerfile:1`. */
  readonly image: string;
  /** Set when it is the official one at a version `1` or `1.x`: the lowest minor version that will do. */
  readonly minor: number | undefined;
}

/** Comments that are directives; any other one ends them. Source: BuildKit v0.32, frontend/dockerfile/parser/directives.go. */
const DIRECTIVES = ['syntax', 'escape', 'check'];

/** Reads `# syntax=…` from the parser directives that a Dockerfile starts with. Source: Dockerfile reference, "Parser directives". */
export function readSyntax(dockerfile: string): Syntax | undefined {
  for (const line of dockerfile.replace(/^\uFEFF?(?:#!.*\n)?/, '').split(/\r?\n/)) {
    const { name, value } = /^#\s*(?<name>[a-z]+)\s*=\s*(?<value>\S.*)$/i.exec(line.trimEnd())?.groups ?? {};
    if (name === undefined || value === undefined || !DIRECTIVES.includes(name.toLowerCase())) {
      return undefined;
    }
    if (name.toLowerCase() === 'syntax') {
      const { minor, one } =
        /^(?:docker\.io\/)?docker\/dockerfile:(?:(?<one>1)|1\.(?<minor>\d+)(?:\.\d+)?)$/.exec(value)?.groups ?? {};
      return { image: value, minor: one === undefined ? (minor === undefined ? undefined : Number(minor)) : 0 };
    }
  }
  return undefined;
}

/**
 * The minor version of the Dockerfile frontend that a BuildKit has built in: 1.26 in v0.32, one more with each release.
 * Source: release notes of BuildKit since v0.12 (1.6).
 */
export function builtInMinor(buildkitVersion: string): number | undefined {
  const minor = /^v0\.(?<minor>\d+)\./.exec(buildkitVersion)?.groups?.minor;
  return minor === undefined ? undefined : Number(minor) - 6;
}
