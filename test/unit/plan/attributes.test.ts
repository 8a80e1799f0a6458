import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAttributes } from '../../../src/plan/attributes.ts';
import { formatCsv } from '../../../src/plan/csv.ts';
import { problemOf } from '../failures.ts';

const CONTEXT = { input: 'cacheTo', code: 'cache-malformed' } as const;
const HINT = 'Write type=NAME,KEY=VALUE without blanks; a field with a comma is quoted as a whole, its key included.';

function parse(entry: string): [string, string][] {
  return [...parseAttributes(entry, CONTEXT)];
}

describe('attributes', () => {
  it.each([
    ['one', 'type=inline', [['type', 'inline']]],
    [
      'several, in their order',
      'mode=max,type=gha',
      [
        ['mode', 'max'],
        ['type', 'gha'],
      ],
    ],
    [
      'upper-case keys, whose values stay',
      'Type=GHA,Scope=App',
      [
        ['type', 'GHA'],
        ['scope', 'App'],
      ],
    ],
    [
      'an empty value',
      'type=gha,scope=',
      [
        ['type', 'gha'],
        ['scope', ''],
      ],
    ],
    [
      'equals signs',
      'type=gha,scope=a=b==',
      [
        ['type', 'gha'],
        ['scope', 'a=b=='],
      ],
    ],
    [
      'a quoted field',
      'type=oci,"dest=a,b ""c"".tar"',
      [
        ['type', 'oci'],
        ['dest', 'a,b "c".tar'],
      ],
    ],
    [
      'blanks inside of a value',
      'type=oci,dest=my image.tar',
      [
        ['type', 'oci'],
        ['dest', 'my image.tar'],
      ],
    ],
    [
      'the last of the same key',
      'type=gha,scope=a,SCOPE=b',
      [
        ['type', 'gha'],
        ['scope', 'b'],
      ],
    ],
  ])('with %s', (_, entry, attributes) => {
    expect(parse(entry)).toEqual(attributes);
  });

  it('parse back', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '=', ' ', ',', '"', '\n', 'é', '\u{1F433}') });
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', '_'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.dictionary(key, text, { noNullPrototype: true }), (given) => {
        const attributes: [string, string][] = [['type', 'fake'], ...Object.entries(given)];
        expect(parse(formatCsv(attributes.map((pair) => pair.join('='))))).toEqual(attributes);
      }),
    );
  });

  it.each([
    [
      'a blank after a comma',
      'type=image, push=true',
      'there is a blank around "push", which BuildKit would not understand',
    ],
    [
      'a blank before an equals sign',
      'type =image',
      'there is a blank around "type", which BuildKit would not understand',
    ],
    ['no type', 'ref=fake-value', 'it has no type'],
    ['nothing', '', 'it has no type'],
    ['a key without a value', 'type=image,push', '"push" has no value'],
    ['a value without a key', 'type=image,=fake-value', '"" has no value'],
    ['a comma at the end', 'type=image,', '"" has no value'],
    ['quotes around a value', 'type=image,name="fake-value,b"', 'its quotes do not fit'],
    ['an open quote', 'type=image,"name=fake-value', 'its quotes do not fit'],
  ])('with %s are refused', async (_, entry, reason) => {
    const problem = await problemOf(() => parse(entry));
    expect(problem).toEqual({
      code: 'cache-malformed',
      message: `cacheTo: an entry cannot be read: ${reason}.`,
      hint: HINT,
    });
    expect(JSON.stringify(problem)).not.toContain('fake-value');
  });
});
