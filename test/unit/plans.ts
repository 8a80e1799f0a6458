import type { BuildInputs } from '../../src/inputs/build.ts';
import type { OutputInputs } from '../../src/inputs/output.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';

export const HOST = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';

/** What a build has of which nothing was asked for. */
export const OUTPUT: OutputInputs = { exporters: [], compression: 'gzip', mediaTypes: 'oci', reproducible: false };
export const BUILD: BuildInputs = {
  target: undefined,
  platforms: [],
  buildArgs: [],
  labels: [],
  annotations: [],
  contexts: [],
  secrets: [],
  ssh: [],
  noCache: [],
  attestations: { provenance: undefined, sbom: undefined },
};

export const PLAN: BuildPlan = {
  context: {
    kind: 'local',
    directory: '/fake/app',
    dockerfile: { directory: '/fake/docker', name: 'Dockerfile.prod' },
  },
  build: BUILD,
  output: OUTPUT,
  cache: { imports: [], exports: [] },
  names: [`${HOST}/nginx:v1`],
  push: true,
  pushByDigest: false,
  imagePlatforms: [],
  indexAnnotations: [],
  indexByDigest: false,
  labels: [],
  vcs: [],
  epoch: undefined,
  builtInFrontend: false,
  forceCompression: false,
  extraArgs: [],
};
