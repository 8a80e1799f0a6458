import { Failure } from '../failure.ts';

/** A role that the step assumes. */
export interface Role {
  /** `arn:aws:iam::A:role/PATH/NAME` */
  readonly arn: string;
  /** Name of the session, as CloudTrail and ARNs show it. */
  readonly sessionName: string;
  readonly externalId: string | undefined;
}

/** Source: IAM user guide, "IAM identifiers": path and name of a role, of at most 512 and 64 characters. */
const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/(?:[!-~]{0,510}\/)?[\w+=,.@-]{1,64}$/;

/** The partition of an ARN, such as `aws` or `aws-cn`. */
export function partitionOf(arn: string): string {
  return arn.split(':')[1] ?? 'aws';
}

/** @throws Failure `role-malformed` */
export function checkRoleArn(value: string): string {
  if (ROLE_ARN.test(value)) {
    return value;
  }
  throw new Failure({
    code: 'role-malformed',
    message: `awsRoleArn: "${value}" is not the ARN of a role.`,
    hint: roleHint(value),
  });
}

function roleHint(value: string): string {
  const [, partition, , account, session] = /^arn:([\w-]+):(iam|sts)::(\d{12}):assumed-role\/([^/]+)/.exec(value) ?? [];
  if (session !== undefined) {
    return `This is a session of a role: write the role itself, arn:${partition}:iam::${account}:role/${session}.`;
  }
  if (/^arn:/.test(value)) {
    return 'Write the ARN as IAM shows it, such as arn:aws:iam::123456789012:role/push-images, with the twelve digits of the account.';
  }
  const name = /^(?:role\/)?([\w+=,.@-]{1,64})$/.exec(value)?.[1] ?? 'push-images';
  return `Write the whole ARN with its account, such as arn:aws:iam::123456789012:role/${name} (arn:aws-cn:… in China, arn:aws-us-gov:… in GovCloud).`;
}

/** Source: STS API, AssumeRole, RoleSessionName. @throws Failure `role-malformed` */
export function checkSessionName(value: string): string {
  if (/^[\w+=,.@-]{2,64}$/.test(value)) {
    return value;
  }
  throw new Failure({
    code: 'role-malformed',
    message: `awsRoleSessionName: "${value}" cannot name a session.`,
    hint: 'Use 2 to 64 characters, which are letters, digits and _ + = , . @ - alone.',
  });
}

/** The value is not shown. Source: STS API, AssumeRole, ExternalId. @throws Failure `role-malformed` */
export function checkExternalId(value: string): string {
  if (/^[\w+=,.@:/-]{2,1224}$/.test(value)) {
    return value;
  }
  throw new Failure({
    code: 'role-malformed',
    message: `awsExternalId: the value, of ${value.length} characters, cannot be an external id. It is not shown here.`,
    hint: 'Use 2 to 1224 characters, which are letters, digits and _ + = , . @ : / - alone.',
  });
}

/** A name for the sessions of one run of a workflow. */
export function defaultSessionName(runId: string | undefined): string {
  const id = (runId ?? '').replaceAll(/[^\w+=,.@-]/g, '').slice(0, 40);
  return id === '' ? 'buildkit-aws' : `buildkit-aws-${id}`;
}
