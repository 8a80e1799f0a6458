import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { codeOf, Failure } from '../failure.ts';
import { parseJson, textAt } from '../json.ts';
import { existing } from '../paths.ts';
import { type Ask, attempt, flag } from './grammar.ts';
import { placeFile } from './places.ts';

/** What a step leaves beside its outputs. */
export interface ResultInputs {
  readonly summary: boolean;
  /** Undefined: no deployment reads a file. */
  readonly imageDefinitions: ImageDefinitions | undefined;
}

/** The file that an ECS deployment of CodePipeline reads. */
export interface ImageDefinitions {
  /** Name of the container in the task definition. */
  readonly container: string;
  readonly path: string;
  /** What the file has already. */
  readonly entries: readonly unknown[];
}

/** Source: Amazon ECS API, ContainerDefinition: letters, digits, `_` and `-`. */
const CONTAINER = /^[\w-]{1,255}$/;

/** Reads `summary`, `ecsContainerName` and `imageDefinitionsFile`. */
export async function readResults({ raw, problems, workflow }: Ask): Promise<() => ResultInputs> {
  const summary = await attempt(problems, () => flag(raw, 'summary', true));
  const imageDefinitions = await attempt(problems, async () => {
    const container = raw.text('ecsContainerName');
    const path = raw.text('imageDefinitionsFile') ?? 'imagedefinitions.json';
    if (container === undefined && raw.text('imageDefinitionsFile') !== undefined) {
      throw new Failure({
        code: 'input-missing',
        message: 'ecsContainerName: no value is given, and imageDefinitionsFile would be written for a container.',
        hint: 'Set it to the name that the container has in the task definition.',
      });
    }
    return container === undefined
      ? undefined
      : readImageDefinitions(container, { path, workspace: workflow.workspace });
  });
  return () => ({ summary: summary.get(), imageDefinitions: imageDefinitions.get() });
}

async function readImageDefinitions(
  container: string,
  place: { path: string; workspace: string },
): Promise<ImageDefinitions> {
  if (!CONTAINER.test(container)) {
    throw new Failure({
      code: 'input-invalid',
      message: `ecsContainerName: "${container}" is not the name of a container.`,
      hint: 'Use the name that the task definition has, of letters, digits, "_" and "-".',
    });
  }
  const path = await placeFile(place.path, { input: 'imageDefinitionsFile:', workspace: place.workspace });
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') {
      return '[]';
    }
    throw new Failure({
      code: 'path-unreadable',
      message: `imageDefinitionsFile: "${place.path}" cannot be read.`,
      hint: 'It has to be a file that this user may read and write, or none yet.',
      cause,
    });
  });
  await checkWritable(path, place.path);
  return { container, path, entries: parseEntries(text, place.path) };
}

/** Found out now: after the push it would be too late to say so. */
async function checkWritable(path: string, shown: string): Promise<void> {
  try {
    await access(await existing(path), constants.W_OK);
  } catch (cause) {
    throw new Failure({
      code: 'path-unreadable',
      message: `imageDefinitionsFile: "${shown}" cannot be written.`,
      hint: 'It has to be a file or place that this user may write to.',
      cause,
    });
  }
}

function parseEntries(text: string, path: string): readonly unknown[] {
  try {
    const entries = parseJson(text);
    if (Array.isArray(entries) && entries.every((entry) => textAt(entry, 'name') !== undefined)) {
      return entries;
    }
  } catch {
    // Neither is anything that could be added to.
  }
  throw new Failure({
    code: 'input-invalid',
    message: `imageDefinitionsFile: "${path}" is there and is no JSON array of containers, each with its name.`,
    hint: 'Correct or remove it: [{"name": "web", "imageUri": "…"}].',
  });
}
