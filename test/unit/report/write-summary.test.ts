import { expect, it } from 'vitest';
import { limitTo } from '../../../src/report/write-summary.ts';

it('leaves a summary as it is that is short enough', () => {
  expect(limitTo(100, '### x\n')).toBe('### x\n');
});

it('ends a summary that is too long after a whole line, and says so', () => {
  const markdown = ['### x', ...Array.from({ length: 3000 }, () => 'line ä')].join('\n');
  const limited = limitTo(10_000, markdown);
  expect(Buffer.byteLength(limited)).toBeLessThan(10_000);
  expect(limited).toMatch(/\nline ä\n\n\*\*The rest is left out: .*\*\*\n$/);
});

it('ends a block of code first', () => {
  const markdown = ['```', 'a', '```', '````text', '```', ...Array.from({ length: 3000 }, () => 'line')].join('\n');
  expect(limitTo(5000, markdown)).toMatch(/\nline\n````\n\n\*\*The rest/);
});
