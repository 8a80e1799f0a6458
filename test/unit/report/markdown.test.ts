import { array, assert, constantFrom, oneof, property, string } from 'fast-check';
import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { block, code, details, html, prose, shorten, table } from '../../../src/report/markdown.ts';

const EVIL = [
  '`',
  '``',
  '```',
  '|',
  '\\',
  '<script>alert(1)</script>',
  '</code>',
  '</details>',
  '<!--',
  '\n\n# x',
  '\r\n- x',
];
const MORE = [
  '[x](javascript:y)',
  '![x](http://e)',
  '**x**',
  '&lt;',
  '&#124;',
  '$x$',
  '@user',
  '://',
  '1. x',
  '---',
  '\u0000\u001b[31m',
  '~~~',
];
const hostile = array(oneof(constantFrom(...EVIL, ...MORE), string(), string({ unit: 'binary' })), {
  maxLength: 6,
}).map((parts) => parts.join(''));

/** The tags that GitHub's Markdown makes of a text. */
function tags(markdown: string): string[] {
  const rendered = marked.parse(markdown, { async: false, gfm: true });
  return [...rendered.matchAll(/<\/?([a-z][\w-]*)|<!/gi)].map(([, name]) => name ?? 'comment');
}

/** What a reader sees of it. */
function seen(rendered: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
  return rendered
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:#(\d+)|(\w+));/g, (whole, number, name) =>
      number ? String.fromCodePoint(number) : (named[name] ?? whole),
    );
}

const only = (names: readonly string[], allowed: readonly string[]) => names.every((name) => allowed.includes(name));

describe('whatever a text says', () => {
  it('as code it is shown as it is, and makes nothing else', () => {
    assert(
      property(hostile, (text) => {
        expect(only(tags(`a ${code(text)} b`), ['p', 'code'])).toBe(true);
      }),
    );
    const rendered = marked.parse(code('a ` b | c \\| <b> `'), { async: false });
    expect(seen(rendered).trim()).toBe('a ` b | c \\| <b> `');
  });

  it('in a table it stays in its cell', () => {
    assert(
      property(hostile, hostile, (one, other) => {
        const cell = (text: string) => code(text) || '-';
        const rendered = marked.parse(
          table([
            ['a', 'b'],
            [cell(one), cell(other)],
            ['last', 'x'],
          ]).join('\n'),
          { async: false },
        );
        expect(rendered.match(/<td/g)).toHaveLength(4);
        expect(rendered.match(/<tr>/g)).toHaveLength(3);
        expect(rendered).toContain('<td align="left">last</td>');
      }),
    );
  });

  it('as a block it ends at its own end', () => {
    assert(
      property(hostile, (text) => {
        expect(tags([...block(text), 'after'].join('\n'))).toEqual(['pre', 'code', 'code', 'pre', 'p', 'p']);
      }),
    );
  });

  it('as a sentence it makes neither HTML nor a link, an image or emphasis', () => {
    assert(
      property(hostile, (text) => {
        expect(only(tags(`${prose(text)}\n\nafter`), ['p'])).toBe(true);
      }),
    );
  });

  it('in HTML it makes no tag, and Markdown nothing of it', () => {
    assert(
      property(hostile, (text) => {
        const lines = details(`<code>${html(text)}</code>`, ['inside', '']);
        expect(only(tags(lines.join('\n')), ['details', 'summary', 'code', 'p'])).toBe(true);
        expect(lines[0]).not.toMatch(/\n/);
      }),
    );
  });

  it('shows words whole or not at all, so that the runner can mask them', () => {
    assert(
      property(
        array(
          string({ minLength: 1 }).filter((word) => !/[\s\p{Cc}]/u.test(word)),
          { maxLength: 30 },
        ),
        (words) => {
          const shown = shorten(words.join(' '), 40).split(' ');
          const kept = shown.at(-1) === '…' && shown.length <= words.length + 1 ? shown.slice(0, -1) : shown;
          expect(kept.filter((word) => word !== '')).toEqual(words.slice(0, kept.filter((word) => word !== '').length));
          expect(shown.join(' ').length).toBeLessThanOrEqual(42);
        },
      ),
    );
    expect(shorten('RUN x', 40)).toBe('RUN x');
    expect(shorten(`RUN ${'x'.repeat(1_000_000)}`, 40)).toBe('RUN …');
    expect(shorten('RUN secret-secret-secret', 12)).toBe('RUN …');
  });
});

it('leaves out the colours of a terminal', () => {
  expect(block('\u001b[1;31mred\u001b[0m\u0007\ttab')).toEqual(['```', 'red\ttab', '```', '']);
});
