import { describe, expect, it } from 'vitest';
import type { BuildInputs } from '../../../src/inputs/build.ts';
import { buildctlArguments } from '../../../src/plan/arguments.ts';
import type { BuildPlan } from '../../../src/plan/build-plan.ts';
import { parseExporter } from '../../../src/plan/exporters.ts';
import { BUILD, HOST, OUTPUT, PLAN } from '../plans.ts';

const FILES = {
  metadata: '/fake/metadata.json',
  cacheMetrics: '/fake/metrics.txt',
  trace: '/fake/trace.jsonl',
  secrets: new Map<string, string>(),
};
const DAEMON = { connection: ['--addr', 'unix:///run/fake/bk.sock'], files: FILES };
const FORM = 'oci-mediatypes=true,oci-artifact=false,compression=gzip';

/** The values of a flag, in their order. */
function valuesOf(flag: string, plan: BuildPlan, files = FILES): string[] {
  const args = buildctlArguments(plan, { ...DAEMON, files });
  return args.filter((_, index) => args[index - 1] === flag);
}

function optionsOf(build: Partial<BuildInputs>, plan: Partial<BuildPlan> = {}): string[] {
  return valuesOf('--opt', { ...PLAN, ...plan, build: { ...BUILD, ...build } }).slice(1);
}

