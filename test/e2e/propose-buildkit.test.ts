import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ReleaseChange, releaseOf } from '../support/buildkit-releases.ts';
import { openProject, type ProposalBed, startProposalBed } from '../support/proposals.ts';
import type { Sigstore } from '../support/sigstore.ts';

/** The script of .github/workflows/propose-buildkit.yml that looks for new versions, with real signatures of an authority of the tests. */

const NEW = 'v0.33.1';
const AMD64 = `buildkit-${NEW}.linux-amd64.tar.gz`;
const BUNDLE = `buildkit-${NEW}.linux-amd64.sigstore.json`;

let bed: ProposalBed;
let sigstore: Sigstore;
let project: Awaited<ReturnType<typeof openProject>>;

beforeAll(async () => {
  bed = await startProposalBed();
  ({ sigstore } = bed);
});
beforeEach(async () => {
  project = await openProject();
  bed.github.broken = [];
  bed.github.requests.splice(0);
});
afterEach(() => project.remove());
afterAll(() => bed.close());

describe('a new version', () => {
  it('is added with what was checked, and the pinned one stays', async () => {
    const [, before] = await project.state();
    const release = await releaseOf(NEW, { sigstore });
    const { message = '', ...ended } = await bed.propose(project, [release, await releaseOf('v0.32.3', { sigstore })]);
    expect(ended.code, ended.output).toBe(0);
    const [readme = '', text = ''] = await project.state();
    const table = JSON.parse(text);
    expect(Object.keys(table.releases)).toEqual([NEW, 'v0.33.0', 'v0.32.3', 'v0.32.2', 'v0.31.2']);
    expect(table).toMatchObject(JSON.parse(before ?? ''));
    const sha256 = createHash('sha256')
      .update(release.files[AMD64] ?? '')
      .digest('hex');
    expect(table.releases[NEW]['linux-amd64']).toBe(sha256);
    expect(readme).toContain('the action holds (`v0.33.1`, `v0.33.0`, `v0.32.3`, `v0.32.2`, `v0.31.2`)');
    expect(message).toMatch(/^Hold the checksums of BuildKit v0\.33\.1, v0\.32\.3, whose signatures were verified\n\n/);
    expect(message).toContain(sha256);
    expect(message).toContain(`bake.yml@${'b'.repeat(40)}`);
    expect(message).toContain(`commit ${'c'.repeat(40)}`);
    expect(message).toContain('https://github.com/moby/buildkit/actions/runs/7/attempts/1');
    expect(bed.github.requests.filter(({ authorized }) => authorized).map(({ path }) => path)).toEqual([
      '/repos/moby/buildkit/releases?per_page=100',
    ]);
  });

  it.each([
    ['too young', NEW, { ageDays: 6.9 }],
    ['a pre-release under the name of a stable one', NEW, { prerelease: true }],
    ['a pre-release by its name', 'v0.34.0-rc1', {}],
    ['a draft', NEW, { draft: true }],
    ['in the table', 'v0.33.0', {}],
    ['older than what the table has of its line', 'v0.31.1', {}],
    ['of a line that is older than the table', 'v0.30.0', {}],
  ] as const)('is not proposed when it is %s', async (_, version, change: ReleaseChange) => {
    const before = await project.state();
    const ended = await bed.propose(project, [await releaseOf(version, { sigstore, ...change })]);
    expect(ended.code, ended.output).toBe(0);
    expect(ended.output).toContain('The table has every release');
    expect(await project.state()).toEqual(before);
    expect(ended.message).toBeUndefined();
    expect(bed.github.requests).toHaveLength(1);
  });
});

describe('nothing is written when there is no answer', () => {
  it.each([AMD64, BUNDLE])('for %s', async (name) => {
    const before = await project.state();
    bed.github.broken = [name];
    const ended = await bed.propose(project, [await releaseOf(NEW, { sigstore })]);
    expect(ended).toMatchObject({ code: 1, output: expect.stringMatching(/answers 503/), message: undefined });
    expect(await project.state()).toEqual(before);
  });

  it('from the API', async () => {
    const before = await project.state();
    const ended = await bed.propose(project, [await releaseOf(NEW, { sigstore })], { api: '/gone' });
    expect(ended).toMatchObject({ code: 1, output: expect.stringMatching(/answers 404/), message: undefined });
    expect(await project.state()).toEqual(before);
  });

  it('from Sigstore, whose trusted root is needed', async () => {
    const before = await project.state();
    const ended = await bed.propose(project, [await releaseOf(NEW, { sigstore })], { trustedRoot: null });
    expect(ended).toMatchObject({ code: 1, message: undefined });
    expect(await project.state()).toEqual(before);
    expect(new Set(bed.proxy.requests.map(({ target, status }) => `${target} ${status}`))).toEqual(
      new Set(['tuf-repo-cdn.sigstore.dev:443 502']),
    );
  });
});
