import { describe, expect, it } from 'vitest';
import { goJson } from '../../../src/plan/go-json.ts';

/** The expected texts are those of Go's json.MarshalIndent(value, "", "  "). */
describe('a value', () => {
  it.each([
    ['a text', 'a', '"a"'],
    ['an empty text', '', '""'],
    ['a number', 1_064_323, '1064323'],
    ['zero', 0, '0'],
    ['true', true, 'true'],
    ['null', null, 'null'],
    ['an empty array', [], '[]'],
    ['an empty object', {}, '{}'],
    ['an empty map', new Map(), '{}'],
    ['quotes and a backslash', '"\\', '"\\"\\\\"'],
    ['control characters', '\n\t\r\b\f\u0000\u001f', '"\\n\\t\\r\\b\\f\\u0000\\u001f"'],
    ['what is not ASCII', 'é😀\u007f', '"é😀\u007f"'],
    ['HTML', `<a href="x">&'</a>`, `"\\u003ca href=\\"x\\"\\u003e\\u0026'\\u003c/a\\u003e"`],
    ['line separators', '\u2028\u2029', '"\\u2028\\u2029"'],
    ['an escape that is a text', '\\u003c', '"\\\\u003c"'],
  ])('that is %s', (_, value, text) => {
    expect(goJson(value)).toBe(text);
  });
});

describe('the keys', () => {
  it.each([
    ['of a map stand in the order of their bytes', ['b', 'a', 'Z', '_'], ['Z', '_', 'a', 'b']],
    ['of a map may be numbers', ['9', '10', '-'], ['-', '10', '9']],
    ['of a map may begin alike', ['ab', 'a', 'a.b', 'a-b'], ['a', 'a-b', 'a.b', 'ab']],
    // In UTF-16, which JavaScript compares, the last one begins with U+D83D.
    ['of a map may have any characters', ['😀', '\uff5e', '\ue000', 'é', 'z'], ['z', 'é', '\ue000', '\uff5e', '😀']],
  ])('%s', (_, keys, ordered) => {
    const lines = ordered.map((key) => `  "${key}": 1`);
    expect(goJson(new Map(keys.map((key) => [key, 1])))).toBe(`{\n${lines.join(',\n')}\n}`);
  });

  it('of an object keep their order', () => {
    expect(goJson({ size: 1, mediaType: 'm', digest: 'd' })).toBe(
      '{\n  "size": 1,\n  "mediaType": "m",\n  "digest": "d"\n}',
    );
  });

  it.each([
    ['of an object', { '<&>\u2028': 1 }],
    ['of a map', new Map([['<&>\u2028', 1]])],
  ])('%s are escaped', (_, value) => {
    expect(goJson(value)).toBe('{\n  "\\u003c\\u0026\\u003e\\u2028": 1\n}');
  });

  it('leave a map as it was', () => {
    const map = new Map([
      ['b', 1],
      ['a', 2],
    ]);
    goJson(map);
    expect([...map.keys()]).toEqual(['b', 'a']);
  });
});

it('what is in something else is indented', () => {
  const value = { list: [1, [], { a: ['b'] }], map: new Map([['k', {}]]), last: [[2]] };
  expect(goJson(value)).toBe(`{
  "list": [
    1,
    [],
    {
      "a": [
        "b"
      ]
    }
  ],
  "map": {
    "k": {}
  },
  "last": [
    [
      2
    ]
  ]
}`);
});

it('a value that is somewhere in a text is indented from there', () => {
  expect(goJson(['a'], '    ')).toBe('[\n      "a"\n    ]');
});