describe('arguments of buildctl', () => {
  it('are these', () => {
    expect(buildctlArguments({ ...PLAN, extraArgs: ['--opt', 'target=prod stage', '--no-cache'] }, DAEMON)).toEqual([
      ...['--addr', 'unix:///run/fake/bk.sock', 'build', '--progress', 'plain', '--frontend', 'dockerfile.v0'],
      ...['--local', 'context=/fake/app', '--local', 'dockerfile=/fake/docker', '--opt', 'filename=Dockerfile.prod'],
      ...['--output', `type=image,name=${HOST}/nginx:v1,push=true,${FORM}`],
      ...['--metadata-file', '/fake/metadata.json', '--debug-json-cache-metrics', '/fake/metrics.txt'],
      ...['--trace', '/fake/trace.jsonl'],
      ...['--opt', 'target=prod stage', '--no-cache'],
    ]);
  });

  it('of everything together', () => {
    const registry = new Map(Object.entries({ type: 'registry', ref: `${HOST}/nginx:buildcache-amd64` }));
    const plan: BuildPlan = {
      ...PLAN,
      build: {
        target: 'prod',
        platforms: ['linux/amd64', 'linux/arm64'],
        buildArgs: [{ key: 'A', value: 'b=c, "d" é' }],
        labels: [],
        annotations: [
          { level: undefined, platform: undefined, key: 'note', value: 'a,b "q" c' },
          { level: 'index', platform: undefined, key: 'x', value: 'y' },
          { level: 'manifest', platform: 'linux/arm64', key: 'z', value: '' },
        ],
        contexts: [
          { name: 'base', source: 'docker-image://alpine:3', directory: undefined },
          { name: 'lib', source: 'local:lib', directory: '/fake/lib' },
        ],
        secrets: [{ id: 'npm', value: 'fake-token' }],
        ssh: ['default', 'deploy=/fake/key'],
        noCache: ['build', 'test'],
        attestations: { provenance: 'mode=max', sbom: 'generator=a.example/scanner:1' },
      },
      output: {
        exporters: [new Map(Object.entries({ type: 'oci', dest: '/fake/a,b.tar' }))],
        compression: 'zstd',
        mediaTypes: 'oci',
        reproducible: true,
      },
      cache: { imports: [registry], exports: [new Map([...registry, ['mode', 'max']])] },
      names: [`${HOST}/nginx:v1`, `${HOST}/nginx:v2`],
      push: true,
      pushByDigest: false,
      labels: [{ key: 'org.example.x', value: 'a=b, c' }],
      vcs: [{ key: 'source', value: 'https://github.example/acme/shop' }],
      epoch: 0,
      builtInFrontend: true,
      forceCompression: true,
      extraArgs: ['--allow', 'network.host'],
    };
    const files = { ...FILES, secrets: new Map([['npm', '/fake/secrets/0,"1"']]) };
    expect(buildctlArguments(plan, { ...DAEMON, files })).toEqual([
      ...['--addr', 'unix:///run/fake/bk.sock', 'build', '--progress', 'plain', '--frontend', 'dockerfile.v0'],
      ...['--local', 'context=/fake/app', '--local', 'dockerfile=/fake/docker', '--opt', 'filename=Dockerfile.prod'],
      ...['--opt', 'context:base=docker-image://alpine:3'],
      ...['--opt', 'context:lib=local:lib', '--local', 'lib=/fake/lib'],
      ...['--opt', 'target=prod', '--opt', 'platform=linux/amd64,linux/arm64'],
      ...['--opt', 'build-arg:A=b=c, "d" é', '--opt', 'build-arg:SOURCE_DATE_EPOCH=0'],
      ...['--opt', 'label:org.example.x=a=b, c', '--opt', 'no-cache=build,test'],
      ...['--opt', 'attest:provenance=mode=max', '--opt', 'attest:sbom=generator=a.example/scanner:1'],
      ...['--opt', 'vcs:source=https://github.example/acme/shop', '--opt', 'cmdline=builtin'],
      ...['--secret', 'id=npm,"src=/fake/secrets/0,""1"""'],
      ...['--ssh', 'default', '--ssh', 'deploy=/fake/key'],
      ...['--import-cache', `type=registry,ref=${HOST}/nginx:buildcache-amd64`],
      ...['--export-cache', `type=registry,ref=${HOST}/nginx:buildcache-amd64,mode=max`],
      ...['--output', 'type=oci,"dest=/fake/a,b.tar",compression=zstd,force-compression=true'],
      '--output',
      `type=image,"name=${HOST}/nginx:v1,${HOST}/nginx:v2",push=true,oci-mediatypes=true,oci-artifact=false,` +
        'compression=zstd,force-compression=true,rewrite-timestamp=true,' +
        '"annotation.note=a,b ""q"" c",annotation-index.x=y,annotation-manifest[linux/arm64].z=',
      ...['--metadata-file', '/fake/metadata.json', '--debug-json-cache-metrics', '/fake/metrics.txt'],
      ...['--trace', '/fake/trace.jsonl'],
      ...['--allow', 'network.host'],
    ]);
  });

  it('never hold the value of a secret', () => {
    const build = { ...BUILD, secrets: [{ id: 'npm', value: 'fake-token' }] };
    const files = { ...FILES, secrets: new Map([['npm', '/fake/secrets/0']]) };
    expect(valuesOf('--secret', { ...PLAN, build }, files)).toEqual(['id=npm,src=/fake/secrets/0']);
    expect(buildctlArguments({ ...PLAN, build }, { ...DAEMON, files }).join(' ')).not.toContain('fake-token');
  });
});

