import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { attempt, attemptAll, flag, list, oneOf, optional, readRaw } from '../../src/inputs/grammar.ts';
import { problemOf } from './failures.ts';

const BLANKS = ['', ' ', '\n', ' \t\r\n '];

function rawOf(value: string) {
  return readRaw({ INPUT_IMAGETAG: value });
}

function failure(message: string): Failure {
  return new Failure({ code: 'input-invalid', message, hint: 'fake' });
}

describe('a value', () => {
  it.each([
    ['v1', 'v1'],
    ['  v1\n', 'v1'],
    [' a b \n c ', 'a b \n c'],
    ['\uFEFFv1', 'v1'],
    ['0', '0'],
    ['false', 'false'],
  ])('%j is %j', (value, text) => {
    expect(rawOf(value).text('imageTag')).toBe(text);
  });

  it.each(BLANKS)('%j is not given', (value) => {
    expect(rawOf(value).text('imageTag')).toBeUndefined();
    expect(list(rawOf(value), 'imageTag')).toEqual([]);
    expect(flag(rawOf(value), 'imageTag', true)).toBe(true);
    expect(flag(rawOf(value), 'imageTag', false)).toBe(false);
    expect(oneOf(rawOf(value), 'imageTag', ['auto', 'root'])).toBeUndefined();
    expect(optional(rawOf(value), 'imageTag', () => 'read')).toBeUndefined();
  });

  it('is only read from its own variable', () => {
    const raw = readRaw({ imageTag: 'a', INPUT_imageTag: 'b', INPUT_IMAGETAGS: 'c', INPUT_IMAGE: 'd' });
    expect(raw.text('imageTag')).toBeUndefined();
    expect(raw.text('image')).toBe('d');
  });

  it('is handed over with the name of its input', () => {
    expect(optional(rawOf(' v1 '), 'imageTag', (value, input) => [value, input])).toEqual(['v1', 'imageTag']);
  });
});

describe('a list', () => {
  it.each([
    ['lines', 'a\nb\r\nc', ['a', 'b', 'c']],
    ['blank lines, and a blank that is part of a value', '\n a \n\n  \n b \n', ['a ', 'b']],
    ['comments', '# first\na\n  # second\nb', ['a', 'b']],
    ['a "#" inside of an entry', 'a#b\nc # d', ['a#b', 'c # d']],
    ['a comma, which is data', 'a,b', ['a,b']],
    ['nothing but comments', '# a\n# b', []],
  ])('with %s', (_, value, entries) => {
    expect(list(rawOf(value), 'imageTag')).toEqual(entries);
  });

  it.each([
    ['a,b', ['a', 'b']],
    [' a , b ,\n,c', ['a', 'b', 'c']],
    ['# a,b\nc', ['c']],
    ['a,#b', ['a', '#b']],
    [',', []],
  ])('with a separator: %j', (value, entries) => {
    expect(list(rawOf(value), 'imageTag', /,/)).toEqual(entries);
  });
});

describe('a boolean', () => {
  it.each([
    ['true', true],
    ['True', true],
    ['TRUE', true],
    [' true\n', true],
    ['false', false],
    ['False', false],
    ['FALSE', false],
  ])('%j', (value, expected) => {
    expect(flag(rawOf(value), 'imageTag', !expected)).toBe(expected);
  });

  it.each(['yes', 'no', 'on', 'off', '1', '0', 'tRue', 'y', 'null', '"true"'])('refuses %s', async (value) => {
    expect(await problemOf(() => flag(rawOf(value), 'imageTag', true))).toEqual({
      code: 'input-invalid',
      message: `imageTag: "${value}" is not one of its values.`,
      hint: 'Write true or false.',
    });
  });
});

describe('one of several values', () => {
  it('is that value', () => {
    expect(oneOf(rawOf('root'), 'imageTag', ['auto', 'root'])).toBe('root');
  });

  it.each(['Root', 'rootless', 'auto,root'])('refuses %s', async (value) => {
    expect(await problemOf(() => oneOf(rawOf(value), 'imageTag', ['auto', 'root']))).toEqual({
      code: 'input-invalid',
      message: `imageTag: "${value}" is not one of its values.`,
      hint: 'Write auto or root.',
    });
  });
});

describe('an attempt', () => {
  it('keeps a value, also a false one', async () => {
    const problems: Failure[] = [];
    const reading = await attempt(problems, () => false);
    expect([reading.known, reading.get(), problems]).toEqual([false, false, []]);
  });

  it('collects a problem, and throws it when the value is asked for', async () => {
    const problems: Failure[] = [];
    const reading = await attempt(problems, async () => {
      throw failure('one');
    });
    expect(reading.known).toBeUndefined();
    expect(problems.map(({ message }) => message)).toEqual(['one']);
    expect(() => reading.get()).toThrow('one');
  });

  it('does not swallow a bug', async () => {
    const problems: Failure[] = [];
    await expect(
      attempt(problems, () => {
        throw new TypeError('a bug');
      }),
    ).rejects.toThrow(TypeError);
    expect(problems).toEqual([]);
  });

  it('of several entries keeps the good ones and collects every problem, in their order', async () => {
    const problems: Failure[] = [];
    const { known } = await attemptAll(problems, [1, 2, 3, 4], (entry) => {
      if (entry % 2 === 0) {
        throw failure(`${entry} is even`);
      }
      return entry * 10;
    });
    expect(known).toEqual([10, 30]);
    expect(problems.map(({ message }) => message)).toEqual(['2 is even', '4 is even']);
  });
});
