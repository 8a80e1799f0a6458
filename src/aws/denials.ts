import type { AwsError, AwsFailure } from './aws-error.ts';

/**
 * What is denied may be a step before what was asked for, such as sts:AssumeRole of a profile. AWS names action and resource.
 * Source: IAM user guide, "Troubleshoot access denied error messages".
 */
export function explainDenial({ said, call }: AwsError): AwsFailure {
  const { region, source } = call;
  const { action = call.action, resource } =
    /not authorized to perform: (?<action>[\w-]+:\w+)(?:.*? on resource: (?<resource>[^\s,]+))?/is.exec(said)?.groups ??
    {};
  return {
    code: 'ecr-denied',
    message: `AWS in ${region} does not allow ${action} for ${source}: ${said}`,
    hint: hintOf(action, { resource, said }),
  };
}

function hintOf(action: string, { resource, said }: { resource: string | undefined; said: string }): string {
  if (/explicit deny/i.test(said)) {
    return `A policy denies ${action} with an explicit Deny, which no Allow can undo: find it, also among service control policies, permissions boundaries and endpoint policies.`;
  }
  if (action === 'ecr:GetAuthorizationToken') {
    return 'Allow ecr:GetAuthorizationToken on Resource "*": it cannot be limited to a repository.';
  }
  if (action === 'ecr-public:GetAuthorizationToken' || action === 'sts:GetServiceBearerToken') {
    return 'Allow both ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken on Resource "*".';
  }
  if (action.startsWith('sts:AssumeRole')) {
    return `Allow ${action} in the policy of this identity, and the identity in the trust policy of the role, with awsExternalId where that asks for one.${resource === undefined ? '' : `\n${statement(action, resource)}`}`;
  }
  if (resource === undefined) {
    return `Allow ${action} in the policy of this identity.`;
  }
  return `Allow it in the policy of this identity, and, for a repository of another account, in the policy of the repository, too:\n${statement(action, resource)}`;
}

/** Ready to be put into a policy. */
function statement(action: string, resource: string): string {
  return JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource });
}