describe('the image exporter', () => {
  const NAME = `name=${HOST}/nginx:v1`;
  it.each([
    [
      'several names',
      { names: [`${HOST}/nginx:v1`, `${HOST}/nginx:v2`] },
      `type=image,"name=${HOST}/nginx:v1,${HOST}/nginx:v2",push=true,${FORM}`,
    ],
    [
      'no tag',
      { names: [`${HOST}/nginx`], pushByDigest: true },
      `type=image,name=${HOST}/nginx,push=true,push-by-digest=true,${FORM}`,
    ],
    ['no push', { push: false }, `type=image,${NAME},push=false,${FORM}`],
    ['no name', { names: [], push: false }, `type=image,push=false,${FORM}`],
    [
      "Docker's media types",
      { output: { ...OUTPUT, mediaTypes: 'docker' } as const },
      `type=image,${NAME},push=true,oci-mediatypes=false,oci-artifact=false,compression=gzip`,
    ],
    ['forced compression', { forceCompression: true }, `type=image,${NAME},push=true,${FORM},force-compression=true`],
    ['the beginning of time', { epoch: 0 }, `type=image,${NAME},push=true,${FORM},rewrite-timestamp=true`],
  ])('with %s', (_, change, output) => {
    expect(valuesOf('--output', { ...PLAN, ...change })).toEqual([output]);
  });

  it.each([
    ['type=oci,dest=/fake/out', 'type=oci,dest=/fake/out,compression=gzip,force-compression=true'],
    ['type=oci,dest=/fake/out,compression=zstd', 'type=oci,dest=/fake/out,compression=zstd'],
    ['type=docker,dest=/fake/out', 'type=docker,dest=/fake/out'],
    ['type=image,name=a.example/b', 'type=image,name=a.example/b'],
  ])('beside %s, with forced compression, gives that its own where it is an archive without one', (entry, output) => {
    const plan = { ...PLAN, forceCompression: true, output: { ...OUTPUT, exporters: [parseExporter(entry)] } };
    expect(valuesOf('--output', plan)[0]).toBe(output);
  });

  it('is the last of several, so that the metadata are its own', () => {
    const exporters = [new Map([['type', 'image']]), new Map(Object.entries({ type: 'local', dest: '/fake/out' }))];
    const outputs = valuesOf('--output', { ...PLAN, output: { ...OUTPUT, exporters } });
    expect(outputs).toEqual(['type=image', 'type=local,dest=/fake/out', `type=image,${NAME},push=true,${FORM}`]);
  });
});

describe('contexts', () => {
  it('keep equals signs, commas and spaces of paths as they are', () => {
    const context = {
      kind: 'local',
      directory: '/fake/a=b, c',
      dockerfile: { directory: '/fake/d,e', name: 'Docker=file,x' },
    } as const;
    expect(valuesOf('--local', { ...PLAN, context })).toEqual(['context=/fake/a=b, c', 'dockerfile=/fake/d,e']);
    expect(valuesOf('--opt', { ...PLAN, context })).toEqual(['filename=Docker=file,x']);
  });

  it('may be fetched by BuildKit', () => {
    const context = { kind: 'remote', url: 'https://a.example/b.git?x=1#main:app', dockerfile: 'docker/prod' } as const;
    expect(valuesOf('--local', { ...PLAN, context })).toEqual([]);
    expect(valuesOf('--opt', { ...PLAN, context })).toEqual([`context=${context.url}`, 'filename=docker/prod']);
  });

  it.each(['context', 'dockerfile'])('of the name %s leave that of the build alone', (name) => {
    const contexts = [{ name, source: `local:_${name}`, directory: '/fake/other' }];
    const plan = { ...PLAN, build: { ...BUILD, contexts } };
    expect(valuesOf('--local', plan)).toEqual(['context=/fake/app', 'dockerfile=/fake/docker', `_${name}=/fake/other`]);
  });
});

describe('options of the frontend', () => {
  it.each([
    ['nothing', {}, {}, []],
    ['no cache at all', { noCache: 'all' } as const, {}, ['no-cache=']],
    ['a stage without cache', { noCache: ['build'] }, {}, ['no-cache=build']],
    ['one platform', { platforms: ['linux/arm/v7'] }, {}, ['platform=linux/arm/v7']],
    ['an empty value', { buildArgs: [{ key: 'A', value: '' }] }, {}, ['build-arg:A=']],
    ['a line break', { buildArgs: [{ key: 'A', value: 'b\nc' }] }, {}, ['build-arg:A=b\nc']],
    ['no provenance, so no source', {}, { vcs: [{ key: 'source', value: 'x' }] }, []],
    ['a date', {}, { epoch: 1_790_000_000 }, ['build-arg:SOURCE_DATE_EPOCH=1790000000']],
  ])('of %s', (_, build, plan, options) => {
    expect(optionsOf(build, plan)).toEqual(options);
  });
});
