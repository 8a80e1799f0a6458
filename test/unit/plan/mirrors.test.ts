import { describe, expect, it } from 'vitest';
import { type Mirror, parseMirror, registryTables } from '../../../src/plan/mirrors.ts';
import { problemOf } from '../failures.ts';

const ECR = '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com';
const BAD_PATH = 'the path of the mirror mirror.example has characters that a repository may not have';

describe('a line of registryMirrors', () => {
  it.each([
    [`docker.io=${ECR}/docker-hub`, 'docker.io', ECR, 'docker-hub'],
    [` Docker.IO = https://${ECR}/docker-hub/ `, 'docker.io', ECR, 'docker-hub'],
    ['index.docker.io=mirror.example', 'docker.io', 'mirror.example', ''],
    ['registry-1.docker.io=mirror.example:5000/a/b', 'docker.io', 'mirror.example:5000', 'a/b'],
    ['quay.io=localhost:5000/quay', 'quay.io', 'localhost:5000', 'quay'],
    ['localhost:5000=127.0.0.1:5001', 'localhost:5000', '127.0.0.1:5001', ''],
    ['docker.io=public.ecr.aws/docker', 'docker.io', 'public.ecr.aws', 'docker'],
  ])('%s', (line, registry, host, prefix) => {
    expect(parseMirror(line)).toEqual({ registry, mirror: { host, prefix } });
  });

  it.each([
    ['docker.io', 'the mirror of docker.io is not a host name'],
    ['docker.io=', 'the mirror of docker.io is not a host name'],
    ['docker.io=mirror', 'the mirror of docker.io is not a host name'],
    ['docker.io=http://mirror.example', 'the mirror of docker.io is not a host name'],
    [`${ECR}/docker-hub`, 'what stands before "=" is not the host of a registry'],
    ['hub=mirror.example', 'what stands before "=" is not the host of a registry'],
    ['docker.io=user:fake-secret@mirror.example', 'a mirror has no user or password'],
    ['docker.io=mirror.example/Hub', BAD_PATH],
    ['docker.io=mirror.example/hub:latest', BAD_PATH],
  ])('cannot be %s', async (line, reason) => {
    expect(await problemOf(() => parseMirror(line))).toEqual({
      code: 'registry-mirror-malformed',
      message: `registryMirrors: an entry cannot be read: ${reason}.`,
      hint: expect.stringContaining('docker.io='),
    });
  });
});

describe('the tables of buildkitd.toml', () => {
  it.each<[string, string[], object]>([
    ['nothing', [], {}],
    ['a mirror', [`docker.io=${ECR}/hub`], { 'docker.io': { mirrors: [`${ECR}/hub`] } }],
    [
      'several, in their order',
      ['docker.io=b.example', 'quay.io=c.example', 'index.docker.io=a.example/x', 'docker.io=b.example'],
      { 'docker.io': { mirrors: ['b.example', 'a.example/x'] }, 'quay.io': { mirrors: ['c.example'] } },
    ],
    [
      'one of this machine',
      ['docker.io=127.0.0.1:5000/hub'],
      { '127.0.0.1:5000': { http: true }, 'docker.io': { mirrors: ['127.0.0.1:5000/hub'] } },
    ],
    [
      'one that only looks like this machine',
      ['docker.io=127.0.0.1.example/hub'],
      { 'docker.io': { mirrors: ['127.0.0.1.example/hub'] } },
    ],
  ])('of %s', (_, lines, tables) => {
    const mirrors: Mirror[] = lines.map(parseMirror);
    expect(registryTables(mirrors)).toEqual(tables);
  });
});
