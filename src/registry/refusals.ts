import type { FailureCode } from '../failure-codes.ts';

/**
 * What helps by itself against a refusal: to wait, or a new token. Source: experiments with BuildKit v0.32.2, which repeats 5xx and lost
 * connections for seven seconds, and 429 for a tenth of one.
 */
export type Cure = 'wait' | 'login';

/** What a sentence means: the code that it leads to, and what to change. */
export interface Rule {
  readonly code: FailureCode;
  readonly pattern: RegExp;
  /** Undefined: the same would be said again. */
  readonly cure?: Cure;
  readonly hint: (groups: Readonly<Record<string, string | undefined>>) => string;
}

/** Said to every request with that token. */
export const TOKEN_EXPIRED = /authorization token has expired/;

/**
 * What a registry says when it refuses something. BuildKit repeats it after a code word, which it makes up for codes that it
 * does not know: only the sentence counts. The first rule that fits does.
 * Source: captured output of BuildKit v0.32.2; sentences as reported for ECR.
 */
export const REFUSALS: readonly Rule[] = [
  {
    code: 'repository-missing',
    pattern:
      /The repository with name '(?<repository>[^']*)' does not exist in the registry with id '(?<account>[^']*)'/,
    hint: ({ repository, account }) =>
      `Create the repository ${repository} in account ${account}, or correct imageShortName, imageRegistryPath or awsRegion.`,
  },
  {
    code: 'tag-immutable',
    pattern:
      /image tag '(?<tag>[^']*)' already exists in the '(?<repository>[^']*)' repository and cannot be overwritten/,
    hint: ({ tag, repository }) => `Tags of ${repository} are immutable: choose another imageTag than ${tag}.`,
  },
  {
    code: 'push-denied',
    pattern: /not authorized to perform: (?<action>[\w-]+:\w+) on resource: (?<resource>\S+)/,
    hint: ({ action, resource }) =>
      `Allow ${action} on ${resource} in the policy of this identity, and, for a registry of another account, in the repository's policy.`,
  },
  {
    code: 'push-unauthenticated',
    pattern: TOKEN_EXPIRED,
    cure: 'login',
    hint: () =>
      'The token of ECR lives for 12 hours, or as long as the credentials that it was got with: run the job again.',
  },
  {
    // Docker Hub counts pulls by the hour: nobody waits for that.
    code: 'push-throttled',
    pattern: /You have reached your (?:unauthenticated )?pull rate limit/,
    hint: () =>
      'The registry limits how much is pulled: give a login in registryAuths, or a cache of your own in registryMirrors.',
  },
  {
    code: 'push-throttled',
    pattern: /toomanyrequests: |Rate exceeded|429 Too Many Requests/,
    cure: 'wait',
    hint: () => 'ECR limits requests per second and region: run the job again.',
  },
  {
    code: 'push-refused',
    pattern: /maximum (?:allowed )?number of images|LimitExceeded/i,
    hint: () =>
      'The repository is full: remove images, let a lifecycle rule do that, or have the quota of images raised.',
  },
  {
    code: 'registry-unreachable',
    pattern:
      /connection reset|connection refused|broken pipe|\bEOF\b|i\/o timeout|connection timed out|no route to host|network is unreachable|TLS handshake timeout|deadline exceeded|Client\.Timeout|server misbehaving|Temporary failure in name resolution|failed size validation|unexpected commit (?:size|digest)|closed network connection|server closed idle connection|http2: /,
    cure: 'wait',
    hint: () =>
      'Check the network of the machine that BuildKit runs on: firewall, proxy (HTTPS_PROXY, NO_PROXY), VPC endpoints for ecr.dkr and S3.',
  },
  {
    code: 'registry-unreachable',
    pattern: /proxyconnect|dial tcp|no such host|TLS handshake|certificate/,
    hint: () =>
      'Check the network of the machine that BuildKit runs on: firewall, proxy (HTTPS_PROXY, NO_PROXY), VPC endpoints for ecr.dkr and S3, and whom it trusts.',
  },
  {
    code: 'push-unauthenticated',
    pattern: /401 Unauthorized|(?:^|: )unauthorized(?:: |$)/,
    cure: 'login',
    hint: () =>
      'The registry did not take the token that this step logged in with: check region and account of its host.',
  },
  {
    code: 'push-denied',
    pattern: /^denied: |403 Forbidden/,
    hint: () =>
      'Allow this identity what docs/permissions.md lists for this step; a key of KMS that it may not use, or a full repository, can be the reason, too.',
  },
  {
    code: 'push-refused',
    pattern:
      /\b5\d\d (?:Internal|Bad|Service|Gateway)|HTTP 5\d\d|invalid response status 5\d\d|unknown: internal error|LayerPartTooSmall|InvalidLayer|ServerException/,
    cure: 'wait',
    hint: () =>
      'The registry had an error of its own: run the job again. If it stays so, look for a proxy that changes what it carries.',
  },
  {
    code: 'push-refused',
    pattern: /^unsupported: |405 Method Not Allowed/,
    hint: () =>
      'ECR does not take this form of manifest. Attestations as OCI artifacts are one that it has refused: leave provenance and sbom out, or oci-artifact=true in outputs; mediaTypes: docker is another way.',
  },
  { code: 'push-refused', pattern: /^/, hint: () => 'What the registry says stands after the name of the image.' },
];

/** The first rule that fits; the last one of a list fits everything. */
export function judge(
  text: string,
  rules: readonly Rule[],
): { readonly code: FailureCode; readonly hint: string; readonly cure: Cure | undefined } {
  for (const { code, pattern, hint, cure } of rules) {
    const match = pattern.exec(text);
    if (match !== null) {
      return { code, hint: hint({ ...match.groups }), cure };
    }
  }
  throw new Error('the last rule fits everything');
}
