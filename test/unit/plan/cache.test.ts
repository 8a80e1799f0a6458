import { describe, expect, it } from 'vitest';
import { type CacheInputs, planCache } from '../../../src/plan/cache.ts';
import { parseReference } from '../../../src/plan/reference.ts';

const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const OTHER = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/caches/all:v2';
const DEFAULT: CacheInputs = { mode: 'registry', tag: 'buildcache', from: undefined, to: undefined };
const OPTIONS = {
  imageShortName: 'nginx',
  repository: { host: HOST, repository: 'team/nginx' },
  image: { host: HOST, repository: 'team/nginx', tag: 'v1' },
  platforms: ['linux/amd64'],
  exporting: true,
} as const;
const FORM = 'mode=max image-manifest=true oci-mediatypes=true compression=zstd ignore-error=true';

type Options = Parameters<typeof planCache>[1];

function plan(inputs: Partial<CacheInputs>, options: Partial<Options> = {}) {
  const { imports, exports } = planCache({ ...DEFAULT, ...inputs }, { ...OPTIONS, ...options });
  const format = (entry: ReadonlyMap<string, string>) => [...entry].map((pair) => pair.join('=')).join(' ');
  return { imports: imports.map(format), exports: exports.map(format) };
}

function refs(...tags: readonly string[]): string[] {
  return tags.map((tag) => `type=registry ref=${tag.includes('/') ? tag : `${HOST}/team/nginx:${tag}`}`);
}

describe('cache: registry', () => {
  const TWO = ['linux/amd64', 'linux/arm64'] as const;
  it.each([
    ['one platform', {}, {}, ['buildcache-amd64', 'buildcache'], 'buildcache-amd64'],
    [
      'one platform with a variant',
      {},
      { platforms: ['linux/arm/v7'] as const },
      ['buildcache-arm-v7', 'buildcache'],
      'buildcache-arm-v7',
    ],
    ['several platforms', {}, { platforms: TWO }, ['buildcache-amd64', 'buildcache-arm64', 'buildcache'], 'buildcache'],
    ['another tag', { tag: 'cache' }, {}, ['cache-amd64', 'cache'], 'cache-amd64'],
    ['another repository', { tag: parseReference(OTHER, 'cacheTag') }, {}, [`${OTHER}-amd64`, OTHER], `${OTHER}-amd64`],
    [
      'another repository and several platforms',
      { tag: parseReference(OTHER, 'cacheTag') },
      { platforms: TWO },
      [`${OTHER}-amd64`, `${OTHER}-arm64`, OTHER],
      OTHER,
    ],
  ])('with %s', (_, inputs, options, imported, exported) => {
    expect(plan(inputs, options)).toEqual({
      imports: refs(...imported),
      exports: refs(exported).map((ref) => `${ref} ${FORM}`),
    });
  });

  it('needs a registry', () => {
    expect(plan({}, { repository: undefined, image: undefined })).toEqual({ imports: [], exports: [] });
  });

  it('needs no tag of the image', () => {
    expect(plan({}, { image: undefined })).toEqual(plan({}));
  });

  it('may have its own registry', () => {
    expect(
      plan({ tag: parseReference(OTHER, 'cacheTag') }, { repository: undefined, image: undefined }).imports,
    ).toEqual(refs(`${OTHER}-amd64`, OTHER));
  });
});

describe('cache: gha', () => {
  const EXPORT = 'mode=max compression=zstd ignore-error=true';
  it.each([
    ['one platform', ['linux/arm64'] as const, 'nginx-arm64'],
    ['several platforms', ['linux/amd64', 'linux/arm64'] as const, 'nginx'],
  ])('has a scope for %s', (_, platforms, scope) => {
    expect(plan({ mode: 'gha' }, { platforms })).toEqual({
      imports: [`type=gha scope=${scope}`],
      exports: [`type=gha scope=${scope} ${EXPORT}`],
    });
  });
});

describe('cache: inline', () => {
  it('imports the first tag, then latest', () => {
    expect(plan({ mode: 'inline' })).toEqual({ imports: refs('v1', 'latest'), exports: ['type=inline'] });
  });

  it('imports latest once', () => {
    expect(plan({ mode: 'inline' }, { image: { ...OPTIONS.image, tag: 'latest' } }).imports).toEqual(refs('latest'));
  });

  it('imports nothing without a name', () => {
    expect(plan({ mode: 'inline' }, { image: undefined }).imports).toEqual([]);
  });
});

describe('a run that may not export', () => {
  it.each([
    ['registry', refs('buildcache-amd64', 'buildcache'), []],
    ['gha', ['type=gha scope=nginx-amd64'], []],
    ['inline', refs('v1', 'latest'), ['type=inline']],
    ['none', [], []],
  ] as const)('still imports: %s', (mode, imports, exports) => {
    expect(plan({ mode }, { exporting: false })).toEqual({ imports, exports });
  });

  it('exports what cacheTo says', () => {
    const to = [new Map(Object.entries({ type: 'gha', scope: 'x' }))];
    expect(plan({ to }, { exporting: false }).exports).toEqual(['type=gha scope=x ignore-error=true']);
    const strict = [new Map(Object.entries({ type: 'gha', 'ignore-error': 'false' }))];
    expect(plan({ to: strict }).exports).toEqual(['type=gha ignore-error=false']);
  });
});

describe('cacheFrom and cacheTo', () => {
  const entries = [new Map(Object.entries({ type: 'local', src: '/fake' })), new Map([['type', 'gha']])];
  const TEXTS = ['type=local src=/fake', 'type=gha'];
  const TOLERANT = TEXTS.map((text) => `${text} ignore-error=true`);
  it('each replace their half', () => {
    expect(plan({ from: entries })).toEqual({ imports: TEXTS, exports: [`${refs('buildcache-amd64')[0]} ${FORM}`] });
    expect(plan({ to: entries })).toEqual({ imports: refs('buildcache-amd64', 'buildcache'), exports: TOLERANT });
    expect(plan({ from: entries, to: entries })).toEqual({ imports: TEXTS, exports: TOLERANT });
  });

  it('may replace it by nothing', () => {
    expect(plan({ from: [], to: [] })).toEqual({ imports: [], exports: [] });
  });
});

it('cache: none does nothing', () => {
  expect(plan({ mode: 'none' })).toEqual({ imports: [], exports: [] });
});
