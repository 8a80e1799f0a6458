import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { makeDirectory, read } from './job.ts';

const PRIVATE = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const GOOD = { imageShortName: 'nginx', awsRegion: 'eu-central-1' };

async function scanFailOnOf(given: Readonly<Record<string, string>>) {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
  return (await read({ workspace, with: { ...GOOD, ...given } })).scanFailOn;
}

describe('scanFailOn', () => {
  it.each([
    ['', undefined],
    ['low', 'low'],
    ['medium', 'medium'],
    ['high', 'high'],
    ['critical', 'critical'],
  ])('%j is %s', async (scanFailOn, expected) => {
    expect(await scanFailOnOf({ scanFailOn })).toBe(expected);
  });

  it.each(['HIGH', 'informational', 'true'])('cannot be %j', async (scanFailOn) => {
    expect(await problemOf(() => scanFailOnOf({ scanFailOn }))).toMatchObject({
      code: 'input-invalid',
      message: `scanFailOn: "${scanFailOn}" is not one of its values.`,
      hint: 'Write low or medium or high or critical.',
    });
  });

  it.each([
    ['the first registry', { imageRegistryPath: `public.ecr.aws/acme\n${PRIVATE}` }],
    ['the first registry by its other name', { imageRegistryPath: 'ecr-public.aws.com/acme' }],
    ['the first full reference', { imageRegistryPath: PRIVATE, imageTag: 'public.ecr.aws/acme/nginx:v1,v1' }],
    ['the first registry, without a push', { imageRegistryPath: 'public.ecr.aws/acme', push: 'false' }],
  ])('does not go with ECR Public as %s', async (_, given) => {
    const problem = await problemOf(() => scanFailOnOf({ scanFailOn: 'high', ...given }));
    expect(problem.code).toBe('input-invalid');
    expect(problem.message).toMatch(/^scanFailOn: .*(?:public\.ecr\.aws|ecr-public\.aws\.com)/);
  });

  it.each([
    ['after a private one', { imageRegistryPath: `${PRIVATE}\npublic.ecr.aws/acme` }],
    ['in a later full reference', { imageTag: `v1,public.ecr.aws/acme/nginx:v1` }],
    ['when nothing is scanned', { imageRegistryPath: 'public.ecr.aws/acme', scanFailOn: '' }],
  ])('leaves ECR Public alone %s', async (_, given) => {
    const scanFailOn = await scanFailOnOf({ scanFailOn: 'high', ...given });
    expect(scanFailOn).toBe('scanFailOn' in given ? undefined : 'high');
  });

  it('is reported together with what else is wrong', async () => {
    const problem = await problemOf(() => scanFailOnOf({ scanFailOn: 'all', pushByDigest: 'maybe' }));
    expect(problem.message).toMatch(/2 inputs need a change[\s\S]*pushByDigest[\s\S]*scanFailOn/);
  });
});
