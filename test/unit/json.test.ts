import { describe, expect, it } from 'vitest';
import { at, numberAt, parseJson, textAt } from '../../src/json.ts';

const VALUE = parseJson('{"a":{"b":"text","n":7,"nil":null,"list":["x",{"y":1}]},"containerimage.digest":"sha256:0"}');

describe('a value', () => {
  it.each([
    ['the whole', [], VALUE],
    ['a key', ['a', 'b'], 'text'],
    ['a key with a dot', ['containerimage.digest'], 'sha256:0'],
    ['an entry', ['a', 'list', '0'], 'x'],
    ['a key of an entry', ['a', 'list', '1', 'y'], 1],
    ['null', ['a', 'nil'], null],
    ['a key that is not there', ['a', 'c'], undefined],
    ['a way through null', ['a', 'nil', 'b'], undefined],
    ['a way through a text', ['a', 'b', 'length'], undefined],
    ['an inherited key', ['a', 'toString'], undefined],
    ['the prototype', ['__proto__'], undefined],
  ])('at %s', (_, path, expected) => {
    expect(at(VALUE, ...path)).toEqual(expected);
  });

  it.each([undefined, null, 7, 'text', true])('is not in %j', (value) => {
    expect(at(value, 'a')).toBeUndefined();
  });
});

it.each([
  ['b', 'text', undefined],
  ['n', undefined, 7],
  ['nil', undefined, undefined],
  ['list', undefined, undefined],
  ['missing', undefined, undefined],
])('%s as a text is %j, as a number %j', (key, text, number) => {
  expect([textAt(VALUE, 'a', key), numberAt(VALUE, 'a', key)]).toEqual([text, number]);
});

it('is refused when it is no JSON', () => {
  expect(() => parseJson('{a:1}')).toThrow(SyntaxError);
});
