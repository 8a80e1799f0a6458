import { isAbsolute, join, relative, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import type { Inputs } from '../inputs.ts';
import { existing, leaves } from '../paths.ts';

/**
 * Sees again that what the step writes stays below the clone, now that it is there: it may have brought links.
 * @param source directory that the clone is in or below
 * @throws Failure `path-outside`
 */
export async function checkPlacesInClone(inputs: Inputs, source: string): Promise<void> {
  for (const [input, path] of placesOf(inputs)) {
    if (!leaves(source, path) && leaves(source, await existing(path))) {
      throw new Failure({
        code: 'path-outside',
        message: `${input}: ${path} leaves the clone, through a link that came with it.`,
        hint: 'Name a place outside of the clone.',
      });
    }
  }
}

/** What is written or read by BuildKit and the action itself, by the input. All are absolute. */
function placesOf({ output, cache, imageDefinitions }: Inputs): [string, string][] {
  const local = (input: string, key: 'dest' | 'src', entries: readonly ReadonlyMap<string, string>[]) =>
    entries.flatMap((entry): [string, string][] => {
      const path = entry.get(key);
      return path === undefined || !isAbsolute(path) ? [] : [[input, path]];
    });
  return [
    ...local('outputs', 'dest', output.exporters),
    ...local('cacheTo', 'dest', cache.to ?? []),
    ...local('cacheFrom', 'src', cache.from ?? []),
    ...(imageDefinitions === undefined
      ? []
      : [['imageDefinitionsFile', imageDefinitions.path] satisfies [string, string]]),
  ];
}

/**
 * What can be said of a context in a clone before it is there: whether its path and that of its Dockerfile leave their base.
 * @throws Failure `path-outside`
 */
export function checkPathsOfClone({
  workspace,
  source,
  pathToContext,
  dockerfile,
}: {
  readonly workspace: string;
  readonly source: string;
  readonly pathToContext: string;
  readonly dockerfile: string;
}): void {
  const name = relative(workspace, source);
  const context = resolve(source, pathToContext);
  if (!isAbsolute(pathToContext) && leaves(source, context)) {
    throw outside(`pathToContext: "${pathToContext}" leaves ${name}, the directory of the clone`);
  }
  if (!isAbsolute(dockerfile) && leaves(context, join(context, dockerfile))) {
    throw outside(`dockerfile: "${dockerfile}" leaves the build context`);
  }
}

function outside(message: string): Failure {
  return new Failure({
    code: 'path-outside',
    message: `${message}.`,
    hint: 'Use a path inside of it, or an absolute path such as ${{ github.workspace }}/app.',
  });
}
