import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readStatements } from '../support/attestations.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { type Built, buildIn, memberOf, ownArchitecture, refuse } from '../support/built.ts';
import type { Job } from '../support/job.ts';
import { filesHolding } from '../support/leaks.ts';
import { readLayerFile } from '../support/oci.ts';
import { sampleArguments } from '../support/processes.ts';

/** What arrives in the build, by the id of the secret. */
const ARRIVING = {
  plain: 'fake-token-000',
  hard: `fake="a,b", 'c' = $(id) \\n \`x\` grüße ==`,
  'from.env': 'fake first line\nfake "second", line\n  third = fake\n\n',
  from_file: '{"fake": "a,b",\n "key": "-----BEGIN FAKE KEY-----"}\n',
  from_odd_path: 'fake, beside a path with a comma',
  literal: 'env:NOT_A_VARIABLE_FAKE',
} as const;

const SECRETS = `
  # one of each kind
  plain=${ARRIVING.plain}
  hard=${ARRIVING.hard}
  from.env=env:MULTI_LINE
  from_file=file:secret.json
  from_odd_path=file:odd, "path"/a=b.txt
  literal=text:${ARRIVING.literal}
`;

/** What nobody else has a reason to write: the lines of the secrets. */
const FRAGMENTS = Object.values(ARRIVING).flatMap((value) => value.split('\n').filter((line) => /fake/i.test(line)));

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

describe('secrets of every kind', () => {
  let job: Job;
  let built: Built;
  let seen: ReadonlySet<string>;
  beforeAll(async () => {
    const ids = Object.keys(ARRIVING);
    const mounts = ids.map((id) => `--mount=type=secret,id=${id},required=true`).join(' ');
    job = await bed.job({
      files: {
        Dockerfile: dockerfile(bed.baseImage, `RUN ${mounts} cd /run/secrets && sha256sum ${ids.join(' ')} > /sums`),
        '.dockerignore': 'secret.json\nodd*\n',
        'secret.json': ARRIVING.from_file,
        'odd, "path"/a=b.txt': ARRIVING.from_odd_path,
      },
      env: { MULTI_LINE: ARRIVING['from.env'] },
    });
    const sampled = await sampleArguments(() => buildIn(job, bed, { secrets: SECRETS, provenance: 'max' }));
    [built, seen] = [sampled.result, sampled.arguments];
  });

  it('arrive as they are', async () => {
    const image = await memberOf(built.image, ownArchitecture);
    const sums = Object.entries(ARRIVING).map(
      ([id, value]) => `${createHash('sha256').update(value).digest('hex')}  ${id}\n`,
    );
    expect(await readLayerFile({ ...image, path: 'sums' })).toBe(sums.join(''));
  });

  it('are masked, those of files without the line break at their end', () => {
    const values = Object.values(ARRIVING).map((value) => (value === ARRIVING.from_file ? value.trim() : value));
    expect(built.result.masks).toEqual(expect.arrayContaining(values));
  });

  it('are in no argument of a process', () => {
    expect([...seen]).toContain('dockerfile.v0');
    for (const text of FRAGMENTS) {
      expect([...seen].filter((argument) => argument.includes(text))).toEqual([]);
    }
  });

  it('are in no log, summary, output or provenance', async () => {
    const { log, summary, outputs } = built.result;
    for (const text of [log, summary, JSON.stringify(outputs), JSON.stringify(await readStatements(built.image))]) {
      expect(FRAGMENTS.filter((fragment) => text.includes(fragment))).toEqual([]);
    }
  });

  it('are in no file after the step', async () => {
    expect(job.scratch()).not.toEqual([]);
    expect(await filesHolding(FRAGMENTS, [job.temp, job.home, job.toolCache, ...job.scratch()])).toEqual([]);
  });
});

it('hands a secret over as a variable of a RUN', async () => {
  const files = {
    Dockerfile: dockerfile(bed.baseImage, 'RUN --mount=type=secret,id=key,env=KEY [ "$KEY" = "fake = value" ]'),
  };
  await buildIn(await bed.job({ files }), bed, { secrets: 'key=fake = value' });
});

describe('a secret that cannot be given', () => {
  it.each([
    ['key=', 'it is empty'],
    ['key=env:UNSET_VARIABLE', 'UNSET_VARIABLE is not set'],
    ['key=env:EMPTY_VARIABLE', 'EMPTY_VARIABLE is empty'],
    ['key=file:missing.txt', 'no file "missing.txt"'],
    ['key=file:empty.txt', '"empty.txt" is empty'],
    ['key=file:.', 'no file "."'],
  ])('ends the step before anything is started: %s', async (secrets, said) => {
    const before = bed.ecr.requests.length;
    const job = await bed.job({ files: { Dockerfile: '', 'empty.txt': '' }, env: { EMPTY_VARIABLE: '' } });
    const { code, error } = await refuse(job, bed, { secrets });
    expect(code, error).toBe('secret-unavailable');
    expect(error).toContain(`"key" cannot be given to the build: `);
    expect(error).toContain(said);
    expect(job.scratch()).toEqual([]);
    expect(bed.ecr.requests).toHaveLength(before);
  });

  it('is not read from above the workspace, but from an absolute path', async () => {
    const directory = await mkdtemp('/tmp/bka-secret-');
    await writeFile(join(directory, 'key'), 'fake-absolute');
    const files = {
      Dockerfile: dockerfile(
        bed.baseImage,
        'RUN --mount=type=secret,id=key grep -x fake-absolute /run/secrets/key | wc -l > /n',
      ),
    };
    const { image } = await buildIn(await bed.job({ files }), bed, { secrets: `key=file:${join(directory, 'key')}` });
    expect(await readLayerFile({ ...image, path: 'n' })).toBe('1\n');
    await rm(directory, { recursive: true });
    const { code } = await refuse(await bed.job(), bed, { secrets: 'key=file:../event.json' });
    expect(code).toBe('path-outside');
  });

  it('is not shown when the entry cannot be read', async () => {
    const { code, result } = await refuse(await bed.job(), bed, { secrets: 'my key=fake-do-not-show' });
    expect(code).toBe('pair-malformed');
    expect(result.log).not.toContain('fake-do-not-show');
  });
});
