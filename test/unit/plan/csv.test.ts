import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCsv, parseCsv } from '../../../src/plan/csv.ts';
import { parseCsv as parseStrictly } from './csv.ts';

const FIELD = fc.string({ unit: fc.constantFrom('a', '=', ' ', ',', '"', '\r', '\n', '\t', '#', 'é', '\u{1F433}') });

/** What Go's encoding/csv makes of a quoted field: it drops a carriage return before a line feed. */
function asGoReads(field: string): string {
  return field.replaceAll('\r\n', '\n');
}

describe('CSV', () => {
  it.each([
    ['plain fields', ['type=image', 'push=true'], 'type=image,push=true'],
    ['a comma', ['type=image', 'name=a:1,b:2', 'push=true'], 'type=image,"name=a:1,b:2",push=true'],
    ['quotes', ['annotation.note=a,b "q" c'], '"annotation.note=a,b ""q"" c"'],
    ['only quotes', ['"', '""'], '"""",""""""'],
    ['a line break', ['a\nb', 'c\rd'], '"a\nb","c\rd"'],
    ['blanks', [' a ', '\tb'], ' a ,\tb'],
    ['other letters', ['é=\u{1F433}'], 'é=\u{1F433}'],
    ['an empty field', ['a', '', 'b'], 'a,,b'],
    ['an empty field at the end', ['a', ''], 'a,'],
  ])('of %s', (_, fields, text) => {
    expect(formatCsv(fields)).toBe(text);
    expect(parseStrictly(text)).toEqual(fields);
    expect(parseCsv(text)).toEqual(fields);
  });

  it('parses back, with a strict reader', () => {
    fc.assert(
      fc.property(fc.array(FIELD, { minLength: 1 }), (fields) => {
        expect(parseStrictly(formatCsv(fields))).toEqual(fields);
      }),
    );
  });

  it('parses back, with its own reader', () => {
    fc.assert(
      fc.property(
        fc.array(
          FIELD.filter((field) => field !== ''),
          { minLength: 1 },
        ),
        (fields) => {
          expect(parseCsv(formatCsv(fields))).toEqual(fields);
        },
      ),
    );
  });

  it('needs no quotes where Go would not read any', () => {
    fc.assert(
      fc.property(FIELD, (field) => {
        const text = formatCsv([field]);
        expect(text.startsWith('"')).toBe(/[",\r\n]/.test(field));
        expect(asGoReads(parseStrictly(text)[0] ?? '')).toBe(asGoReads(field));
      }),
    );
  });

  it('has no fields where there is no text', () => {
    expect(parseCsv('')).toEqual([]);
  });

  it.each(['name="a,b"', '"a"b', '"a', 'a"', 'a,"b"c', 'a,b"c"'])('refuses %j, as BuildKit does', (text) => {
    expect(() => parseCsv(text)).toThrow();
    expect(() => parseStrictly(text)).toThrow('not CSV');
  });

  it('the strict reader of this test refuses two records', () => {
    expect(() => parseStrictly('a\nb')).toThrow('not CSV');
  });
});
