import type { Area, Replacement } from './row.ts';

const PROVENANCE = 'scripts/propose-buildkit/provenance.ts';
const CANDIDATES = 'scripts/propose-buildkit/candidates.ts';
const ARCHIVE = 'scripts/propose-buildkit/archive.ts';
const TABLE = 'scripts/propose-buildkit/table.ts';

const REFUSED = 'The run fails and names the archive. Nothing is written or proposed.';
const UNANSWERED = 'The run fails and names the address. Nothing is written or proposed.';
const WAITS = 'It is not proposed, and nothing of it is downloaded.';
const NOT_TAKEN = 'Nothing is taken over, and nothing is pushed.';

const refused = (name: string) => ({ file: 'propose-buildkit-refused.test.ts', name });
const proposed = (name: string) => ({ file: 'propose-buildkit.test.ts', name });
const accepted = (name: string) => ({ file: 'accept-buildkit.test.ts', name });

const ANY_SIGNER: Replacement = { file: PROVENANCE, from: '    subjectAlternativeName: SIGNER,\n', to: '' };
const ANY_REF: Replacement = { file: PROVENANCE, from: ', extension(EXTENSIONS.ref, `refs/tags/${version}`)', to: '' };
const ANY_DIGEST: Replacement = { file: PROVENANCE, from: 'digest !== sha256', to: "digest === ''" };
const ANY_ANSWER: Replacement = {
  file: ARCHIVE,
  from: '!response.ok || response.body === null',
  to: 'response.body === null',
};

export const area: Area = {
  title: 'New versions of BuildKit',
  rows: [
    {
      fault: 'A release is signed by another workflow',
      outcome: REFUSED,
      test: refused('is signed by another workflow'),
      mutant: ANY_SIGNER,
    },
    {
      fault: 'A release is signed by a workflow of a similar name',
      outcome: REFUSED,
      test: refused('is signed by a workflow of a similar name'),
      mutant: { file: PROVENANCE, from: 'github\\.com\\/docker\\/github', to: 'github\\.com\\/docker.*\\/github' },
    },
    {
      fault: 'A release is signed by the right workflow from a branch, which anybody with access moves',
      outcome: REFUSED,
      test: refused('is signed by a branch of the workflow'),
      mutant: { file: PROVENANCE, from: '(?:[0-9a-f]{40}|refs\\/tags\\/v[\\w.-]+)$', to: '' },
    },
    {
      fault: 'Another repository has signed through the same workflow',
      outcome: REFUSED,
      test: refused('is signed for another repository by the same workflow'),
      mutant: { file: PROVENANCE, from: 'extension(EXTENSIONS.repository, REPOSITORY), ', to: '' },
    },
    {
      fault: 'A release is signed for another tag',
      outcome: REFUSED,
      test: refused('is signed for another tag'),
      mutant: ANY_REF,
    },
    {
      fault: 'A release is signed for a branch',
      outcome: REFUSED,
      test: refused('is signed for a branch'),
      mutant: ANY_REF,
    },
    {
      fault: 'A release is signed with a token of another issuer',
      outcome: REFUSED,
      test: refused('is signed with a token of another issuer'),
      mutant: { file: PROVENANCE, from: '    extensions: { issuer: ISSUER },\n', to: '' },
    },
    {
      fault: 'A signature is in no transparency log',
      outcome: REFUSED,
      test: refused('has a signature that is in no transparency log'),
      mutant: { file: PROVENANCE, from: 'tlogThreshold: 1, timestamp', to: 'tlogThreshold: 0, timestamp' },
    },
    {
      fault: 'The signed provenance is that of another file',
      outcome: REFUSED,
      test: refused('has the provenance of another file'),
      mutant: ANY_DIGEST,
    },
    {
      fault: 'An archive was exchanged after it was signed, and GitHub has the digest of the new one',
      outcome: REFUSED,
      test: refused('was exchanged after it was signed'),
      mutant: ANY_DIGEST,
    },
    {
      fault: 'What was signed is no provenance',
      outcome: REFUSED,
      test: refused('has a signed statement that is no provenance'),
      mutant: {
        file: PROVENANCE,
        from: '!/^https:\\/\\/slsa\\.dev\\/provenance\\/v\\d/.test(type)',
        to: "type === ''",
      },
    },
    {
      fault: "The download is another one than GitHub's API says",
      outcome: REFUSED,
      test: refused('is another one than the API says'),
      mutant: { file: ARCHIVE, from: 'asset.sha256 !== sha256', to: "asset.sha256 === ''" },
    },
    {
      fault: 'A signed archive lacks a program that the action runs',
      outcome: REFUSED,
      test: refused('lacks a program'),
      mutant: { file: ARCHIVE, from: "    await checkPrograms(file, join(directory, 'bin'));\n", to: '' },
    },
    {
      fault: 'Of two new versions one is not signed as it should be',
      outcome: REFUSED,
      test: refused('is fine, and that of another version is not'),
      mutant: {
        file: 'scripts/propose-buildkit.ts',
        from: 'added.push(await check(release, trustedRoot));',
        to: 'added.push(...(await check(release, trustedRoot).then((one) => [one], () => [])));',
      },
    },
    {
      fault: 'A download is refused for a moment (503)',
      outcome: UNANSWERED,
      test: proposed(`for buildkit-v0.33.1.linux-amd64.tar.gz`),
      mutant: ANY_ANSWER,
    },
    {
      fault: 'A signature cannot be downloaded',
      outcome: UNANSWERED,
      test: proposed(`for buildkit-v0.33.1.linux-amd64.sigstore.json`),
      mutant: ANY_ANSWER,
    },
    {
      fault: 'A release is a few days old',
      outcome: WAITS,
      test: proposed('is not proposed when it is too young'),
      mutant: { file: CANDIDATES, from: '    .filter(({ publishedAt }) => publishedAt.getTime() <= latest)\n', to: '' },
    },
    {
      fault: 'A release is a pre-release under the name of a stable one',
      outcome: WAITS,
      test: proposed('is not proposed when it is a pre-release under the name of a stable one'),
      mutant: { file: CANDIDATES, from: " && at(release, 'prerelease') === false", to: '' },
    },
    {
      fault: 'The job that may push is handed a table with another checksum for a known version',
      outcome: NOT_TAKEN,
      test: accepted('refuses a table that changes a checksum'),
      mutant: { file: TABLE, from: 'changed !== undefined || ', to: '' },
    },
    {
      fault: 'The job that may push is handed another default',
      outcome: NOT_TAKEN,
      test: accepted('refuses a table that changes the default'),
      mutant: { file: TABLE, from: ' || after.default !== before.default', to: '' },
    },
    {
      fault: 'The job that may push is handed a table without a known version',
      outcome: NOT_TAKEN,
      test: accepted('refuses a table that takes a version away'),
      mutant: { file: TABLE, from: 'changed !== undefined || ', to: '' },
    },
    {
      fault: 'The job that may push is handed text in place of a version',
      outcome: NOT_TAKEN,
      test: accepted('refuses a table that has a version that is none'),
      mutant: { file: TABLE, from: '!isVersion(version) || ', to: '' },
    },
    {
      fault: 'The job that may push is handed a command in place of a checksum',
      outcome: NOT_TAKEN,
      test: accepted('refuses a table that has a checksum that is none'),
      mutant: { file: TABLE, from: ' || !/^[0-9a-f]{64}$/.test(sha256)', to: '' },
    },
  ],
};
