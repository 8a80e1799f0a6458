import { describe, expect, it } from 'vitest';
import { judge, REFUSALS } from '../../../src/registry/refusals.ts';

describe('what a registry says', () => {
  it.each([
    [
      "denied: The repository 'nginx' has the maximum allowed number of images",
      'push-refused',
      'The repository is full',
    ],
    [
      'proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused',
      'registry-unreachable',
      'proxy (HTTPS_PROXY',
    ],
    [
      'unexpected status from POST request to https://a: 500 Internal Server Error',
      'push-refused',
      'an error of its own',
    ],
    ['unknown: LayerPartTooSmall', 'push-refused', 'a proxy that changes what it carries'],
    [
      'unexpected status from PUT request to https://a: 405 Method Not Allowed',
      'push-refused',
      'this form of manifest',
    ],
    [
      "name_unknown: The repository with name 'team/nginx' does not exist in the registry with id '123456789012'",
      'repository-missing',
      'Create the repository team/nginx in account 123456789012',
    ],
    [
      "tag_invalid: The image tag 'v1' already exists in the 'nginx' repository and cannot be overwritten because the repository is immutable.",
      'tag-immutable',
      'Tags of nginx are immutable: choose another imageTag than v1.',
    ],
    [
      'denied: User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:eu-west-1:123456789012:repository/nginx because no identity-based policy allows the ecr:PutImage action',
      'push-denied',
      'Allow ecr:PutImage on arn:aws:ecr:eu-west-1:123456789012:repository/nginx in the policy',
    ],
    [
      'denied: User is not authorized to perform: ecr-public:InitiateLayerUpload on resource: arn:aws:ecr-public::123456789012:repository/nginx',
      'push-denied',
      'Allow ecr-public:InitiateLayerUpload on',
    ],
    ['denied: Your authorization token has expired. Reauthenticate and try again.', 'push-unauthenticated', '12 hours'],
    ['toomanyrequests: Rate exceeded', 'push-throttled', 'run the job again'],
    ['unknown: Rate exceeded', 'push-throttled', 'run the job again'],
    ['unexpected status: 429 Too Many Requests', 'push-throttled', 'run the job again'],
    ['HTTP 401 401 Unauthorized', 'push-unauthenticated', 'region and account'],
    ['denied: not this one', 'push-denied', 'docs/permissions.md'],
    ['HTTP 403 403 Forbidden', 'push-denied', 'docs/permissions.md'],
    ['manifest_invalid: something else', 'push-refused', 'after the name of the image'],
    ['access denied: in the middle of a sentence', 'push-refused', 'after the name of the image'],
    ['', 'push-refused', 'after the name of the image'],
  ])('%s', (text, code, hint) => {
    const judged = judge(text, REFUSALS);
    expect(judged.code).toBe(code);
    expect(judged.hint).toContain(hint);
  });
});

it('the first rule that fits counts', () => {
  const rules = [
    { code: 'push-denied', pattern: /a(?<letter>.)/, hint: ({ letter }: { letter?: string }) => `one ${letter}` },
    { code: 'push-refused', pattern: /^/, hint: () => 'two' },
  ] as const;
  expect(judge('xab ac', rules)).toEqual({ code: 'push-denied', hint: 'one b', cure: undefined });
  expect(judge('x', rules)).toEqual({ code: 'push-refused', hint: 'two', cure: undefined });
  expect(() => judge('x', rules.slice(0, 1))).toThrow('the last rule fits everything');
});
