import { textAt } from '../../../src/json.ts';
import { batchGetImage, describeImages, listImages, putImage } from './api-images.ts';
import { createRepository, describeRepositories } from './api-repositories.ts';
import type { Call } from './context.ts';
import { ApiError } from './errors.ts';
import { authorize } from './principals.ts';

type Operation = (call: Call) => Promise<object>;

/** The actions of Amazon ECR's API that the stand-in knows. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  BatchGetImage: batchGetImage,
  CreateRepository: createRepository,
  DescribeImages: describeImages,
  DescribeRepositories: describeRepositories,
  GetAuthorizationToken: getAuthorizationToken,
  ListImages: listImages,
  PutImage: putImage,
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

async function getAuthorizationToken({ context, principal, region, input }: Call): Promise<object> {
  authorize({ principal, action: 'ecr:GetAuthorizationToken', resource: '*' });
  const { password, expiresAt } = context.tokens.mint(principal, region);
  return {
    authorizationData: [
      {
        authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
        expiresAt: expiresAt / 1000,
        proxyEndpoint: context.endpointOf({
          accountId: textAt(input, 'registryIds', '0') ?? principal.accountId,
          region,
        }),
      },
    ],
  };
}
