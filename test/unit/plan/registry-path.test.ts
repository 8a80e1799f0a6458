import { describe, expect, it } from 'vitest';
import { looksLikeHost, parseRegistryHost, parseRegistryPath } from '../../../src/plan/registry-path.ts';
import { problemOf } from '../failures.ts';

const ECR = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const LABELS = `${'a'.repeat(50)}.`.repeat(4);
const LONGEST = `${LABELS}${'a'.repeat(43)}.example`;

describe('imageRegistryPath', () => {
  it.each([
    ['a host', ECR, ECR, ''],
    ['a path', `${ECR}/team`, ECR, 'team'],
    ['a longer path', `${ECR}/team/blue_one/x.y-z`, ECR, 'team/blue_one/x.y-z'],
    ['slashes at the end', `${ECR}/team//`, ECR, 'team'],
    ['https', `https://${ECR}/`, ECR, ''],
    ['HTTPS in upper case', `HTTPS://${ECR}/team`, ECR, 'team'],
    ['a host in upper case', 'Registry.Example/team', 'registry.example', 'team'],
    ['a port', 'registry.example:5000/team', 'registry.example:5000', 'team'],
    ['localhost', 'localhost', 'localhost', ''],
    ['ECR Public with an alias', 'public.ecr.aws/acme', 'public.ecr.aws', 'acme'],
    ['ECR Public with a path', 'https://Public.ECR.aws/acme/team/', 'public.ecr.aws', 'acme/team'],
    ['ECR Public over IPv6', 'ecr-public.aws.com/acme', 'ecr-public.aws.com', 'acme'],
  ])('%s: %s', (_, value, host, prefix) => {
    expect(parseRegistryPath(value, 'imageRegistryPath')).toEqual({ host, prefix });
  });

  it.each([
    ['an account number', '123456789012', 'it is an account number'],
    ['an account number without its leading zero', '12345678901', 'it is an account number'],
    ['no dot', 'registry', '"registry" is not a host name'],
    ['a name of Docker Hub', 'library/nginx', '"library" is not a host name'],
    ['http', `http://${ECR}`, 'only https is spoken to a registry'],
    ['only https', 'https://', 'it has no host'],
    ['a slash first', `/${ECR}`, 'it has no host'],
    ['an underscore', 'a_b.example', '"a_b.example" is not a host name'],
    ['a dash first', '-a.example', '"-a.example" is not a host name'],
    ['a dot at the end', 'a.example.', '"a.example." is not a host name'],
    ['a port that is no number', 'a.example:https', '"a.example:https" is not a host name'],
    ['ECR Public', 'public.ecr.aws', 'ECR Public has the alias of a registry after its host'],
    ['ECR Public with a slash', 'public.ecr.aws/', 'ECR Public has the alias of a registry after its host'],
    ['ECR Public over IPv6', 'ecr-public.aws.com', 'ECR Public has the alias of a registry after its host'],
    ['an alias in upper case', 'public.ecr.aws/Acme', 'its path "Acme" has characters that a repository may not have'],
    ['a space', 'a.example b', '"a.example b" is not a host name'],
    ['256 characters', `a${LONGEST}`, `"a${LONGEST}" is not a host name`],
    ['a path in upper case', `${ECR}/Team`, 'its path "Team" has characters that a repository may not have'],
    ['an empty part', `${ECR}//team`, 'its path "/team" has characters that a repository may not have'],
    ['a tag', `${ECR}/team:v1`, 'its path "team:v1" has characters that a repository may not have'],
  ])('refuses %s', async (_, value, reason) => {
    expect(await problemOf(() => parseRegistryPath(value, 'imageRegistryPath'))).toEqual({
      code: 'registry-malformed',
      message: `imageRegistryPath: "${value}" is not a registry: ${reason}.`,
      hint: expect.stringContaining('123456789012.dkr.ecr.ap-northeast-1.amazonaws.com'),
    });
  });

  it('does not show a user or password', async () => {
    const { code, message } = await problemOf(() =>
      parseRegistryPath('AWS:fake-password@a.example', 'imageRegistryPath'),
    );
    expect(code).toBe('registry-malformed');
    expect(message).not.toContain('fake-password');
  });

  it.each(['a..example', '.example.com', 'a.-b.example'])('refuses an empty or broken label: %s', async (value) => {
    expect((await problemOf(() => parseRegistryPath(value, 'imageRegistryPath'))).code).toBe('registry-malformed');
  });

  it('takes a host of 255 characters', () => {
    expect(LONGEST).toHaveLength(255);
    expect(parseRegistryPath(LONGEST, 'imageRegistryPath').host).toBe(LONGEST);
  });
});

describe('containerRegistry', () => {
  it.each([
    ['images.example', 'images.example'],
    ['https://Images.Example/', 'images.example'],
    ['localhost:5000', 'localhost:5000'],
    ['public.ecr.aws', 'public.ecr.aws'],
  ])('%s', (value, host) => {
    expect(parseRegistryHost(value, 'containerRegistry')).toBe(host);
  });

  it('refuses a path', async () => {
    expect(await problemOf(() => parseRegistryHost('images.example/team', 'containerRegistry'))).toMatchObject({
      code: 'registry-malformed',
      message: 'containerRegistry: "images.example/team" is not a registry: it has a path.',
    });
  });
});

it.each([
  ['localhost', true],
  ['a.example', true],
  ['a:5000', true],
  ['library', false],
  ['', false],
])('takes %j for a host: %s', (text, expected) => {
  expect(looksLikeHost(text)).toBe(expected);
});
