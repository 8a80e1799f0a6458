import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, type JsonObject } from './expressions.ts';

/**
 * The legs of a `strategy.matrix`, in GitHub's order; one leg without values when there is no matrix.
 * An entry of `include` extends every combination whose own values it does not contradict, else it is a leg of its own. It may
 * replace what an earlier entry has added.
 * Source: GitHub documentation, "Running variations of jobs in a workflow".
 * @throws Error for a matrix without any leg, which GitHub refuses
 */
export function expandMatrix(matrix: Json): JsonObject[] {
  if (matrix === null) {
    return [{}];
  }
  if (!isObject(matrix)) {
    throw new Error(`A matrix is a mapping, not ${JSON.stringify(matrix)}`);
  }
  const { include = [], exclude = [], ...vectors } = matrix;
  const excluded = objectsOf('exclude', exclude);
  const combinations = combine(vectors).filter((leg) => !excluded.some((entry) => agrees(leg, entry)));
  const legs = combinations.map((own) => ({ own, all: own }));
  const added: JsonObject[] = [];
  for (const entry of objectsOf('include', include)) {
    const fitting = legs.filter(({ own }) => agrees(own, entry, Object.keys(own)));
    for (const leg of fitting) {
      leg.all = { ...leg.all, ...entry };
    }
    if (fitting.length === 0) {
      added.push(entry);
    }
  }
  const all = [...legs.map((leg) => leg.all), ...added];
  if (all.length === 0) {
    throw new Error('A matrix must have at least one leg');
  }
  return all;
}

function combine(vectors: JsonObject): JsonObject[] {
  const names = Object.entries(vectors);
  if (names.length === 0) {
    return [];
  }
  return names.reduce<JsonObject[]>(
    (legs, [name, values]) => legs.flatMap((leg) => listOf(name, values).map((value) => ({ ...leg, [name]: value }))),
    [{}],
  );
}

/** Whether a leg has the values of an entry; of its keys, only those that are named count. */
function agrees(leg: JsonObject, entry: JsonObject, keys: readonly string[] = Object.keys(entry)): boolean {
  return keys.every((key) => entry[key] === undefined || isDeepStrictEqual(leg[key], entry[key]));
}

function listOf(name: string, value: Json): readonly Json[] {
  if (!Array.isArray(value)) {
    throw new Error(`${name} of a matrix is a list, not ${JSON.stringify(value)}`);
  }
  return value;
}

function objectsOf(name: string, value: Json): JsonObject[] {
  return listOf(name, value).map((entry) => {
    if (!isObject(entry)) {
      throw new Error(`${name} of a matrix holds mappings, not ${JSON.stringify(entry)}`);
    }
    return entry;
  });
}
