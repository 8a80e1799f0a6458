import { glob } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { FAILURE_CODES } from '../../src/failure-codes.ts';
import { ROOT, readText } from './metadata.ts';

const files = await Array.fromAsync(glob('src/**/*.ts', { cwd: ROOT }));
const sources = new Map(await Promise.all(files.map(async (file) => [file, await readText(file)] as const)));

/** The texts that stand behind this name in the sources, alone or as the answer of a rule; each value in them is `§`. */
function textsOf(name: 'message' | 'hint'): string[] {
  const literal = /'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`/.source;
  const property = new RegExp(`\\b${name}:\\s*(?:\\([^()]*\\)\\s*=>\\s*)?(${literal})\\s*[,}\\n]`, 'g');
  return [...sources].flatMap(([file, source]) =>
    [...source.matchAll(property)].map(([, text = '']) => `${file}: ${withoutValues(text.slice(1, -1))}`),
  );
}

function withoutValues(text: string): string {
  const shorter = text.replaceAll(/\$\{[^{}]*\}/g, '§');
  return shorter === text ? text : withoutValues(shorter);
}

describe('an error', () => {
  it.each(FAILURE_CODES.filter((code) => !['unexpected', 'inputs-invalid'].includes(code)))(
    'is %s somewhere',
    (code) => {
      const users = [...sources].filter(([file, source]) => file !== 'src/failure.ts' && source.includes(`'${code}'`));
      expect(users.length).toBeGreaterThan(0);
    },
  );

  it('says what happened in sentences, or ends with what somebody else has said', () => {
    const texts = textsOf('message');
    expect(texts.length).toBeGreaterThan(80);
    expect(texts.filter((text) => !/(?:\.|: §|:\\n§|\.§|§§)$/.test(text))).toEqual([]);
  });

  it('says in sentences what to change, or ends with the lines to write', () => {
    const texts = textsOf('hint');
    expect(texts.length).toBeGreaterThan(150);
    expect(texts.filter((text) => !/: (?:[A-Z§]).*(?:\.\)?|:\\n§|\. §)$/.test(text))).toEqual([]);
  });
});
