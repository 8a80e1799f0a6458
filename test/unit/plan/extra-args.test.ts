import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExtraArgs, platformsIn } from '../../../src/plan/extra-args.ts';
import { splitWords } from '../../../src/plan/words.ts';
import { problemOf } from '../failures.ts';

describe('splitting', () => {
  it.each([
    ['nothing', '', []],
    ['blanks', ' \t\n ', []],
    ['words', '--opt target=prod --no-cache', ['--opt', 'target=prod', '--no-cache']],
    ['lines', '--opt a=1\n--opt b=2\r\n  --opt c=3\n', ['--opt', 'a=1', '--opt', 'b=2', '--opt', 'c=3']],
    ['single quotes', "--opt 'build-arg:A=x  y'", ['--opt', 'build-arg:A=x  y']],
    ['double quotes', '--opt build-arg:A="x y"', ['--opt', 'build-arg:A=x y']],
    ['quotes side by side', `a'b c'"d e"f`, ['ab cd ef']],
    ['an empty word', `--opt '' ""`, ['--opt', '', '']],
    ['a line break in quotes', '"a\nb"', ['a\nb']],
    ['a backslash before a space', 'a\\ b', ['a b']],
    ['a backslash before a quote', '\\"a\\" \\\'b\\\'', ['"a"', "'b'"]],
    ['a backslash before a backslash', 'a\\\\b', ['a\\b']],
    ['a backslash at the end of a line', '--opt \\\n a=1', ['--opt', 'a=1']],
    ['a backslash in single quotes', "'a\\b'", ['a\\b']],
    ['a backslash before a letter in double quotes', '"a\\b"', ['a\\b']],
    ['an escaped quote in double quotes', '"a\\"b"', ['a"b']],
    ['an escaped backslash in double quotes', '"a\\\\b"', ['a\\b']],
    ['an escaped dollar in double quotes', '"\\$HOME"', ['$HOME']],
    ['an escaped backtick in double quotes', '"\\`id\\`"', ['`id`']],
    ['two backslashes in single quotes before other quotes', `'a\\\\b'"c"`, ['a\\\\bc']],
    ['a command substitution', '--opt a=$(id)', ['--opt', 'a=$(id)']],
    ['backticks', '`id`', ['`id`']],
    ['variables', '$HOME "${HOME}"', ['$HOME', '${HOME}']],
    ['globs and a home', '*.txt ?[a-z] ~ {a,b}', ['*.txt', '?[a-z]', '~', '{a,b}']],
    ['operators', 'a;b & c | d > e < f', ['a;b', '&', 'c', '|', 'd', '>', 'e', '<', 'f']],
  ])('%s', (_, value, expected) => {
    expect(splitWords(value)).toEqual(expected);
  });

  it.each([
    ['in apostrophes', (word: string) => `'${word.replaceAll("'", "'\\''")}'`],
    ['in apostrophes and quotes', (word: string) => `'${word.replaceAll("'", `'"'"'`)}'`],
  ])('gives back every word that was quoted %s', (_, quoted) => {
    const word = fc.string({ unit: fc.constantFrom('a', '-', ' ', '\n', '\\', "'", '"', '$', '*', ';', 'é') });
    fc.assert(
      fc.property(fc.array(word.filter((text) => !text.startsWith('-'))), (words) => {
        expect(splitWords(words.map(quoted).join(' '))).toEqual(words);
      }),
    );
  });

  it.each([
    ['an open single quote', "--opt 'fake-secret"],
    ['an open double quote', '--opt "fake-secret'],
    ['a quote that a backslash keeps open', '"fake-secret\\"'],
    ['a backslash at the end', '--opt fake-secret\\'],
  ])('refuses %s without showing the value', async (_, value) => {
    const problem = await problemOf(() => parseExtraArgs(value));
    expect(problem.code).toBe('extra-args-malformed');
    expect(problem.message).toMatch(/^extraArgs: cannot be split into arguments: /);
    expect(JSON.stringify(problem)).not.toContain('fake-secret');
  });
});

describe('flags that the action sets itself', () => {
  const SPELLINGS = ['output', 'metadata-file', 'progress', 'trace', 'ref-file'].flatMap((name) => [
    [`--${name} fake-value`, `--${name}`],
    [`--${name}=fake-value`, `--${name}`],
    [`-${name} fake-value`, `-${name}`],
    [`-${name}=fake-value`, `-${name}`],
    [`"--${name}=fake-value"`, `--${name}`],
    [`--opt a=1 \\\n  --${name} fake-value`, `--${name}`],
    [`-'-${name}' fake-value`, `--${name}`],
  ]);
  it.each([
    ...SPELLINGS,
    ['-o fake-value', '-o'],
    ['-o=fake-value', '-o'],
    ['--o fake-value', '--o'],
    ['--output', '--output'],
  ])('%j', async (value, flag) => {
    const problem = await problemOf(() => parseExtraArgs(value));
    expect(problem.code).toBe('extra-args-refused');
    expect(problem.message).toBe(`extraArgs: ${flag} cannot be set, the action sets it itself.`);
    expect(JSON.stringify(problem)).not.toContain('fake-value');
  });

  it.each([
    ['--output x', 'the input outputs'],
    ['-o x', 'the input outputs'],
    ['--metadata-file x', 'output metadata'],
    ['--progress plain', 'plain progress'],
  ])('%s names what to use instead', async (value, instead) => {
    expect((await problemOf(() => parseExtraArgs(value))).hint).toContain(instead);
  });
});

describe('flags of docker', () => {
  it.each([
    ['--build-arg A=1', '--build-arg', 'Use the input buildArgs.'],
    ['--build-arg=A=1', '--build-arg', 'Use the input buildArgs.'],
    ['--label a=b', '--label', 'Use the input labels.'],
    ['--target prod', '--target', 'Use the input target.'],
    ['--platform linux/arm64', '--platform', 'Use the input platforms.'],
    ['--cache-from type=gha', '--cache-from', 'Use the input cacheFrom.'],
    ['--cache-to type=gha', '--cache-to', 'Use the input cacheTo.'],
    ['-f Dockerfile.prod', '-f', 'Use the input dockerfile.'],
    ['--file=Dockerfile.prod', '--file', 'Use the input dockerfile.'],
    ['-t nginx:v1', '-t', 'Use the input imageTag.'],
    ['--push', '--push', 'Use the input push.'],
    ['--pull', '--pull', 'Use --opt image-resolve-mode=pull.'],
  ])('%s', async (value, flag, hint) => {
    expect(await problemOf(() => parseExtraArgs(value))).toEqual({
      code: 'extra-args-refused',
      message: `extraArgs: ${flag} is an argument of docker, not of buildctl build.`,
      hint,
    });
  });
});

it.each([
  '--opt build-arg:OUTPUT=--output',
  '--opt label:output=x',
  '--export-cache type=gha --import-cache type=gha',
  '--secret id=a,env=A --ssh default --allow network.host --no-cache',
  '--outputs x',
  '--output-x y',
])('%s is left alone', (value) => {
  expect(parseExtraArgs(value)).toEqual(value.split(' '));
});

describe('words that belong to no flag', () => {
  it.each([
    ['a forgotten --opt', 'build-arg:A=1 --opt b=c', 'build-arg:A'],
    ['one behind a value', '--opt a=b c', 'c'],
    ['one behind a switch', '--no-cache all', 'all'],
    ['one behind a flag with its value', '--opt=a=b c', 'c'],
  ])('are refused: %s', async (_, value, shown) => {
    const { code, message } = await problemOf(() => parseExtraArgs(value));
    expect({ code, message }).toEqual({
      code: 'extra-args-refused',
      message: `extraArgs: "${shown}" belongs to no flag.`,
    });
  });
});

describe('platforms in arguments', () => {
  it.each([
    ['', undefined],
    ['--opt target=prod --no-cache', undefined],
    ['--opt platform=linux/arm64', ['linux/arm64']],
    ['--opt=platform=linux/arm64', ['linux/arm64']],
    ['-opt platform=linux/arm64', ['linux/arm64']],
    ['-opt=platform=linux/arm64', ['linux/arm64']],
    ['--opt platform=linux/amd64,linux/arm64/v8', ['linux/amd64', 'linux/arm64']],
    ['--opt platform=linux/386 --opt target=prod --opt=platform=linux/s390x', ['linux/s390x']],
    ['--opt platform=linux/386, --opt build-arg:platform=x', ['linux/386']],
    ['--allow platform=linux/arm64', undefined],
    ['--secret id=platform,src=platform=linux/arm64', undefined],
    ['--opt platforms=linux/arm64', undefined],
  ])('%s', (value, platforms) => {
    expect(platformsIn(parseExtraArgs(value))).toEqual(platforms);
  });

  it.each(['linux/arm', 'arm64', 'linux/amd64,all'])('are checked: %s', async (value) => {
    const { code, message } = await problemOf(() => platformsIn(['--opt', `platform=${value}`]));
    expect(code).toBe('platform-unknown');
    expect(message).toMatch(/^extraArgs: ".*" is not a platform\.$/);
  });
});
