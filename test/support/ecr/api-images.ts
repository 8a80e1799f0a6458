import { at, parseJson, textAt } from '../../../src/json.ts';
import { digestOf, listTags, type Manifest, RegistryError, readManifest } from '../oci.ts';
import { pushManifest } from '../oci-push.ts';
import { accessRepository, type Call, type Context } from './context.ts';
import { ApiError, RegistryRefusal } from './errors.ts';
import { refuseForms } from './manifest-rules.ts';
import { immutableText, isImmutableTag, type Repository } from './repositories.ts';
import { invalid } from './repository-settings.ts';

/** What an image is asked for by: either, or both when they have to agree. */
interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

export async function batchGetImage(call: Call): Promise<object> {
  const repository = repositoryOf(call, 'ecr:BatchGetImage');
  const images: object[] = [];
  const failures: object[] = [];
  for (const imageId of imageIdsOf(call.input)) {
    const manifest = await findImage(call.context, repository, imageId);
    if (manifest === undefined) {
      failures.push({ imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' });
    } else {
      images.push(describeImage(repository, manifest, imageId.imageTag));
    }
  }
  return { images, failures };
}

export async function describeImages(call: Call): Promise<object> {
  const repository = repositoryOf(call, 'ecr:DescribeImages');
  const tags = await tagsByDigest(call.context, repository);
  const asked = imageIdsOf(call.input);
  const wanted = asked.length > 0 ? asked : [...tags.keys()].map((imageDigest) => ({ imageDigest }));
  const imageDetails: object[] = [];
  for (const imageId of wanted) {
    const manifest = await findImage(call.context, repository, imageId);
    if (manifest === undefined) {
      throw new ApiError('ImageNotFoundException', imageMissingText(repository, imageId));
    }
    imageDetails.push({
      registryId: repository.accountId,
      repositoryName: repository.name,
      imageDigest: manifest.digest,
      imageTags: tags.get(manifest.digest) ?? [],
      imageSizeInBytes: sizeOf(manifest),
      imageManifestMediaType: manifest.mediaType,
      artifactMediaType: textAt(manifest.json, 'artifactType') ?? textAt(manifest.json, 'config', 'mediaType'),
    });
  }
  return { imageDetails };
}

export async function listImages(call: Call): Promise<object> {
  const repository = repositoryOf(call, 'ecr:ListImages');
  const imageIds: ImageId[] = [];
  for (const [imageDigest, tags] of await tagsByDigest(call.context, repository)) {
    imageIds.push(...tags.map((imageTag) => ({ imageDigest, imageTag })));
  }
  return { imageIds };
}

export async function putImage(call: Call): Promise<object> {
  const repository = repositoryOf(call, 'ecr:PutImage');
  const bytes = Buffer.from(textAt(call.input, 'imageManifest') ?? '');
  checkForm(bytes);
  const digest = digestOf(bytes);
  const tag = textAt(call.input, 'imageTag');
  const reference = tag ?? digest;
  const existing = await findImage(
    call.context,
    repository,
    tag === undefined ? { imageDigest: digest } : { imageTag: tag },
  );
  if (existing?.digest === digest) {
    const withTag = tag === undefined ? '' : ` and tag '${tag}'`;
    const place = `in the repository with name '${repository.name}' in registry with id '${repository.accountId}'`;
    throw new ApiError(
      'ImageAlreadyExistsException',
      `Image with digest '${digest}'${withTag} already exists ${place}`,
    );
  }
  if (existing !== undefined && tag !== undefined && isImmutableTag(repository, tag)) {
    throw new ApiError('ImageTagAlreadyExistsException', immutableText(repository, tag));
  }
  const mediaType =
    textAt(call.input, 'imageManifestMediaType') ?? textAt(parseJson(bytes.toString()), 'mediaType') ?? '';
  try {
    await pushManifest({ ...locationOf(call.context, repository), reference, bytes, mediaType });
  } catch (error) {
    if (error instanceof RegistryError && error.status === 400) {
      // Nearly always: the manifest names layers or images that were never pushed.
      const isIndex = at(parseJson(bytes.toString()), 'manifests') !== undefined;
      throw new ApiError(isIndex ? 'ReferencedImagesNotFoundException' : 'LayersNotFoundException', error.message);
    }
    throw error;
  }
  const json = parseJson(bytes.toString());
  return { image: describeImage(repository, { bytes, digest, mediaType, json }, tag) };
}

/** The API refuses the forms that the registry refuses. */
function checkForm(manifest: Buffer): void {
  try {
    refuseForms(manifest);
  } catch (error) {
    throw error instanceof RegistryRefusal ? new ApiError('InvalidParameterException', error.message) : error;
  }
}

/** The repository that the input names, of the caller's own registry unless it names another. @throws ApiError */
export function repositoryOf(call: Call, action: string): Repository {
  const { context, principal, region, input } = call;
  const registryId = { accountId: textAt(input, 'registryId') ?? principal.accountId, region };
  return accessRepository({ context, caller: call, registryId, name: textAt(input, 'repositoryName') ?? '', action });
}

function imageIdsOf(input: unknown): ImageId[] {
  const ids = at(input, 'imageIds');
  if (Array.isArray(ids) && ids.length > 100) {
    throw invalid('imageIds', 'Member must have length less than or equal to 100');
  }
  return (Array.isArray(ids) ? ids : []).map((id) => {
    const imageDigest = textAt(id, 'imageDigest');
    const imageTag = textAt(id, 'imageTag');
    return { ...(imageDigest === undefined ? {} : { imageDigest }), ...(imageTag === undefined ? {} : { imageTag }) };
  });
}

function locationOf({ registry }: Context, { storage }: Repository) {
  return { registryUrl: registry.url, repository: storage };
}

/** @returns undefined when there is no such image, or when tag and digest do not agree */
export async function findImage(
  context: Context,
  repository: Repository,
  { imageDigest, imageTag }: ImageId,
): Promise<Manifest | undefined> {
  try {
    const reference = imageTag ?? imageDigest ?? '';
    const manifest = await readManifest({ ...locationOf(context, repository), reference });
    return imageDigest === undefined || imageDigest === manifest.digest ? manifest : undefined;
  } catch (error) {
    if (error instanceof RegistryError && (error.status === 404 || error.status === 400)) {
      return undefined;
    }
    throw error;
  }
}

async function tagsByDigest(context: Context, repository: Repository): Promise<Map<string, string[]>> {
  const tags = new Map<string, string[]>();
  for (const imageTag of await listTags(locationOf(context, repository))) {
    const digest = (await findImage(context, repository, { imageTag }))?.digest;
    if (digest !== undefined) {
      tags.set(digest, [...(tags.get(digest) ?? []), imageTag]);
    }
  }
  return tags;
}

function describeImage(repository: Repository, manifest: Manifest, imageTag: string | undefined): object {
  return {
    registryId: repository.accountId,
    repositoryName: repository.name,
    imageId: { imageDigest: manifest.digest, ...(imageTag === undefined ? {} : { imageTag }) },
    imageManifest: manifest.bytes.toString(),
    imageManifestMediaType: manifest.mediaType,
  };
}

export function imageMissingText(
  { name, accountId }: Repository,
  { imageDigest = 'null', imageTag = 'null' }: ImageId,
): string {
  return `The image with imageId {imageDigest:'${imageDigest}', imageTag:'${imageTag}'} does not exist within the repository with name '${name}' in the registry with id '${accountId}'`;
}

function sizeOf({ json }: Manifest): number {
  const layers = at(json, 'layers');
  return (Array.isArray(layers) ? layers : []).reduce((sum, layer) => sum + Number(at(layer, 'size') ?? 0), 0);
}
