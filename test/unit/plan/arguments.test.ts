import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BuildPlan, buildctlArguments, csv } from '../../../src/plan/arguments.ts';
import { parseCsv } from './csv.ts';

const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const DAEMON = { address: 'unix:///run/fake/bk.sock', metadataFile: '/fake/metadata.json' };
const PLAN: BuildPlan = {
  context: { directory: '/fake/app', dockerfile: { directory: '/fake/docker', name: 'Dockerfile.prod' } },
  names: [`${HOST}/nginx:v1`],
  push: true,
  extraArgs: [],
};

function outputOf(plan: BuildPlan): string {
  const args = buildctlArguments(plan, DAEMON);
  return args[args.indexOf('--output') + 1] ?? '';
}

describe('arguments of buildctl', () => {
  it('are these', () => {
    expect(buildctlArguments({ ...PLAN, extraArgs: ['--opt', 'target=prod stage', '--no-cache'] }, DAEMON)).toEqual([
      '--addr',
      'unix:///run/fake/bk.sock',
      'build',
      '--progress',
      'plain',
      '--frontend',
      'dockerfile.v0',
      '--local',
      'context=/fake/app',
      '--local',
      'dockerfile=/fake/docker',
      '--opt',
      'filename=Dockerfile.prod',
      '--output',
      `type=image,name=${HOST}/nginx:v1,push=true,oci-mediatypes=true,oci-artifact=false`,
      '--metadata-file',
      '/fake/metadata.json',
      '--opt',
      'target=prod stage',
      '--no-cache',
    ]);
  });

  it.each([
    [
      'several names',
      { names: [`${HOST}/nginx:v1`, `${HOST}/nginx:v2`] },
      `type=image,"name=${HOST}/nginx:v1,${HOST}/nginx:v2",push=true,oci-mediatypes=true,oci-artifact=false`,
    ],
    ['no push', { push: false }, `type=image,name=${HOST}/nginx:v1,push=false,oci-mediatypes=true,oci-artifact=false`],
    ['no name', { names: [], push: false }, 'type=image,push=false,oci-mediatypes=true,oci-artifact=false'],
  ])('with %s', (_, change, output) => {
    expect(outputOf({ ...PLAN, ...change })).toBe(output);
  });

  it('keep equals signs, commas and spaces of paths as they are', () => {
    const context = { directory: '/fake/a=b, c', dockerfile: { directory: '/fake/d,e', name: 'Docker=file,x' } };
    expect(buildctlArguments({ ...PLAN, context }, DAEMON)).toEqual(
      expect.arrayContaining(['context=/fake/a=b, c', 'dockerfile=/fake/d,e', 'filename=Docker=file,x']),
    );
  });
});

describe('CSV', () => {
  it.each([
    ['plain fields', ['type=image', 'push=true'], 'type=image,push=true'],
    ['a comma', ['type=image', 'name=a:1,b:2', 'push=true'], 'type=image,"name=a:1,b:2",push=true'],
    ['quotes', ['annotation.note=a,b "q" c'], '"annotation.note=a,b ""q"" c"'],
    ['a line break', ['a\nb', 'c\rd'], '"a\nb","c\rd"'],
    ['an empty field', ['a', '', 'b'], 'a,,b'],
  ])('of %s', (_, fields, text) => {
    expect(csv(fields)).toBe(text);
    expect(parseCsv(text)).toEqual(fields);
  });

  it('parses back', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '=', ' ', ',', '"', '\r', '\n', 'é') });
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        expect(parseCsv(csv(fields))).toEqual(fields);
      }),
    );
  });

  it.each(['name="a,b"', '"a"b', '"a', 'a\nb', 'a"'])(
    'the reader of this test refuses %j, as BuildKit does',
    (text) => {
      expect(() => parseCsv(text)).toThrow('not CSV');
    },
  );
});
