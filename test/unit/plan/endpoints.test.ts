import { describe, expect, it } from 'vitest';
import { checkEndpoints } from '../../../src/plan/endpoints.ts';
import { problemOf } from '../failures.ts';

describe('the address of an API', () => {
  it.each([
    {},
    { AWS_ENDPOINT_URL: '' },
    { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' },
    { AWS_ENDPOINT_URL_ECR: 'https://vpce-0.api.ecr.eu-west-1.vpce.amazonaws.com' },
    { AWS_ENDPOINT_URL: 'localhost:4566', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    { AWS_ENDPOINT_URL_S3: 'not asked' },
  ])('may be %j', (env) => {
    expect(() => checkEndpoints(env)).not.toThrow();
  });

  it.each([
    ['AWS_ENDPOINT_URL', 'localhost:4566'],
    ['AWS_ENDPOINT_URL_ECR', 'my own ECR'],
    ['AWS_ENDPOINT_URL_ECR_PUBLIC', 'https://:fake'],
    ['AWS_ENDPOINT_URL_STS', 'ftp://user:fake-password@sts.example.com'],
  ])('in %s is not %j, which is not shown', async (name, value) => {
    const problem = await problemOf(() => checkEndpoints({ [name]: value }));
    expect(problem).toMatchObject({
      code: 'endpoint-malformed',
      message: `${name} of the environment is not an address of an API.`,
    });
    expect(JSON.stringify(problem)).not.toContain(value);
  });
});
