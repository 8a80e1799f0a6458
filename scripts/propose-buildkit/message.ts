import type { CheckedArchive } from './archive.ts';

/** A version that was checked, with its archives. */
export interface Proposal {
  readonly version: string;
  readonly publishedAt: Date;
  readonly archives: readonly CheckedArchive[];
}

/** The message of the commit, which is the text of the pull request, too: what was checked, so that somebody can check it again. */
export function messageOf(proposals: readonly Proposal[]): string {
  const versions = proposals.map(({ version }) => version).join(', ');
  return [
    `Hold the checksums of BuildKit ${versions}, whose signatures were verified`,
    ...proposals.map(evidenceOf),
    '',
  ].join('\n\n');
}

function evidenceOf({ version, publishedAt, archives }: Proposal): string {
  const published = `BuildKit ${version}, published ${publishedAt.toISOString().slice(0, 10)}:`;
  return [published, ...archives.map(linesOf)].join('\n\n');
}

function linesOf({ name, sha256, provenance }: CheckedArchive): string {
  const { signer, commit, run, logIndex } = provenance;
  return [
    `- ${name}`,
    `  - SHA-256 of the download, of GitHub's API and of the signed provenance: ${sha256}`,
    `  - signed by ${signer}`,
    `  - source: https://github.com/moby/buildkit at refs/tags of this version, commit ${commit ?? 'not said'}`,
    `  - run: ${run ?? 'not said'}`,
    `  - transparency log: https://search.sigstore.dev/?logIndex=${logIndex ?? ''}`,
  ].join('\n');
}
