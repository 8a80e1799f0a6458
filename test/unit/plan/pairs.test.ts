import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePair } from '../../../src/plan/pairs.ts';
import { problemOf } from '../failures.ts';

describe('a pair', () => {
  it.each([
    ['A=b', 'A', 'b'],
    ['A=', 'A', ''],
    ['A==', 'A', '='],
    ['A=b=c', 'A', 'b=c'],
    ['A= b ', 'A', ' b '],
    ['A="b"', 'A', '"b"'],
    ["A='b, c'", 'A', "'b, c'"],
    ['A=b,C=d', 'A', 'b,C=d'],
    ['A=b\nc', 'A', 'b\nc'],
    ['A=# no comment', 'A', '# no comment'],
    ['A=$HOME', 'A', '$HOME'],
    ['a.b/c:d-e=f', 'a.b/c:d-e', 'f'],
    ['é=日本', 'é', '日本'],
  ])('%j', (entry, key, value) => {
    expect(parsePair(entry, 'buildArgs')).toEqual({ key, value });
  });

  it('keeps every value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(parsePair(`KEY=${value}`, 'buildArgs').value).toBe(value);
      }),
    );
  });

  it.each([
    ['A', 'the entry "A" cannot be read: it has no "=".'],
    ['=b', 'the entry "" cannot be read: its name is empty or has a blank.'],
    ['A B=c', 'the entry "A B" cannot be read: its name is empty or has a blank.'],
    ['A =fake-value', 'the entry "A " cannot be read: its name is empty or has a blank.'],
    ['', 'the entry "" cannot be read: it has no "=".'],
  ])('refuses %j', async (entry, message) => {
    const problem = await problemOf(() => parsePair(entry, 'labels'));
    expect([problem.code, problem.message]).toEqual(['pair-malformed', `labels: ${message}`]);
    expect(problem.hint).toContain('NAME=VALUE');
    expect(JSON.stringify(problem)).not.toContain('fake-value');
  });

  it.each(['fake-secret-line', '=fake-secret', 'fake secret=x', 'fake-secret line='])(
    'shows nothing of what may be a secret: %j',
    async (entry) => {
      const problem = await problemOf(() => parsePair(entry, 'secrets', { secret: true }));
      expect(problem.code).toBe('pair-malformed');
      expect(problem.message).toMatch(/^secrets: an entry cannot be read: its? /);
      expect(JSON.stringify(problem)).not.toContain('fake');
    },
  );
});
