import { dockerfile } from '../bed.ts';
import type { Ecr } from '../ecr/stand-in.ts';
import { FAST, type StepOptions } from '../job.ts';
import { type Lane, REGISTRIES } from './lane.ts';
import type { Scenario } from './scenario.ts';

/** A build as the steps that its job has. */
export interface Shaped {
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly options: StepOptions;
  readonly ecr: Ecr;
  /** Of the image in each registry. */
  readonly tags: readonly string[];
  /** Full names that it has to have when all has gone well; by digest when there are no tags. */
  readonly names: (digest: string) => string[];
  readonly cacheTag: string;
}

/** File of the image that tells it from all others. */
export const CONTENT_FILE = 'content.txt';

export async function shape(scenario: Scenario, lane: Lane): Promise<Shaped> {
  const { index, shape, content } = scenario;
  const { bed } = lane;
  const tags = shape === 'several tags' || shape === 'run again' ? ['a', 'b', 'c'] : ['a'];
  const names = (shape === 'two registries' ? ['a', 'b'] : tags).map((tag) => `build-${index}-${tag}`);
  const hosts = shape === 'two registries' ? REGISTRIES : [bed.ecr.host];
  const files = { Dockerfile: instructions(scenario, lane), [CONTENT_FILE]: content };
  const served = shape === 'clone' ? await lane.git.addRepository(`build-${index}`, files) : undefined;
  const cacheTag = index % 2 === 0 ? 'buildcache' : `cache-${index}`;
  return {
    files: served === undefined ? files : {},
    inputs: {
      ...bed.inputs,
      imageTag: names.join(','),
      cacheTag,
      ...(shape === 'two registries' ? { imageRegistryPath: REGISTRIES.join('\n') } : {}),
      ...(shape === 'index' ? { platforms: 'linux/amd64,linux/arm64' } : {}),
      ...(shape === 'kept root' ? { buildkitRoot: lane.keptRoot } : {}),
      ...(served === undefined ? {} : { gitCloneUrl: served.url }),
    },
    options: optionsOf(scenario, lane),
    ecr: shape === 'two registries' ? lane.far : bed.ecr,
    tags: names,
    names: () => hosts.flatMap((host) => names.map((tag) => `${host}/app:${tag}`)),
    cacheTag,
  };
}

function optionsOf({ shape, fault }: Scenario, { withRegistries }: Lane): StepOptions {
  const options = shape === 'two registries' ? withRegistries : {};
  return fault.isFast ? { ...options, env: { ...options.env, ...FAST.env } } : options;
}

/** One leg of a matrix: pushed by digest, for the merge. */
export function asLeg(shaped: Shaped, { bed }: Lane, architecture: string): Shaped {
  return {
    ...shaped,
    inputs: { ...shaped.inputs, imageTag: '', pushByDigest: 'true', platforms: `linux/${architecture}` },
    names: (digest) => [`${bed.ecr.host}/app@${digest}`],
  };
}

/** Several platforms are built without an emulator when nothing runs. */
function instructions({ shape, fault }: Scenario, { bed }: Lane): string {
  if (fault.build === 'fails') {
    return dockerfile(bed.baseImage, `COPY ${CONTENT_FILE} /`, 'RUN echo fails && exit 3');
  }
  return shape === 'index' || shape === 'legs and merge'
    ? `FROM scratch\nCOPY ${CONTENT_FILE} /\n`
    : dockerfile(bed.baseImage, `COPY ${CONTENT_FILE} /`, `RUN cat /${CONTENT_FILE} >/built`);
}
