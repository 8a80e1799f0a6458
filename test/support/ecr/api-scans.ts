import { at, numberAt, textAt } from '../../../src/json.ts';
import { findImage, imageMissingText, repositoryOf } from './api-images.ts';
import type { Call } from './context.ts';
import { ApiError } from './errors.ts';
import type { Repository } from './repositories.ts';
import { describeFindings } from './scan-findings.ts';
import type { ScannedImage } from './scans.ts';

/** Answers as the script of the test says. Source: ECR API, DescribeImageScanFindings. */
export async function describeImageScanFindings(call: Call): Promise<object> {
  const { repository, image, imageId } = await imageOf(call, 'ecr:DescribeImageScanFindings');
  const { scans } = call.context;
  const nextToken = textAt(call.input, 'nextToken');
  const script = scans.find(image);
  const answer = scans.answer(image, nextToken === undefined);
  if (answer === 'ScanNotFoundException') {
    const id = `{imageDigest:'${image.digest}', imageTag:'${textAt(call.input, 'imageId', 'imageTag') ?? 'null'}'}`;
    const place = `in the repository with name '${repository.name}' in the registry with id '${repository.accountId}'`;
    throw new ApiError('ScanNotFoundException', `Image scan does not exist for the image with '${id}' ${place}`);
  }
  const { status, description, completedAt = Date.now() / 1000, findings = [] } = answer;
  const from = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, 'base64').toString());
  const to = from + (numberAt(call.input, 'maxResults') ?? script?.pageSize ?? 100);
  const page = { all: findings, shown: findings.slice(from, to), completedAt };
  const isDone = status === 'COMPLETE' || status === 'ACTIVE';
  return {
    registryId: repository.accountId,
    repositoryName: repository.name,
    imageId,
    imageScanStatus: { status, ...(description === undefined ? {} : { description }) },
    ...(isDone
      ? { imageScanFindings: describeFindings(page, { repository, enhanced: script?.enhanced ?? false }) }
      : {}),
    ...(isDone && to < findings.length ? { nextToken: Buffer.from(String(to)).toString('base64') } : {}),
  };
}

/** An image is scanned once a day, when it is pushed or when this asks for it. Source: ECR API, StartImageScan. */
export async function startImageScan(call: Call): Promise<object> {
  const { repository, image, imageId } = await imageOf(call, 'ecr:StartImageScan');
  const { scans } = call.context;
  if (scans.find(image)?.enhanced === true) {
    throw new ApiError('ValidationException', 'This feature is disabled');
  }
  if (image.isIndex) {
    throw new ApiError('UnsupportedImageTypeException', 'The image is of a type that cannot be scanned.');
  }
  if (!scans.start(image)) {
    throw new ApiError('LimitExceededException', 'The scan quota per image has been exceeded. Wait and try again.');
  }
  return {
    registryId: repository.accountId,
    repositoryName: repository.name,
    imageId,
    imageScanStatus: { status: 'IN_PROGRESS' },
  };
}

interface Asked {
  readonly repository: Repository;
  readonly image: ScannedImage;
  readonly imageId: object;
}

async function imageOf(call: Call, action: string): Promise<Asked> {
  const repository = repositoryOf(call, action);
  const imageDigest = textAt(call.input, 'imageId', 'imageDigest');
  const imageTag = textAt(call.input, 'imageId', 'imageTag');
  const asked = {
    ...(imageDigest === undefined ? {} : { imageDigest }),
    ...(imageTag === undefined ? {} : { imageTag }),
  };
  const manifest = await findImage(call.context, repository, asked);
  if (manifest === undefined) {
    throw new ApiError('ImageNotFoundException', imageMissingText(repository, asked));
  }
  const isIndex = Array.isArray(at(manifest.json, 'manifests'));
  const image = { repository: repository.name, digest: manifest.digest, isIndex };
  return { repository, image, imageId: { ...asked, imageDigest: manifest.digest } };
}
