import { describe, expect, it } from 'vitest';
import { causes, explain, Failure, throwTogether } from '../../src/failure.ts';
import { FAILURE_CODES } from '../../src/failure-codes.ts';

const DOCS = 'https://github.example/acme/buildkit-aws/blob/v1/docs/troubleshooting.md';
const TAG = new Failure({ code: 'tag-malformed', message: 'imageTag: ".x" is not a tag.', hint: 'Choose another.' });
const PUSH = new Failure({ code: 'input-invalid', message: 'push: "x" is no value.', hint: 'Write true or false.' });

describe('the codes', () => {
  it('are anchors, each once', () => {
    expect(FAILURE_CODES.filter((code) => !/^[a-z]+(?:-[a-z]+)*$/.test(code))).toEqual([]);
    expect(new Set(FAILURE_CODES).size).toBe(FAILURE_CODES.length);
  });
});

describe('what the user reads', () => {
  it('of a failure', () => {
    expect(explain(TAG, DOCS)).toEqual({
      title: 'tag-malformed',
      message: `imageTag: ".x" is not a tag.\nChoose another.\nMore: ${DOCS}#tag-malformed`,
    });
  });

  it.each([
    ['an error', new TypeError('x is undefined'), 'x is undefined'],
    ['an error with causes', new Error('a', { cause: new Error('b', { cause: 'c' }) }), 'a: b: c'],
    ['a text', 'broken', 'broken'],
    ['nothing', undefined, ''],
  ])('of %s that nobody expected', (_, error, said) => {
    const { title, message } = explain(error, DOCS);
    expect(title).toBe('unexpected');
    expect(message.split('\n')[0]).toBe(said);
    expect(message).toMatch(/This is a bug of the action\..*\nMore: .*#unexpected$/);
  });

  it('has no stack', () => {
    expect(explain(new Error('broken'), DOCS).message).not.toContain('failure.test.ts');
  });
});

/** What is thrown for these problems. */
function thrown(problems: readonly Failure[]): unknown {
  try {
    throwTogether(problems);
  } catch (error) {
    return error;
  }
  return 'nothing';
}

describe('problems of all inputs', () => {
  it('end nothing when there are none', () => {
    expect(thrown([])).toBe('nothing');
  });

  it.each([
    ['there is one', [TAG]],
    ['it was met several times', [TAG, TAG, TAG]],
  ])('stay as they are when %s', (_, problems) => {
    expect(thrown(problems)).toBe(TAG);
  });

  it('become one error', () => {
    expect(thrown([TAG, PUSH, TAG])).toEqual(
      new Failure({
        code: 'inputs-invalid',
        hint: 'Nothing was downloaded, started or called.',
        message: [
          '2 inputs need a change:',
          '1. imageTag: ".x" is not a tag.',
          '   Choose another. (tag-malformed)',
          '2. push: "x" is no value.',
          '   Write true or false. (input-invalid)',
        ].join('\n'),
      }),
    );
  });
});

describe('causes', () => {
  const circular = new Error('again');
  circular.cause = circular;
  it.each([
    ['of an error', new Error('a'), ['a']],
    ['of an error with causes', new Error('a', { cause: new Error('b', { cause: new Error('c') }) }), ['a', 'b', 'c']],
    ['of an error with a text', new Error('a', { cause: 'b' }), ['a', 'b']],
    ['of a text', 'a', ['a']],
    ['of nothing', undefined, []],
    ['of an error that causes itself', circular, Array.from({ length: 8 }, () => 'again')],
  ])('%s', (_, error, messages) => {
    expect(causes(error)).toEqual(messages);
  });

  it('are kept by a failure', () => {
    const cause = new Error('why');
    expect(new Failure({ code: 'ecr-failed', message: 'what', hint: 'do', cause })).toMatchObject({
      name: 'Failure',
      cause,
    });
  });
});
