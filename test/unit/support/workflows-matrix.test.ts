import { expect, it } from 'vitest';
import { expandMatrix } from '../../support/workflows/matrix.ts';

it('is one leg without values where there is no matrix', () => {
  expect(expandMatrix(null)).toEqual([{}]);
});

it('combines all values, the last vector fastest', () => {
  expect(expandMatrix({ arch: ['amd64', 'arm64'], stage: ['a', 'b'] })).toEqual([
    { arch: 'amd64', stage: 'a' },
    { arch: 'amd64', stage: 'b' },
    { arch: 'arm64', stage: 'a' },
    { arch: 'arm64', stage: 'b' },
  ]);
});

it('makes a leg of each entry of include where there is nothing else', () => {
  const include = [
    { arch: 'amd64', runner: 'x' },
    { arch: 'arm64', runner: 'y' },
  ];
  expect(expandMatrix({ include })).toEqual(include);
});

it('extends the legs that an entry of include agrees with, and adds the others', () => {
  // The example of GitHub's documentation, "Expanding or adding matrix configurations".
  const matrix = {
    fruit: ['apple', 'pear'],
    animal: ['cat', 'dog'],
    include: [
      { color: 'green' },
      { color: 'pink', animal: 'cat' },
      { fruit: 'apple', shape: 'circle' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ],
  };
  expect(expandMatrix(matrix)).toEqual([
    { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
    { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
    { fruit: 'pear', animal: 'cat', color: 'pink' },
    { fruit: 'pear', animal: 'dog', color: 'green' },
    { fruit: 'banana' },
    { fruit: 'banana', animal: 'cat' },
  ]);
});

it('leaves out what exclude names, also by some of its values', () => {
  const matrix = {
    arch: ['amd64', 'arm64'],
    stage: ['a', 'b'],
    exclude: [{ arch: 'arm64', stage: 'b' }, { stage: 'a' }],
  };
  expect(expandMatrix(matrix)).toEqual([{ arch: 'amd64', stage: 'b' }]);
});

it('compares values that are objects by what is in them', () => {
  const matrix = { on: [{ arch: 'amd64' }, { arch: 'arm64' }], include: [{ on: { arch: 'arm64' }, slow: true }] };
  expect(expandMatrix(matrix)).toEqual([{ on: { arch: 'amd64' } }, { on: { arch: 'arm64' }, slow: true }]);
});

it.each([
  ['without any leg', { arch: ['amd64'], exclude: [{ arch: 'amd64' }] }, 'at least one leg'],
  ['with a vector that is no list', { arch: 'amd64' }, 'arch of a matrix is a list'],
  ['with an entry that is no mapping', { include: ['amd64'] }, 'include of a matrix holds mappings'],
  ['that is a list', ['amd64'], 'A matrix is a mapping'],
] as const)('refuses a matrix %s', (_, matrix, said) => {
  expect(() => expandMatrix(matrix)).toThrow(said);
});
