import { expect, it } from 'vitest';
import { readShown } from '../../src/inputs/shown.ts';

it('names image and platforms, and values of build arguments', () => {
  const env = {
    INPUT_IMAGESHORTNAME: ' team/app ',
    INPUT_PLATFORMS: 'linux/amd64,linux/arm64',
    INPUT_BUILDARGS: 'A=1=2\nB=x',
    INPUT_EXTRAARGS: '--opt build-arg:C="a b" --opt=build-arg:D=d --opt label:x=y',
    INPUT_SUMMARY: 'false',
  };
  expect(readShown(env)).toEqual({
    summary: false,
    name: 'team/app · linux/amd64, linux/arm64',
    buildArguments: ['1=2', 'x', 'a b', 'd'],
  });
});

it('finds fault with nothing, and repeats nothing that is no name', () => {
  const env = {
    INPUT_IMAGESHORTNAME: '<b>x</b>',
    INPUT_PLATFORMS: '`x`',
    INPUT_EXTRAARGS: '"open',
    INPUT_SUMMARY: 'maybe',
  };
  expect(readShown(env)).toEqual({ summary: true, name: 'buildkit-aws', buildArguments: [] });
  expect(readShown({})).toEqual({ summary: true, name: 'buildkit-aws', buildArguments: [] });
});
