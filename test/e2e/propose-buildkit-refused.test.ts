import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ReleaseChange, releaseOf } from '../support/buildkit-releases.ts';
import type { PublishedRelease } from '../support/github-releases.ts';
import { openProject, type ProposalBed, type ProposeOptions, startProposalBed } from '../support/proposals.ts';
import { type Sigstore, startSigstore } from '../support/sigstore.ts';

/** What .github/workflows/propose-buildkit.yml proposes for no version: signatures are real, of an authority of the tests. */

const NEW = 'v0.33.1';
const AMD64 = `buildkit-${NEW}.linux-amd64.tar.gz`;
const BUNDLE = `buildkit-${NEW}.linux-amd64.sigstore.json`;

let bed: ProposalBed;
let sigstore: Sigstore;
let foreign: Sigstore;
let project: Awaited<ReturnType<typeof openProject>>;

beforeAll(async () => {
  [bed, foreign] = await Promise.all([startProposalBed(), startSigstore()]);
  ({ sigstore } = bed);
});
beforeEach(async () => {
  project = await openProject();
});
afterEach(() => project.remove());
afterAll(() => Promise.all([bed.close(), foreign.close()]));

/** @param reason of the error */
async function expectRefused(
  releases: readonly PublishedRelease[],
  reason: RegExp,
  options: ProposeOptions = {},
): Promise<void> {
  const before = await project.state();
  const ended = await bed.propose(project, releases, options);
  expect(ended).toMatchObject({ code: 1, output: expect.stringMatching(reason), message: undefined });
  expect(await project.state()).toEqual(before);
}

type Change = Exclude<ReleaseChange['published'], undefined>;
const files =
  (name: string, change: (file: Buffer) => Buffer): Change =>
  (made) => ({ ...made, [name]: change(made[name] ?? Buffer.alloc(0)) });
const without =
  (name: string): Change =>
  (made) =>
    Object.fromEntries(Object.entries(made).filter(([file]) => file !== name));
const bundle = (change: (bundle: { verificationMaterial: object; dsseEnvelope: { payload: string } }) => object) =>
  files(BUNDLE, (file) => Buffer.from(JSON.stringify(change(JSON.parse(file.toString())))));
const BAKE = 'https://github.com/docker/github-builder/.github/workflows/bake.yml';

describe('nothing is written when the archive of a new version', () => {
  it.each<[string, ReleaseChange, RegExp]>([
    [
      'is signed by another workflow',
      { identity: { workflow: `${BAKE.replace('bake', 'build')}@${'b'.repeat(40)}` } },
      /certificate identity error/,
    ],
    [
      'is signed by a workflow of a similar name',
      { identity: { workflow: `${BAKE.replace('docker/', 'docker-x/')}@${'b'.repeat(40)}` } },
      /certificate identity error/,
    ],
    [
      'is signed by a branch of the workflow',
      { identity: { workflow: `${BAKE}@refs/heads/main` } },
      /certificate identity error/,
    ],
    [
      'is signed for another repository by the same workflow',
      { identity: { repository: 'someone/buildkit' } },
      /missing OID 1\.3\.6\.1\.4\.1\.57264\.1\.12/,
    ],
    [
      'is signed for another tag',
      { identity: { ref: 'refs/tags/v0.33.0' } },
      /missing OID 1\.3\.6\.1\.4\.1\.57264\.1\.14/,
    ],
    [
      'is signed for a branch',
      { identity: { ref: 'refs/heads/master' } },
      /missing OID 1\.3\.6\.1\.4\.1\.57264\.1\.14/,
    ],
    [
      'is signed with a token of another issuer',
      { identity: { issuer: 'https://gitlab.example' } },
      /invalid certificate extension - expected issuer/,
    ],
    [
      'has the provenance of another file',
      { statement: (made) => ({ ...made, subject: [{ name: AMD64, digest: { sha256: 'a'.repeat(64) } }] }) },
      /its provenance is for SHA-256 a{64}/,
    ],
    [
      'has the provenance of a file with another name',
      { statement: (made) => ({ ...made, subject: made.subject.map((one) => ({ ...one, name: 'other' })) }) },
      /its provenance is for SHA-256 none/,
    ],
    [
      'has a signed statement that is no provenance',
      { statement: (made) => ({ ...made, predicateType: 'https://spdx.dev/Document' }) },
      /not SLSA provenance, but https:\/\/spdx/,
    ],
    [
      'was exchanged after it was signed',
      { published: files(AMD64, (file) => Buffer.concat([file, Buffer.from('x')])) },
      /its provenance is for SHA-256/,
    ],
    [
      'has a provenance that was changed after it was signed',
      {
        published: bundle((made) => ({
          ...made,
          dsseEnvelope: { ...made.dsseEnvelope, payload: Buffer.from('{}').toString('base64') },
        })),
      },
      /payload hash mismatch|signature verification failed/,
    ],
    [
      'has a signature that is in no transparency log',
      {
        published: bundle((made) => ({
          ...made,
          verificationMaterial: { ...made.verificationMaterial, tlogEntries: [] },
        })),
      },
      /expected 1 tlog entries, got 0/,
    ],
    [
      'has no signature',
      { published: without(BUNDLE) },
      /the release has no buildkit-v0\.33\.1\.linux-amd64\.sigstore\.json/,
    ],
    [
      'has a signature that is no bundle',
      { published: files(BUNDLE, () => Buffer.from('<html>')) },
      /is not valid JSON/,
    ],
    [
      'is not there for one platform',
      { published: without(AMD64) },
      /the release has no buildkit-v0\.33\.1\.linux-amd64\.tar\.gz/,
    ],
    [
      'is another one than the API says',
      { digests: { [AMD64]: `sha256:${'d'.repeat(64)}` } },
      /and GitHub's API says d{64}/,
    ],
    ['has no digest in the API', { digests: { [AMD64]: undefined } }, /and GitHub's API says nothing/],
    ['lacks a program', { programs: ['buildctl', 'buildkitd'] }, /it lacks buildkit-runc/],
  ])('%s', async (_, change, reason) => {
    await expectRefused([await releaseOf(NEW, { sigstore, ...change })], reason);
  });

  it.each([
    ['has a certificate of a foreign authority', 'certificateAuthorities', /Failed to verify certificate chain/],
    ['has a certificate that is in no trusted log', 'ctlogs', /: SCT verification failed/],
    ['has a signature that is in no trusted log', 'tlogs', /: inclusion promise could not be verified/],
    ['has a timestamp of a foreign authority', 'timestampAuthorities', /timestamp could not be verified/],
  ] as const)('%s', async (_, part, reason) => {
    const trustedRoot = { ...sigstore.trustedRoot, [part]: foreign.trustedRoot[part] };
    await expectRefused([await releaseOf(NEW, { sigstore })], reason, { trustedRoot });
  });

  it('has a certificate that had expired when it was signed', async () => {
    const expired = await startSigstore({ certificatesAge: 3_600_000 });
    const release = await releaseOf(NEW, { sigstore: expired });
    await expired.close();
    await expectRefused([release], /certificate is not valid or expired/, expired);
  });

  it('is fine, and that of another version is not', async () => {
    const [good, bad] = await Promise.all([
      releaseOf('v0.34.0', { sigstore }),
      releaseOf(NEW, { sigstore, identity: { repository: 'someone/buildkit' } }),
    ]);
    await expectRefused([good, bad], /missing OID/);
  });
});
