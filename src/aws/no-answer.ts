import type { AwsError, AwsFailure } from './aws-error.ts';

/** Explains what did not come from AWS at all. @returns undefined for what did */
export function explainNoAnswer(error: AwsError): AwsFailure | undefined {
  return unreadable(error) ?? unreachable(error) ?? unusable(error);
}

/** An answer that is none of the API: of a proxy, or of a page that wants a login. */
function unreadable({ name, said, status, call: { action, region } }: AwsError): AwsFailure | undefined {
  if (status === undefined || !(/Deserialization error/.test(said) || /^Unknown/.test(name))) {
    return undefined;
  }
  return {
    code: 'ecr-unreadable',
    message: `What came back to ${action} in ${region}, with HTTP status ${status}, is no answer of AWS.`,
    hint:
      status === 407
        ? 'The proxy wants a login: put user and password into HTTPS_PROXY, or the host into NO_PROXY.'
        : 'A proxy or a login page answers in the place of AWS: look at HTTPS_PROXY, NO_PROXY and AWS_ENDPOINT_URL. If there is none, run the job again.',
  };
}

const NETWORK_CODES =
  /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|CERT_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|ERR_TLS_\w+)$/;

function unreachable({ networkCode = '', said, viaProxy, call }: AwsError): AwsFailure | undefined {
  if (!NETWORK_CODES.test(networkCode)) {
    return undefined;
  }
  const { action, region } = call;
  const endpoint = action.startsWith('sts:') ? 'sts' : 'ecr.api';
  return {
    code: 'ecr-unreachable',
    message: `${action.startsWith('sts:') ? 'AWS STS' : 'ECR'} in ${region} cannot be reached${viaProxy ? ' through the proxy' : ''}: ${said}`,
    hint: /^(?:CERT|SELF|DEPTH|UNABLE|ERR_TLS)/.test(networkCode)
      ? 'Something between this runner and AWS shows a certificate that Node does not know: set NODE_EXTRA_CA_CERTS to that of your proxy.'
      : viaProxy
        ? 'Look at the proxy that HTTPS_PROXY names. Hosts that are reached without it belong into NO_PROXY.'
        : networkCode === 'ENOTFOUND'
          ? `Check the spelling of awsRegion, and that this network resolves AWS names (or has a VPC endpoint for ${endpoint}).`
          : `Check the network of this runner: firewall, HTTPS_PROXY, VPC endpoint for ${endpoint}, AWS_ENDPOINT_URL.`,
  };
}

/** What the SDK cannot use before it asks anything. */
function unusable({ name, said, networkCode }: AwsError): AwsFailure | undefined {
  if (networkCode === 'ERR_INVALID_URL' || name === 'InvalidEndpoint') {
    return {
      code: 'endpoint-malformed',
      message:
        'The address of an AWS API is not one: AWS_ENDPOINT_URL, its form for a service, or endpoint_url of a profile.',
      hint: 'Write it with its scheme, such as https://ecr.example.com, or remove it.',
    };
  }
  if (/^(?:Region is missing|Region not accepted)/.test(said)) {
    return {
      code: 'region-missing',
      message: `awsRegion: no region that AWS has is given: ${said}`,
      hint: 'Set awsRegion, such as ap-northeast-1, or give the host of a registry as imageRegistryPath.',
    };
  }
  if (networkCode === 'ENOENT' || networkCode === 'EACCES') {
    return {
      code: 'credentials-none',
      message: `A file that the credentials name cannot be read: ${said}.`,
      hint: 'Look at AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file of the profile, and at the mounts of the container.',
    };
  }
  return undefined;
}
