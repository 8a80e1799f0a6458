import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sample, stringMatching } from 'fast-check';
import { parseSync, Visitor } from 'rolldown/utils';
import { expect, it } from 'vitest';
import { processorTime } from './cpu.ts';

const SOURCE = join(import.meta.dirname, '../../../src');
/** Characters of a text that is hard to read: four times as many take a pattern that goes back over all of them sixteen times as long. */
const LENGTH = 100_000;
/** Milliseconds of the processor; a pattern that does not go back takes about one. */
const PATIENCE = 2000;
const EVERYWHERE = [' ', '\n', 'a', '0', '/', '.', '-', ':', '"', "'", '=', '{', '\\', '\0'];

async function patternsIn(file: string): Promise<RegExp[]> {
  const { program } = parseSync(file, await readFile(join(SOURCE, file), 'utf8'));
  const found: RegExp[] = [];
  new Visitor({
    Literal: (node) => {
      if ('regex' in node) {
        found.push(new RegExp(node.regex.pattern, node.regex.flags));
      }
    },
  }).visit(program);
  return found;
}

/** What stands before a part that comes again and again: beginnings of texts that a pattern takes. */
function beginnings(pattern: RegExp): string[] {
  try {
    const plain = new RegExp(pattern.source, pattern.flags.replaceAll(/[dgimy]/g, ''));
    const texts = sample(stringMatching(plain), { numRuns: 2, seed: 1 });
    return [
      '',
      ...texts.flatMap((text) => Array.from({ length: Math.min(text.length, 40) }, (_, at) => text.slice(0, at + 1))),
    ];
  } catch {
    // Properties of Unicode and what stands behind are not generated.
    return [''];
  }
}

/** One part of a text that a pattern almost takes, repeated. */
function hardTexts(pattern: RegExp): string[] {
  const starts = beginnings(pattern);
  const whole = starts.at(-1) ?? '';
  const units = [...EVERYWHERE, ...(whole === '' ? [] : [whole])].map((unit) => ['', unit] as const);
  const pumped = starts.flatMap((start) =>
    [start.slice(-1), start.slice(-5), ' '].map((unit) => [start, unit] as const),
  );
  return [...units, ...pumped].map(([start, unit]) => `${start}${unit.repeat(LENGTH / Math.max(unit.length, 1))}\0!`);
}

const files = (await readdir(SOURCE, { recursive: true })).filter((name) => name.endsWith('.ts'));
const patterns = (await Promise.all(files.map(async (file) => [file, await patternsIn(file)] as const))).filter(
  ([, found]) => found.length > 0,
);

it('finds the patterns of the source', () => {
  expect(patterns.flatMap(([, found]) => found).length).toBeGreaterThan(300);
});

it.each(patterns)('no text makes the patterns of %s slow', { timeout: 120_000 }, async (_, found) => {
  for (const pattern of found) {
    for (const text of hardTexts(pattern)) {
      const took = await processorTime(() => text.replace(pattern, ''));
      expect(took, `${pattern} on ${JSON.stringify(text.slice(0, 60))}…`).toBeLessThan(PATIENCE);
    }
  }
});
