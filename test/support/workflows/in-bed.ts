import { CREDENTIALS } from '../account.ts';
import type { Bed } from '../bed.ts';
import { memberOf, readImageConfig, readIndex } from '../built.ts';
import { readLayerFile } from '../oci.ts';
import type { Texts, WorkflowRun } from './run.ts';
import { runWorkflow, type WorkflowOptions } from './workflow.ts';

/**
 * What is built: an image without a RUN, which any machine builds for any platform. What is in it says for which one it was
 * built, so a leg that builds for another one than it should is seen.
 */
export const SOURCES: Texts = {
  Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH.txt /platform.txt\n',
  'amd64.txt': 'for amd64',
  'arm64.txt': 'for arm64',
};

const WORKFLOW = '.github/workflows/workflow.yml';

/** Runs the text of a workflow against the stand-in of ECR, in a repository with SOURCES and further files. */
export function runIn(
  bed: Bed,
  text: string,
  { files = {}, ...options }: Partial<WorkflowOptions> = {},
): Promise<WorkflowRun> {
  return runWorkflow({
    workflow: WORKFLOW,
    files: { ...SOURCES, ...files, [WORKFLOW]: text },
    open: bed.job,
    provided: { buildkitPath: bed.toolchain.directory },
    secrets: { AWS_CREDENTIALS: CREDENTIALS },
    ...options,
  });
}

export interface Member {
  readonly digest: string;
  readonly architecture: string;
  readonly text: string | undefined;
}

/** The images of an index in the registry, by the platform that the index says. @throws Error when it is no index */
export async function membersOf(bed: Bed, repository: string, reference: string): Promise<Record<string, Member>> {
  const index = { registryUrl: bed.registry.url, repository, reference };
  const { mediaType, manifests } = await readIndex(index);
  if (mediaType !== 'application/vnd.oci.image.index.v1+json') {
    throw new Error(`${repository}:${reference} is ${mediaType}`);
  }
  const members = manifests.map(async ({ digest, platform }) => {
    const image = await memberOf(index, platform?.architecture ?? '');
    const { architecture } = await readImageConfig(image);
    const text = await readLayerFile({ ...image, path: 'platform.txt' });
    return [`${platform?.os}/${platform?.architecture}`, { digest, architecture, text }];
  });
  return Object.fromEntries(await Promise.all(members));
}

/** What SOURCES become for both platforms, with the digests that they are to have. */
export function bothOf(digests: { readonly amd64: string | undefined; readonly arm64: string | undefined }) {
  return {
    'linux/amd64': { digest: digests.amd64, architecture: 'amd64', text: 'for amd64' },
    'linux/arm64': { digest: digests.arm64, architecture: 'arm64', text: 'for arm64' },
  };
}
