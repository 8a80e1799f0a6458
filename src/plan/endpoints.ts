import { Failure } from '../failure.ts';
import type { Environment } from '../runner.ts';

/** Variables that say where an API is. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
const VARIABLES = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_ECR', 'AWS_ENDPOINT_URL_ECR_PUBLIC', 'AWS_ENDPOINT_URL_STS'];

/**
 * Looks at the addresses that the environment gives to the SDK, which would only say "Invalid URL".
 * @throws Failure `endpoint-malformed`; the value is not shown, because it may hold a password
 */
export function checkEndpoints(env: Environment): void {
  const ignored = env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true';
  const wrong = ignored ? undefined : VARIABLES.find((name) => env[name] && !isAddress(env[name]));
  if (wrong !== undefined) {
    throw new Failure({
      code: 'endpoint-malformed',
      message: `${wrong} of the environment is not an address of an API.`,
      hint: 'Write it with its scheme, such as https://ecr.example.com, or remove it.',
    });
  }
}

function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.parse(text) !== null;
}
