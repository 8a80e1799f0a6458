import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectory, read } from './job.ts';

const GOOD = { imageShortName: 'nginx', push: 'false' };

/** A workspace with a Dockerfile and a directory of programs. */
async function makeWorkspace(...programs: readonly string[]): Promise<string> {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n', 'bin/README': '' });
  for (const program of programs) {
    await writeFile(join(workspace, 'bin', program), '#!/bin/sh\n');
    await chmod(join(workspace, 'bin', program), 0o755);
  }
  return workspace;
}

describe('BuildKit', () => {
  it('comes from buildkitPath, whatever else is given', async () => {
    const workspace = await makeWorkspace('buildctl', 'buildkitd', 'buildkit-runc');
    const given = { ...GOOD, buildkitPath: 'bin', buildkitVersion: 'v0.31.2', buildkitMode: 'root' };
    const directory = join(workspace, 'bin');
    expect((await read({ workspace, with: given })).buildkit).toEqual({
      from: {
        kind: 'programs',
        directory,
        buildctl: join(directory, 'buildctl'),
        buildkitd: join(directory, 'buildkitd'),
        runc: join(directory, 'buildkit-runc'),
      },
      hasMirror: false,
      mode: 'root',
      config: {},
      root: undefined,
    });
  });

  it('takes a version that the table does not have when its checksum is given', async () => {
    const workspace = await makeWorkspace();
    const given = { ...GOOD, buildkitVersion: '9.9.9', buildkitSha256: '0'.repeat(64) };
    expect((await read({ workspace, with: given })).buildkit.from).toEqual({
      kind: 'release',
      version: 'v9.9.9',
      url: 'https://github.com/moby/buildkit/releases/download/v9.9.9/buildkit-v9.9.9.linux-amd64.tar.gz',
      sha256: '0'.repeat(64),
    });
  });
});

describe('the configuration of the daemon', () => {
  it('is a text or a file', async () => {
    const workspace = await makeWorkspace();
    await writeFile(join(workspace, 'bin/buildkitd.toml'), '[log]\nlevel = "warn"\n');
    for (const buildkitConfig of ['[log]\nlevel = "warn"', 'bin/buildkitd.toml']) {
      const { buildkit } = await read({ workspace, with: { ...GOOD, buildkitConfig } });
      expect(buildkit.config).toEqual({ log: { level: 'warn' } });
    }
  });
});

describe('a configuration of comments alone', () => {
  it.each(['\n# nothing yet\n\n', '# nothing yet', '#'])('is a text: %j', async (buildkitConfig) => {
    const workspace = await makeWorkspace();
    expect((await read({ workspace, with: { ...GOOD, buildkitConfig } })).buildkit.config).toEqual({});
  });

  it('is not what a path with a line break behind it is', async () => {
    const workspace = await makeWorkspace();
    await writeFile(join(workspace, 'bin/buildkitd.toml'), '[log]\nlevel = "warn"\n');
    const { buildkit } = await read({ workspace, with: { ...GOOD, buildkitConfig: 'bin/buildkitd.toml\n' } });
    expect(buildkit.config).toEqual({ log: { level: 'warn' } });
  });
});

describe('the directory of kept data', () => {
  it.each([
    ['relative to the workspace', 'kept/here', (workspace: string) => join(workspace, 'kept/here')],
    ['absolute', '/var/lib/kept', () => '/var/lib/kept'],
  ])('is %s, and need not be there', async (_, buildkitRoot, expected) => {
    const workspace = await makeWorkspace();
    expect((await read({ workspace, with: { ...GOOD, buildkitRoot } })).buildkit.root).toBe(expected(workspace));
  });
});

describe('the password of a download address', () => {
  it.each([
    ['plain', 'https://ci:fake-secret@mirror.example/{version}.tgz', ['fake-secret']],
    ['encoded', 'https://ci:fake%2Fsecret@mirror.example/{version}.tgz', ['fake%2Fsecret', 'fake/secret']],
    ['with a percent sign of its own', 'https://ci:fake%secret@mirror.example/{version}.tgz', ['fake%secret']],
    ['absent', 'https://mirror.example/{version}.tgz', []],
  ])('is masked: %s', async (_, buildkitDownloadUrl, secrets) => {
    const workspace = await makeWorkspace();
    const masked: string[] = [];
    await read({ workspace, with: { ...GOOD, buildkitDownloadUrl }, mask: (secret) => masked.push(secret) });
    expect(new Set(masked)).toEqual(new Set(secrets));
  });
});
