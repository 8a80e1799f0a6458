/** What a request under /v2/ asks for. */
export interface RegistryPath {
  readonly repository: string;
  /** What follows the name, for example "manifests/latest" or "blobs/uploads/". */
  readonly rest: string;
  /** The tag or digest of a manifest; undefined for everything else. */
  readonly reference: string | undefined;
}

/** @returns undefined for what is about no repository */
export function parseRegistryPath(path: string): RegistryPath | undefined {
  const parts = /^\/v2\/(.+?)\/((?:manifests|referrers)\/[^/]+|blobs\/uploads\/?[^/]*|blobs\/[^/]+|tags\/list)$/.exec(
    path,
  );
  const [, repository, rest] = parts ?? [];
  if (repository === undefined || rest === undefined) {
    return undefined;
  }
  return { repository, rest, reference: /^manifests\/(.+)$/.exec(rest)?.[1] };
}

/**
 * The IAM action that ECR checks for a request to its registry, without prefix ("Private repository policy" and
 * "Pushing an image" in the Amazon ECR User Guide). Undefined for methods that ECR's registry does not offer.
 */
export function registryAction(method: string, { rest }: RegistryPath): string | undefined {
  const [kind] = rest.split('/');
  const isUpload = rest.startsWith('blobs/uploads');
  const actions: Readonly<Record<string, string>> = {
    'GET manifests': 'BatchGetImage',
    'HEAD manifests': 'BatchGetImage',
    'PUT manifests': 'PutImage',
    'GET blobs': isUpload ? 'UploadLayerPart' : 'GetDownloadUrlForLayer',
    'HEAD blobs': 'BatchCheckLayerAvailability',
    'POST blobs': 'InitiateLayerUpload',
    'PATCH blobs': 'UploadLayerPart',
    'PUT blobs': 'CompleteLayerUpload',
    'GET tags': 'ListImages',
    'GET referrers': 'ListImageReferrers',
  };
  return actions[`${method} ${kind}`];
}

/**
 * All IAM actions that a request needs. The last one is what `registryAction` names. A PUT that brings the bytes of a layer
 * along uploads a part of it and completes it, and the user guide asks for both permissions.
 */
export function neededActions(action: string, hasBody: boolean): readonly string[] {
  return action === 'CompleteLayerUpload' && hasBody ? ['UploadLayerPart', action] : [action];
}
