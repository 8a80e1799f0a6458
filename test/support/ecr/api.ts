import { textAt } from '../../../src/json.ts';
import { batchGetImage, describeImages, listImages, putImage } from './api-images.ts';
import { createRepository, deleteRepository, describeRepositories } from './api-repositories.ts';
import { describeImageScanFindings, startImageScan } from './api-scans.ts';
import {
  getLifecyclePolicy,
  getRepositoryPolicy,
  listTagsForResource,
  putLifecyclePolicy,
  setRepositoryPolicy,
  tagResource,
} from './api-settings.ts';
import type { Call } from './context.ts';
import { ApiError } from './errors.ts';
import { authorize } from './principals.ts';
import { describeTemplates } from './templates.ts';
import { authorizationOf } from './tokens.ts';

type Operation = (call: Call) => Promise<object>;

/** The actions of Amazon ECR's API that the stand-in knows. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  BatchGetImage: batchGetImage,
  CreateRepository: createRepository,
  DeleteRepository: deleteRepository,
  DescribeImages: describeImages,
  DescribeImageScanFindings: describeImageScanFindings,
  DescribeRepositories: describeRepositories,
  DescribeRepositoryCreationTemplates: describeTemplates,
  GetAuthorizationToken: getAuthorizationToken,
  GetLifecyclePolicy: getLifecyclePolicy,
  GetRepositoryPolicy: getRepositoryPolicy,
  ListImages: listImages,
  ListTagsForResource: listTagsForResource,
  PutImage: putImage,
  PutLifecyclePolicy: putLifecyclePolicy,
  SetRepositoryPolicy: setRepositoryPolicy,
  StartImageScan: startImageScan,
  TagResource: tagResource,
};

/** What X-Amz-Target starts with in requests to Amazon ECR. */
export const ECR_TARGET = 'AmazonEC2ContainerRegistry_V20150921.';

/**
 * Answers an action of the API.
 * @returns the body of the answer, to be sent as JSON
 * @throws ApiError
 */
export async function callEcr(action: string, call: Call): Promise<object> {
  const operation = Object.hasOwn(OPERATIONS, action) ? OPERATIONS[action] : undefined;
  if (operation === undefined) {
    throw new ApiError('UnknownOperationException', `The stand-in for ECR does not know the action ${action}`);
  }
  return operation(call);
}

async function getAuthorizationToken(call: Call): Promise<object> {
  const { context, principal, region, input } = call;
  authorize(call, { action: 'ecr:GetAuthorizationToken', resource: '*' });
  const token = context.tokens.mint(principal, { service: 'ecr', region });
  const accountId = textAt(input, 'registryIds', '0') ?? principal.accountId;
  return {
    authorizationData: [{ ...authorizationOf(token), proxyEndpoint: context.endpointOf({ accountId, region }) }],
  };
}
