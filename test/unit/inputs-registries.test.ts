import { describe, expect, it } from 'vitest';
import { problemOf } from './failures.ts';
import { makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', push: 'false' };
const ECR = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Reads `registryAuths`, with what was masked. */
async function readAuths(registryAuths: string, mask: (secret: string) => void = () => undefined) {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
  const { auths, ecrLogins } = await read({ workspace, with: { ...GOOD, registryAuths }, mask });
  return { auths, ecrLogins };
}

describe('a line of registryAuths', () => {
  it.each([
    ['ghcr.io user fake-pass', 'ghcr.io', 'ghcr.io', 'user:fake-pass'],
    ['  GHCR.io \t user \t fake pass  word', 'ghcr.io', 'ghcr.io', 'user:fake pass  word'],
    ['ghcr.io user # fake:p=a"ss', 'ghcr.io', 'ghcr.io', 'user:# fake:p=a"ss'],
    ['docker.io user fake', 'docker.io', 'https://index.docker.io/v1/', 'user:fake'],
    ['index.docker.io user fake', 'index.docker.io', 'https://index.docker.io/v1/', 'user:fake'],
    ['registry-1.docker.io user fake', 'registry-1.docker.io', 'https://index.docker.io/v1/', 'user:fake'],
    ['https://index.docker.io/v1/ user fake', 'index.docker.io', 'https://index.docker.io/v1/', 'user:fake'],
    ['https://ghcr.io/ user fake', 'ghcr.io', 'ghcr.io', 'user:fake'],
    ['localhost:5000 user fake', 'localhost:5000', 'localhost:5000', 'user:fake'],
    [`${ECR} AWS fake`, ECR, ECR, 'AWS:fake'],
  ])('%j', async (line, host, key, login) => {
    expect(await readAuths(line)).toEqual({ auths: [{ host, key, auth: base64(login) }], ecrLogins: [] });
  });

  it('may be a host of ECR alone', async () => {
    const { auths, ecrLogins } = await readAuths(`# ours\n${ECR}  \n\npublic.ecr.aws\nghcr.io user fake`);
    expect(ecrLogins).toEqual([ECR, 'public.ecr.aws']);
    expect(auths.map(({ host }) => host)).toEqual(['ghcr.io']);
  });

  it.each([
    ['ghcr.io', 'it has no user and password, and its host is not one of ECR', []],
    ['ghcr.io user', 'it has no password; a secret that is not set for this repository arrives empty', ['user']],
    [`${ECR} AWS`, 'it has no password; a secret that is not set for this repository arrives empty', []],
    ['ghcr.io us:er fake', 'its user has a ":"', ['fake', base64('us:er:fake')]],
    ['ghcr user fake', 'its first field is not the host of a registry', ['fake', base64('user:fake')]],
    ['ghcr.io/org user fake', 'its first field is not the host of a registry', ['fake', base64('user:fake')]],
    ['user:fake-secret@ghcr.io', 'its first field is not the host of a registry', []],
  ])('cannot be %j, and is not shown', async (line, reason, masked) => {
    const masks: string[] = [];
    const problem = await problemOf(() => readAuths(line, (secret) => masks.push(secret)));
    expect(problem).toEqual({
      code: 'registry-auth-malformed',
      message: `registryAuths: entry 1 cannot be read: ${reason}. It is not shown here.`,
      hint: expect.stringContaining('HOST USERNAME PASSWORD'),
    });
    expect(masks).toEqual(masked);
  });

  it('is masked, before another one is found to be wrong', async () => {
    const masks: string[] = [];
    const given = 'nowhere\nghcr.io user fake pass \nquay.io other fake2';
    const problem = await problemOf(() => readAuths(given, (secret) => masks.push(secret)));
    expect(problem.message).toContain('entry 1');
    expect(masks).toEqual(['fake pass ', 'fake pass', base64('user:fake pass '), 'fake2', base64('other:fake2')]);
  });

  it.each([
    ['ghcr.io a fake\nghcr.io b fake', 'ghcr.io'],
    ['docker.io a fake\nregistry-1.docker.io b fake', 'registry-1.docker.io'],
    [`${ECR} AWS fake\n${ECR}`, ECR],
  ])('is the only one for its registry: %j', async (given, host) => {
    expect(await problemOf(() => readAuths(given))).toMatchObject({
      code: 'registry-auth-malformed',
      message: `registryAuths: ${host} is given twice.`,
    });
  });
});

describe('registryMirrors', () => {
  it('takes one per line', async () => {
    const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
    const registryMirrors = '# ours\ndocker.io=a.example/hub\nquay.io=b.example';
    const { mirrors } = await read({ workspace, with: { ...GOOD, registryMirrors } });
    expect(mirrors).toEqual([
      { registry: 'docker.io', mirror: { host: 'a.example', prefix: 'hub' } },
      { registry: 'quay.io', mirror: { host: 'b.example', prefix: '' } },
    ]);
  });

  it('has all of its problems reported together with those of registryAuths', async () => {
    const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
    const given = { registryMirrors: 'docker.io=x\ny=z', registryAuths: 'nowhere' };
    expect(await problemOf(() => read({ workspace, with: { ...GOOD, ...given } }))).toMatchObject({
      code: 'inputs-invalid',
      message: expect.stringMatching(/^3 inputs/),
    });
  });
});
