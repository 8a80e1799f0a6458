import { describe, expect, it } from 'vitest';
import { drawScenario } from '../../support/soak/scenario.ts';
import { isBad } from '../../support/soak/table.ts';
import { claimsOf, type Evidence, judge } from '../../support/soak/verdict.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const OTHER = `sha256:${'b'.repeat(64)}`;
const NAMES = ['127.0.0.1:5000/app:one', '127.0.0.1:5000/app:two'];

/** A step that has done all that it should. */
const GOOD: Evidence = {
  exitCode: 0,
  errors: [],
  codes: [],
  warnings: [],
  digest: DIGEST,
  names: NAMES,
  stored: new Map(NAMES.map((name) => [name, DIGEST])),
  content: 'own',
  moved: new Map(),
};

/** A step that has failed, and says so. */
const FAILED: Evidence = {
  ...GOOD,
  exitCode: 1,
  errors: ['push-denied: no'],
  codes: ['push-denied'],
  digest: undefined,
  content: 'missing',
  stored: new Map(NAMES.map((name) => [name, undefined])),
};

const storing = (digest: string | undefined) =>
  new Map([
    [NAMES[0] ?? '', DIGEST],
    [NAMES[1] ?? '', digest],
  ] as const);

describe('a step that reports success', () => {
  it('has succeeded when everything is there', () => {
    expect(judge(GOOD, 'nothing')).toEqual({ verdict: 'succeeded', why: '' });
  });

  it.each<[string, Partial<Evidence>]>([
    ['a tag is missing', { stored: storing(undefined) }],
    ['a tag is another image', { stored: storing(OTHER) }],
    ['the image is not there', { content: 'missing' }],
    ['the image has the files of another build', { content: 'foreign' }],
    ['no digest is reported', { digest: undefined }],
    [
      'another job has moved a tag before the step looked at it, and the log is silent',
      { stored: storing(OTHER), moved: new Map([[NAMES[1] ?? '', { to: OTHER, wasSeen: true }]]) },
    ],
    [
      'another job has moved a tag, and a third image is there',
      {
        stored: storing(`sha256:${'c'.repeat(64)}`),
        moved: new Map([[NAMES[1] ?? '', { to: OTHER, wasSeen: false }]]),
      },
    ],
  ])('has lost an image when %s', (_, evidence) => {
    expect(judge({ ...GOOD, ...evidence }, 'failure').verdict).toBe('lost');
  });

  it('has lost nothing when another job has moved a tag, and a warning says so', () => {
    const moved = new Map([[NAMES[1] ?? '', { to: OTHER, wasSeen: true }]]);
    const warnings = [`${NAMES[1]} is ${OTHER} by now`];
    expect(judge({ ...GOOD, stored: storing(OTHER), moved, warnings }, 'nothing').verdict).toBe('succeeded');
  });

  it('is wrong where only a failure is right', () => {
    expect(judge(GOOD, 'success').verdict).toBe('lost');
  });
});

describe('a step that fails', () => {
  it('is right when a fault excuses it and its error says so', () => {
    expect(judge(FAILED, 'failure').verdict).toBe('told');
  });

  it.each<[string, Partial<Evidence>]>([
    ['says nothing', { errors: [], codes: [] }],
    ['says it twice', { errors: ['one', 'two'], codes: ['one', 'two'] }],
    ['has no code', { codes: [] }],
    ['is ended by a signal', { exitCode: null }],
  ])('is not told when it %s', (_, evidence) => {
    expect(judge({ ...FAILED, ...evidence }, 'failure').verdict).toBe('untold');
  });

  it('may be ended by a signal that was sent to it', () => {
    expect(judge({ ...FAILED, exitCode: null, errors: [], codes: [] }, 'death').verdict).toBe('ended');
  });

  it('has no reason when no fault excuses it', () => {
    expect(judge(FAILED, 'nothing').verdict).toBe('unexcused');
  });

  it.each([`${NAMES[0]} is this image (${DIGEST})`, `${NAMES[0]} is another image (${OTHER})`])(
    'has lost an image when it says what is not so: %s',
    (line) => {
      const errors = [`${FAILED.errors[0]}\nWhat is there now:\n${line}\nCorrect it.`];
      expect(judge({ ...FAILED, errors }, 'failure').verdict).toBe('lost');
    },
  );
});

it('reads what an error says of names', () => {
  const text = `No.\nWhat is there now:\n${NAMES[0]} is not there\n${NAMES[1]} is this image (${DIGEST})\nMore: https://example.com/a:b`;
  expect(claimsOf(text)).toEqual([
    { name: NAMES[0], digest: undefined },
    { name: NAMES[1], digest: DIGEST },
  ]);
});

it('takes a build for bad that is lost, or has left something', () => {
  const scenario = drawScenario({ seed: 1, index: 1 });
  const outcome = { scenario, hasHit: true, judgements: [judge(GOOD, 'nothing')], leaks: [], milliseconds: 1, log: '' };
  expect(isBad(outcome)).toBe(false);
  expect(isBad({ ...outcome, leaks: ['a process'] })).toBe(true);
  expect(isBad({ ...outcome, judgements: [judge(GOOD, 'nothing'), judge(FAILED, 'nothing')] })).toBe(true);
});

it('draws the same build again from seed and number', () => {
  const draw = (index: number) => {
    const { fault, random, ...scenario } = drawScenario({ seed: 3, index });
    return { ...scenario, fault: fault.name, next: random.integer(0, 1e9) };
  };
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(6));
});
