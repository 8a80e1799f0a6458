import { describe, expect, it } from 'vitest';
import { checkWritable, decideTags, movedTags, TAG_POLICIES, type TagState } from '../../../src/plan/existing-tags.ts';
import { formatReference, type Reference } from '../../../src/plan/reference.ts';
import { problemOf } from '../failures.ts';

const A = `sha256:${'0a'.repeat(32)}`;
const B = `sha256:${'1b'.repeat(32)}`;

/** The states of names such as `one.example/app:v1`; undefined: there is no such tag. */
function states(...names: readonly (readonly [name: string, digest: string | undefined])[]): TagState[] {
  return names.map(([name, digest]) => {
    const [path = '', tag = ''] = name.split(':');
    const [host = '', repository = ''] = path.split('/');
    return { reference: { host, repository, tag }, digest };
  });
}

/** One tag in one registry. */
const ONE = 'one.example/app:v1';
/** The same in another one. */
const TWO = 'two.example/app:v1';
const ONE_LATEST = 'one.example/app:latest';
const TWO_LATEST = 'two.example/app:latest';

describe('a build goes on', () => {
  it.each([
    ['overwrite', 'nothing is there', states([ONE, undefined])],
    ['overwrite', 'everything is there', states([ONE, A], [ONE_LATEST, B])],
    ['overwrite', 'the registries differ', states([ONE, A], [TWO, B])],
    ['overwrite', 'there are no names', []],
    ['fail', 'nothing is there', states([ONE, undefined], [TWO, undefined], [ONE_LATEST, undefined])],
    ['fail', 'there are no names', []],
    ['skip', 'nothing is there', states([ONE, undefined], [TWO, undefined])],
    ['skip', 'only a further tag is there', states([ONE, undefined], [ONE_LATEST, A])],
    ['skip', 'only some registries have the first tag', states([ONE, A], [TWO, undefined])],
    ['skip', 'the first registry has it not', states([ONE, undefined], [TWO, A])],
    ['skip', 'there are no names', []],
  ] as const)('%s: %s', (policy, _, tags) => {
    expect(decideTags(policy, tags)).toEqual({ kind: 'proceed' });
  });
});

describe('skip keeps what is there', () => {
  it.each([
    ['one tag', states([ONE, A]), []],
    ['the same image in every registry', states([ONE, A], [TWO, A]), []],
    ['a further tag that is missing', states([ONE, A], [ONE_LATEST, undefined]), [ONE_LATEST]],
    [
      'further tags that are missing in some registries',
      states([ONE, A], [TWO, A], [ONE_LATEST, A], [TWO_LATEST, undefined]),
      [TWO_LATEST],
    ],
    ['a further tag that is another image, which stays', states([ONE, A], [ONE_LATEST, B]), []],
    [
      'a further tag that is another image in one registry',
      states([ONE, A], [TWO, A], [ONE_LATEST, B], [TWO_LATEST, undefined]),
      [TWO_LATEST],
    ],
    [
      'a full reference that is missing',
      states([ONE, A], ['two.example/other:v2', undefined]),
      ['two.example/other:v2'],
    ],
  ])('%s', (_, tags, missing) => {
    const decision = decideTags('skip', tags);
    expect(decision).toMatchObject({ kind: 'keep', digest: A });
    expect(decision.kind === 'keep' && decision.missing.map(formatReference)).toEqual(missing);
  });

  it('but not when the registries differ', async () => {
    expect(await problemOf(() => decideTags('skip', states([ONE, A], [TWO, B])))).toEqual({
      code: 'tag-exists',
      message: `imageTag: the tag exists in every registry, but is not the same image: ${ONE} is ${A}, ${TWO} is ${B}.`,
      hint: 'Remove the wrong ones, choose another tag, or ifTagExists: overwrite.',
    });
  });
});

describe('fail ends', () => {
  it.each([
    ['the first tag', states([ONE, A]), ONE],
    ['a further tag', states([ONE, undefined], [ONE_LATEST, A]), ONE_LATEST],
    ['one registry', states([ONE, undefined], [TWO, A], [ONE_LATEST, undefined]), TWO],
    ['the first of several', states([ONE, A], [TWO, A], [ONE_LATEST, A]), ONE],
  ])('with %s', async (_, tags, named) => {
    expect(await problemOf(() => decideTags('fail', tags))).toEqual({
      code: 'tag-exists',
      message: `imageTag: ${named} exists (${A}), and ifTagExists is fail.`,
      hint: 'Choose another tag, or ifTagExists: skip to end with the image that is there.',
    });
  });
});

describe('tags that can be written', () => {
  const references = states([ONE, A], [TWO, A]).map(({ reference }) => reference);

  it.each([
    ['all of them can', [true, true]],
    ['nobody knows', [undefined, undefined]],
    ['nobody knows of one', [undefined, true]],
    ['there are none', []],
  ])('are not refused when %s', (_, answers) => {
    const asked = references.slice(0, answers.length);
    const isMutable = (reference: Reference) => answers[references.indexOf(reference)];
    expect(() => checkWritable(asked, { policy: 'overwrite', first: 'v1', isMutable })).not.toThrow();
  });

  it.each([
    ['the first one', [false, true], ONE],
    ['the other one', [true, false], TWO],
    ['the other one, and nobody knows of the first', [undefined, false], TWO],
    ['both', [false, false], ONE],
  ])('are refused for %s', async (_, answers, named) => {
    const isMutable = (reference: Reference) => answers[references.indexOf(reference)];
    expect(await problemOf(() => checkWritable(references, { policy: 'overwrite', first: 'v1', isMutable }))).toEqual({
      code: 'tag-immutable',
      message: `imageTag: ${named} exists, and tags of app are immutable.`,
      hint: 'Choose another tag, or ifTagExists: skip to end with the image that is there, or fail to stop at any tag that exists.',
    });
  });
});

it.each([
  ['overwrite', 'v1', /ifTagExists: skip to end with the image that is there/],
  ['skip', 'v1', /Another registry does not have it/],
  ['skip', 'v0', /skip asks for the first tag only/],
  [
    'overwrite',
    'v0',
    /skip asks for the first tag only \(fail for all of them\): leave this one out, or exclude it from/,
  ],
] as const)('the way out with %s when the first tag is %s', async (policy, first, hint) => {
  const references = states([ONE, A]).map(({ reference }) => reference);
  const problem = await problemOf(() => checkWritable(references, { policy, first, isMutable: () => false }));
  expect(problem.hint).toMatch(hint);
});

it('tags that would move', () => {
  const tags = states([ONE, A], [TWO, B], [ONE_LATEST, undefined], [TWO_LATEST, B]);
  expect(movedTags(tags, A).map(formatReference)).toEqual([TWO, TWO_LATEST]);
  expect(movedTags(tags, B).map(formatReference)).toEqual([ONE]);
  expect(movedTags([], A)).toEqual([]);
});

it('the policies are those of the documentation', () => {
  expect(TAG_POLICIES).toEqual(['overwrite', 'skip', 'fail']);
});
