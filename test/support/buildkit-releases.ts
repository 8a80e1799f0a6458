import { createHash } from 'node:crypto';
import { PLATFORMS } from '../../scripts/propose-buildkit/table.ts';
import { PROGRAM_NAMES } from '../../src/buildkit/programs.ts';
import type { PublishedRelease } from './github-releases.ts';
import { archiveOf } from './hostile-archive.ts';
import type { Identity, Sigstore } from './sigstore.ts';

/** How a release differs from one that BuildKit's workflow has made. */
export interface ReleaseChange extends Omit<Partial<PublishedRelease>, 'version' | 'files'> {
  readonly identity?: Partial<Identity>;
  /** Changes what is signed, of both archives. */
  readonly statement?: (statement: Statement) => unknown;
  /** Programs that the archives have. */
  readonly programs?: readonly string[];
  /** Changes what is on GitHub after it was signed. */
  readonly published?: (files: PublishedRelease['files']) => PublishedRelease['files'];
}

export interface Statement {
  readonly _type: string;
  readonly predicateType: string;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
  readonly predicate: unknown;
}

/** A release of BuildKit as its workflow makes it: archives of small programs, and beside each its signed provenance. */
export async function releaseOf(
  version: string,
  {
    sigstore,
    identity,
    statement: changed,
    programs = PROGRAM_NAMES,
    published,
    ...others
  }: ReleaseChange & { readonly sigstore: Sigstore },
): Promise<PublishedRelease> {
  const files = await Promise.all(
    PLATFORMS.map(async (platform) => {
      const base = `buildkit-${version}.${platform}`;
      const name = `${base}.tar.gz`;
      const archive = await archiveOf(programs.map((program) => ({ name: `bin/${program}`, content: base })));
      const statement = {
        _type: 'https://in-toto.io/Statement/v0.1',
        predicateType: 'https://slsa.dev/provenance/v1',
        subject: [{ name, digest: { sha256: createHash('sha256').update(archive).digest('hex') } }],
        predicate: {},
      };
      const bundle = await sigstore.sign(changed?.(statement) ?? statement, {
        workflow: `https://github.com/docker/github-builder/.github/workflows/bake.yml@${'b'.repeat(40)}`,
        issuer: 'https://token.actions.githubusercontent.com',
        repository: 'moby/buildkit',
        ref: `refs/tags/${version}`,
        ...identity,
      });
      return [[name, archive] as const, [`${base}.sigstore.json`, Buffer.from(JSON.stringify(bundle))] as const];
    }),
  );
  const made = Object.fromEntries(files.flat());
  return { version, files: published?.(made) ?? made, ...others };
}
