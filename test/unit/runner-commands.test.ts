import { describe, expect, it } from 'vitest';
import { runnerCommands } from '../support/runner-commands.ts';

const named = (output: string) => runnerCommands(output).map(({ name, data }) => `${name} ${data}`);

describe('the stand-in for the parser of the runner', () => {
  it.each([
    ['the beginning of a line', '::error::a\n  ::warning file=x::b', ['error a', 'warning b']],
    ['anywhere in a line', 'a ##[error]b', ['error b']],
    ['each line, however it ends', '::debug::a\r::debug::b\r\n::debug::c', ['debug a', 'debug b', 'debug c']],
    ['no other names', '::nope::a\n##[nope]b\n::error\nx ::error::a', []],
    [
      'nothing between a stop and its token',
      '::stop-commands::t\n::error::a\n##[error]b\n::t::\n::error::c',
      ['error c'],
    ],
    ['a token in the other form', '::stop-commands::t\nx ##[t]\n::error::c', ['error c']],
    ['what is escaped', '::error::a%0Ab%25', ['error a\nb%']],
  ])('obeys %s', (_, output, commands) => {
    expect(named(output)).toEqual(commands);
  });

  it('reads properties in both forms', () => {
    expect(
      runnerCommands('::error file=a%2Cb,line=3::x\n##[error file=a%3Bb;line=3]x').map(({ properties }) => properties),
    ).toEqual([
      { file: 'a,b', line: '3' },
      { file: 'a;b', line: '3' },
    ]);
  });
});
