import { describe, expect, it } from 'vitest';
import { readOutputs } from '../../support/workflows/command-file.ts';
import { evaluate, holds, textOf } from '../../support/workflows/expressions.ts';

const contexts = {
  github: { ref: 'refs/heads/main', event: {} },
  matrix: { arch: 'arm64', slow: true, count: 2 },
  needs: { build: { result: 'success', outputs: { amd64ImageDigest: 'sha256:a', arm64ImageDigest: 'sha256:b' } } },
};

describe('an expression', () => {
  it.each([
    ['matrix.arch', 'arm64'],
    ["format('linux/{0}', matrix.arch)", 'linux/arm64'],
    ['contains(fromJSON(\'["arm64"]\'), matrix.arch)', true],
    ["github.event_name == '' && 'a' || 'b'", 'a'],
    ['github.event.pull_request.head.repo.fork', null],
    ['!github.event.pull_request.head.repo.fork', true],
    ['needs.build.outputs.nothing', null],
    ["needs.build.outputs['amd64ImageDigest']", 'sha256:a'],
    ['needs.*.result', ['success']],
    ["startsWith(github.ref, 'refs/heads/') && matrix.count > 1", true],
  ])('%s is %j', (expression, value) => {
    expect(evaluate(expression, { contexts })).toEqual(value);
  });

  it('turns the outputs of a job into JSON, in the form of GitHub', () => {
    expect(evaluate('toJSON(needs.build.outputs)', { contexts })).toBe(
      '{\n  "amd64ImageDigest": "sha256:a",\n  "arm64ImageDigest": "sha256:b"\n}',
    );
  });

  it.each([
    ['secrets.TOKEN', 'secrets'],
    ['matrix.arch ==', 'Unexpected'],
    ['always()', 'always'],
    ["hashFiles('a')", 'hashFiles'],
  ])('%s is refused where it has no meaning, with its text', (expression, said) => {
    expect(() => evaluate(expression, { contexts })).toThrow(expression);
    expect(() => evaluate(expression, { contexts })).toThrow(said);
  });
});

describe('a condition', () => {
  it.each([
    ['success()', true, false],
    ['failure()', false, true],
    ['always()', true, true],
    ['cancelled()', false, false],
    ["success() && (matrix.arch == 'arm64')", true, false],
  ])('%s is %j after success and %j after a failure', (condition, afterSuccess, afterFailure) => {
    expect(holds(condition, { contexts, status: { success: true, failure: false } })).toBe(afterSuccess);
    expect(holds(condition, { contexts, status: { success: false, failure: true } })).toBe(afterFailure);
  });

  it.each([
    ["''", false],
    ["'false'", true],
    ['0', false],
    ['github.event.none', false],
  ])('%s counts as %j', (condition, value) => {
    expect(holds(condition, { contexts, status: { success: true, failure: false } })).toBe(value);
  });
});

it.each([
  [null, ''],
  [true, 'true'],
  [false, 'false'],
  [1.5, '1.5'],
  ['text', 'text'],
])('%j becomes the text %j', (value, text) => {
  expect(textOf(value)).toBe(text);
});

it('does not let an object become a text, which on GitHub would be "Object"', () => {
  expect(() => textOf({ a: 1 })).toThrow('use toJSON');
});

describe('a file of outputs', () => {
  it('has lines and blocks, of which the last of a name counts', () => {
    const text = 'a=1\nb<<END\nline 1\nx=y\nEND\na=2=3\nempty=\n';
    expect(readOutputs(text)).toEqual({ a: '2=3', b: 'line 1\nx=y', empty: '' });
  });

  it.each([
    ['nothing', 'Not an output: nothing'],
    ['a<<END\nline\n', 'The delimiter END is missing'],
  ])('is refused with %j', (text, said) => {
    expect(() => readOutputs(text)).toThrow(said);
  });
});
