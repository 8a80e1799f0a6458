import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type BuildWarning, readRecord } from '../../../src/buildkit/record.ts';
import { annotationsOf } from '../../../src/report/annotations.ts';

const inRepository = (file: string) => `web/${file}`;
const outside = () => undefined;

function warning(short: string, start = 1, others: Partial<BuildWarning> = {}): BuildWarning {
  return { short, detail: [], url: undefined, file: 'Dockerfile', start, end: start, ...others };
}

describe('the warnings of a captured build', () => {
  const trace = fileURLToPath(new URL('../../fixtures/trace/lint-warnings.jsonl', import.meta.url));

  it('are annotations, those first that can break something', async () => {
    const { warnings } = await readRecord(createInterface({ input: createReadStream(trace) }));
    const rule = 'https://docs.docker.com/go/dockerfile/rule';
    const at = (line: number) => ({ file: 'web/Dockerfile.lint', startLine: line, endLine: line });
    expect(annotationsOf(warnings, inRepository)).toEqual([
      {
        title: 'SecretsUsedInArgOrEnv',
        message: `Do not use ARG or ENV instructions for sensitive data (ENV "API_TOKEN")\nSensitive data should not be used in the ARG or ENV commands\nMore: ${rule}/secrets-used-in-arg-or-env/`,
        location: at(2),
      },
      {
        title: 'JSONArgsRecommended',
        message: `JSON arguments recommended for CMD to prevent unintended behavior related to OS signals\nJSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals\nMore: ${rule}/json-args-recommended/`,
        location: at(7),
      },
      {
        title: 'FromAsCasing',
        message: `'as' and 'FROM' keywords' casing do not match\nThe 'as' keyword should match the case of the 'from' keyword\nMore: ${rule}/from-as-casing/`,
        location: at(1),
      },
      {
        title: 'MaintainerDeprecated',
        message: `Maintainer instruction is deprecated in favor of using label\nThe MAINTAINER instruction is deprecated, use a label instead to define an image author\nMore: ${rule}/maintainer-deprecated/`,
        location: at(6),
      },
    ]);
  });
});

describe('a warning', () => {
  const one = (given: BuildWarning, pathOf: (file: string) => string | undefined = inRepository) =>
    annotationsOf([given], pathOf)[0];

  it.each<readonly [string, BuildWarning, string, string]>([
    ['of a rule', warning('RuleName: a: b (line 3) c (line 4)', 4), 'RuleName', 'a: b (line 3) c'],
    ['of no rule', warning('something is odd'), 'Warning of BuildKit', 'something is odd'],
    ['that says nothing', warning(''), 'Warning of BuildKit', ''],
  ])('%s has a title and a text', (_, given, title, message) => {
    expect(one(given)).toMatchObject({ title, message });
  });

  it.each<readonly [string, BuildWarning, unknown]>([
    ['a range', warning('R: a', 3, { end: 7 }), { file: 'web/Dockerfile', startLine: 3, endLine: 7 }],
    ['a line', warning('R: a', 3, { end: undefined }), { file: 'web/Dockerfile', startLine: 3, endLine: 3 }],
    [
      'a range that ends too early',
      warning('R: a', 3, { end: 0 }),
      { file: 'web/Dockerfile', startLine: 3, endLine: 3 },
    ],
    ['no line', warning('R: a', 1, { start: undefined }), undefined],
    ['no file', warning('R: a', 3, { file: undefined }), undefined],
  ])('may have %s', (_, given, location) => {
    expect(one(given)?.location).toEqual(location);
  });

  it('says itself where it is when GitHub cannot', () => {
    expect(one(warning('R: a', 3), outside)).toEqual({ title: 'R', message: 'Dockerfile:3: a', location: undefined });
  });

  it('is cut, and has nothing that a terminal or the runner would obey', () => {
    const message = one(warning(`R: \u001b[31m##[error]\r\n::error::${'x'.repeat(9000)}`))?.message ?? '';
    expect(message.length).toBeLessThan(500);
    expect(message).not.toMatch(/##\[|\p{Cc}/u);
  });
});

describe('several warnings', () => {
  it('of one rule about one line are one', () => {
    const all = [warning("UndefinedVar: '$A'", 2), warning("UndefinedVar: '$B'", 2), warning("UndefinedVar: '$A'", 2)];
    expect(annotationsOf(all, inRepository).map(({ message }) => message)).toEqual(["'$A'\n'$B'"]);
  });

  it('stay apart by line, file and rule', () => {
    const all = [warning('R: a', 1), warning('R: a', 2), warning('S: a', 1), warning('R: a', 1, { file: 'other' })];
    expect(annotationsOf(all, inRepository)).toHaveLength(4);
  });

  it.each([
    [8, undefined],
    [9, '1 more warning of BuildKit is in the log of the build.'],
    [25, '17 more warnings of BuildKit are in the log of the build.'],
  ])('%i of them end with what is left', (count, left) => {
    const all = Array.from({ length: count }, (_, at) => warning('FromAsCasing: a', at + 1));
    const shown = annotationsOf([...all, warning('FromAsCasing: a', 1)], inRepository);
    expect(shown).toHaveLength(8);
    expect(shown[7]?.message).toBe(left === undefined ? 'a' : `a\n${left}`);
  });

  it('come by importance, then by line', () => {
    const all = [
      warning('FromAsCasing: a', 1),
      warning('NewRule: b', 9),
      warning('NewRule: c', 4),
      warning('UndefinedVar: d', 7),
    ];
    expect(annotationsOf(all, inRepository).map(({ message }) => message)).toEqual(['d', 'c', 'b', 'a']);
  });
});
