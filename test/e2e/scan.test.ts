import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { textAt } from '../../src/json.ts';
import { ACCOUNT, credentialsFile } from '../support/account.ts';
import { type Bed, startBed } from '../support/bed.ts';
import type { ScanAnswer, ScanScript } from '../support/ecr/scans.ts';
import { FAST, type StepResult } from '../support/job.ts';
import { BOTH, LEG_FILES, stored } from '../support/legs.ts';
import { listTags } from '../support/oci.ts';

/** An identity of the account that may do all but one thing. */
const UNSCANNING = {
  accountId: ACCOUNT.accountId,
  accessKeyId: 'AKIAEXAMPLEUNSCANFAKE',
  secretAccessKey: 'fake-unscan-key',
  denied: ['ecr:DescribeImageScanFindings'],
};
const UNSTARTING = {
  accountId: ACCOUNT.accountId,
  accessKeyId: 'AKIAEXAMPLEUNSTARTFAKE',
  secretAccessKey: 'fake-unstart-key',
  denied: ['ecr:StartImageScan'],
};

const NOTHING = { status: 'COMPLETE' };
const HIGH = {
  status: 'COMPLETE',
  findings: [
    { name: 'CVE-2026-0002', severity: 'LOW' },
    { name: 'CVE-2026-0001', severity: 'HIGH', package: 'openssl', version: '3.0.1' },
  ],
};

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'), { accounts: [ACCOUNT, UNSCANNING, UNSTARTING] });
});
afterEach(() => bed.endJobs());
afterAll(() => bed.close());

const repositories = { count: 0 };

/** A step that pushes to a repository of its own. */
async function scanned(
  script: Omit<ScanScript, 'repository'>,
  given: Readonly<Record<string, string>> = {},
  { immutable = false, env = {} }: { immutable?: boolean; env?: Readonly<Record<string, string>> } = {},
) {
  repositories.count += 1;
  const repository = `scanned${repositories.count}`;
  bed.ecr.addRepository({ name: repository, immutable });
  bed.ecr.addScan({ repository, ...script });
  const before = bed.ecr.requests.length;
  const job = await bed.job({ files: LEG_FILES, env });
  const inputs = { ...bed.inputs, imageShortName: repository, imageTag: 'v1,v2', cache: 'none', scanFailOn: 'high' };
  const result: StepResult = await job.step({ ...inputs, ...given });
  return {
    result,
    repository,
    job,
    requests: bed.ecr.requests.slice(before),
    tags: await listTags({ registryUrl: bed.registry.url, repository }),
  };
}

const as = (account: typeof UNSCANNING) => ({ awsCredentials: credentialsFile({ default: account }) });

describe('an image that passes', () => {
  it('is pushed by digest, scanned as far as the scan goes, and only then gets all of its tags', async () => {
    const answers = [{ status: 'IN_PROGRESS' }, NOTHING] as const;
    const { result, repository, requests } = await scanned({ answers });
    expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    const { imageDigest = '' } = result.outputs;
    expect(result.outputs).toMatchObject({
      imageTags: `${bed.ecr.host}/${repository}:v1\n${bed.ecr.host}/${repository}:v2`,
      imagePushed: 'true',
      scanFindings: '{}',
      platformDigests: JSON.stringify({ 'linux/amd64': imageDigest }),
    });
    expect([(await stored(bed, repository, 'v1')).digest, (await stored(bed, repository, 'v2')).digest]).toEqual([
      imageDigest,
      imageDigest,
    ]);
    const puts = requests.filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/'));
    expect(puts.map(({ path }) => path.replace(/.*\//, ''))).toEqual([imageDigest, 'v1', 'v2']);
    const last = requests.findLastIndex(({ action }) => action === 'DescribeImageScanFindings');
    const firstTag = requests.findIndex(({ method, path }) => method === 'PUT' && path.endsWith('/manifests/v1'));
    expect(last).toBeGreaterThan(0);
    expect(firstTag).toBeGreaterThan(last);
    expect(result.log).toContain('linux/amd64 IN_PROGRESS (');
    expect(result.log).toContain('linux/amd64 COMPLETE (');
    expect(result.log).toContain('Scanned: no findings');
    expect(result.summary).toContain('| Scan | no findings |');
  });

  it('may have findings below the severity, in the log and in the summary', async () => {
    const { result, tags } = await scanned({ answers: [HIGH] }, { scanFailOn: 'critical', image: 'web' });
    expect(result, result.output).toMatchObject({ code: 0, errors: [] });
    const scanFindings = '{"HIGH":1,"LOW":1}';
    expect(result.outputs).toMatchObject({ scanFindings, webScanFindings: scanFindings });
    expect(result.log).toContain('HIGH      CVE-2026-0001  openssl 3.0.1  linux/amd64');
    expect(result.summary).toContain('| HIGH | `CVE-2026-0001` | `openssl 3.0.1` | `linux/amd64` |');
    expect(tags).toEqual(['v1', 'v2']);
  });

  it('is tagged in a repository with immutable tags, too', async () => {
    const { result, tags } = await scanned({ answers: [NOTHING] }, {}, { immutable: true });
    expect(result, result.output).toMatchObject({ code: 0, errors: [] });
    expect(tags).toEqual(['v1', 'v2']);
  });

  it('gets no tag with pushByDigest', async () => {
    const given = { imageTag: '', pushByDigest: 'true' };
    const { result, repository } = await scanned({ answers: [NOTHING] }, given);
    expect(result.outputs, result.output).toMatchObject({ imageTags: '', imagePushed: 'true', scanFindings: '{}' });
    expect((await stored(bed, repository, result.outputs.imageDigest ?? '')).digest).toBe(result.outputs.imageDigest);
  });
});

describe('an image with findings at that severity', () => {
  it('moves no tag in any registry, and the step fails with its digest in the outputs', async () => {
    bed.ecr.addRepository({ name: 'second' });
    const first = await scanned({ answers: [NOTHING] });
    const imageTag = ['v1', 'v3'].flatMap((tag) => [
      `${bed.ecr.host}/${first.repository}:${tag}`,
      `${bed.ecr.host}/second:${tag}`,
    ]);
    bed.ecr.addScan({ repository: first.repository, answers: [HIGH] });
    const job = await bed.job({ files: { ...LEG_FILES, 'one.txt': '2' } });
    const given = { imageTag: imageTag.join('\n'), scanFailOn: 'medium', cache: 'none', ecsContainerName: 'web' };
    const result = await job.step({ ...bed.inputs, ...given });
    expect(result, result.output).toMatchObject({ code: 1 });
    expect(result.output).toContain('title=scan-findings');
    const { imageDigest = '' } = result.outputs;
    const image = `${bed.ecr.host}/${first.repository}@${imageDigest}`;
    expect(result.errors).toEqual([expect.stringContaining(`the scan of ${image} found 1 HIGH (CVE-2026-0001)`)]);
    expect(result.outputs).toMatchObject({
      imageFullNameDigest: image,
      imageTags: '',
      imagePushed: 'true',
      scanFindings: '{"HIGH":1,"LOW":1}',
      platformDigests: JSON.stringify({ 'linux/amd64': imageDigest }),
    });
    expect((await stored(bed, first.repository, 'v1')).digest).toBe(first.result.outputs.imageDigest);
    expect(await listTags({ registryUrl: bed.registry.url, repository: first.repository })).toEqual(['v1', 'v2']);
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'second' })).toEqual([]);
    // In both for a later step, without a tag.
    expect((await stored(bed, 'second', imageDigest)).digest).toBe(imageDigest);
    expect(result.summary).toContain('| Pushed, but not tagged as | ');
    expect(result.summary).toContain('| HIGH | `CVE-2026-0001` |');
    await expect(access(join(job.workspace, 'imagedefinitions.json'))).rejects.toThrow();
  });

  it('counts what nobody has judged, and does not fail for it', async () => {
    const findings = ['UNDEFINED', 'UNTRIAGED', 'INFORMATIONAL'].map((severity) => ({ name: 'CVE-2026-1', severity }));
    const { result } = await scanned({ answers: [{ status: 'COMPLETE', findings }] }, { scanFailOn: 'low' });
    expect(result.code, result.output).toBe(0);
    expect(result.outputs.scanFindings).toBe('{"INFORMATIONAL":1,"UNDEFINED":1,"UNTRIAGED":1}');
  });
});

describe('several platforms', () => {
  it('are scanned each, without the index and the attestations, and shown together', async () => {
    const given = { platforms: BOTH, provenance: 'true' };
    const { result, requests, tags } = await scanned({ answers: [{ status: 'IN_PROGRESS' }, HIGH] }, given, FAST);
    expect(result.output).toContain('title=scan-findings');
    expect(result.outputs.scanFindings).toBe('{"HIGH":2,"LOW":2}');
    const platforms: Record<string, string> = JSON.parse(result.outputs.platformDigests ?? '');
    const asked = requests.filter(({ action }) => action === 'DescribeImageScanFindings');
    const digests = asked.map(({ input }) => textAt(input, 'imageId', 'imageDigest'));
    expect(Object.keys(platforms)).toEqual(['linux/amd64', 'linux/arm64']);
    expect(new Set(digests)).toEqual(new Set(Object.values(platforms)));
    expect(result.log).toContain('CVE-2026-0001  openssl 3.0.1  linux/amd64, linux/arm64');
    expect(tags).toEqual([]);
  });
});

describe('enhanced scanning', () => {
  it('waits for Amazon Inspector, reads all pages, and shows what has the finding', async () => {
    const more = Array.from({ length: 4 }, (_, index) => ({ name: `CVE-2026-10${index}`, severity: 'MEDIUM' }));
    const critical = {
      name: 'CVE-2026-2000',
      severity: 'CRITICAL',
      package: 'zlib',
      version: '1.2',
      fixedInVersion: '1.3',
    };
    const answers = [
      'ScanNotFoundException',
      { status: 'PENDING' },
      { status: 'ACTIVE', findings: [...more, critical] },
    ] as const;
    const { result } = await scanned({ enhanced: true, pageSize: 2, answers }, { scanFailOn: 'critical' }, FAST);
    expect(result.output).toContain('title=scan-findings');
    expect(result.outputs.scanFindings).toBe('{"CRITICAL":1,"MEDIUM":4}');
    expect(result.log).toMatch(/CRITICAL +CVE-2026-2000 +zlib 1\.2 \(fixed in 1\.3\) +linux\/amd64/);
  });

  it('that does not cover the repository is no success', async () => {
    const { result, tags } = await scanned({ enhanced: true, answers: ['ScanNotFoundException'] }, {}, FAST);
    expect(result.output).toContain('title=scan-unavailable');
    expect(result.errors[0]).toMatch(/has begun no scan[\s\S]*This feature is disabled[\s\S]*filter/);
    expect(tags).toEqual([]);
  });
});

describe('a scan', () => {
  it('that has to be started is started', async () => {
    const answers = [{ status: 'IN_PROGRESS' }, NOTHING] as const;
    const { result, requests, tags } = await scanned({ manual: true, answers });
    expect(result, result.output).toMatchObject({ code: 0, errors: [] });
    expect(requests.filter(({ action }) => action === 'StartImageScan')).toHaveLength(1);
    expect(result.log).toContain('linux/amd64 scan started');
    expect(tags).toEqual(['v1', 'v2']);
  });

  it('that cannot be started again today counts all the same', async () => {
    const { result, requests } = await scanned({ answers: ['ScanNotFoundException', NOTHING] }, {}, FAST);
    expect(requests.some(({ action }) => action === 'StartImageScan')).toBe(true);
    expect(result, result.output).toMatchObject({ code: 0, errors: [] });
  });

  it('of another day is asked for again, and counts where today has none', async () => {
    const completedAt = Date.now() / 1000 - 25 * 3600;
    const { result, requests } = await scanned({ answers: [{ ...HIGH, completedAt }] }, {}, FAST);
    expect(requests.filter(({ action }) => action === 'StartImageScan').length).toBeGreaterThan(0);
    expect(result.output).toContain('title=scan-findings');
  });

  it.each([
    'FAILED',
    'UNSUPPORTED_IMAGE',
    'FINDINGS_UNAVAILABLE',
    'SCAN_ELIGIBILITY_EXPIRED',
    'LIMIT_EXCEEDED',
    'IMAGE_ARCHIVED',
  ])('that ends as %s keeps the image from its tags', async (status) => {
    const answers: readonly [ScanAnswer] = [{ status, description: `words about ${status}` }];
    const { result, tags } = await scanned({ answers });
    expect(result.code).toBe(1);
    expect(result.output).toContain('title=scan-unavailable');
    expect(result.errors[0]).toContain(`status is ${status}: words about ${status}.`);
    expect(result.outputs).toMatchObject({ imageTags: '', imageDigest: expect.stringMatching(/^sha256:/) });
    expect(result.outputs.scanFindings).toBe('');
    expect(tags).toEqual([]);
  });

  it('that never finishes ends the step after 15 minutes', async () => {
    const { result, tags } = await scanned({ answers: [{ status: 'IN_PROGRESS' }] }, {}, FAST);
    expect(result.output).toContain('title=scan-timeout');
    expect(result.errors[0]).toContain('has not finished within 15 minutes, its status is IN_PROGRESS');
    expect(result.log).toMatch(/linux\/amd64 IN_PROGRESS \(15 min /);
    expect(tags).toEqual([]);
  });
});

describe('what is not allowed', () => {
  it('is named when it is the findings', async () => {
    const { result, tags } = await scanned({ answers: [NOTHING] }, as(UNSCANNING));
    expect(result.output).toContain('title=ecr-denied');
    expect(result.errors[0]).toContain('does not allow ecr:DescribeImageScanFindings');
    expect(result.outputs.imageDigest).toMatch(/^sha256:/);
    expect(tags).toEqual([]);
  });

  it('is named when it is the start of a scan', async () => {
    const { result, tags } = await scanned({ manual: true, answers: [NOTHING] }, as(UNSTARTING), FAST);
    expect(result.output).toContain('title=ecr-denied');
    expect(result.errors[0]).toContain('does not allow ecr:StartImageScan');
    expect(tags).toEqual([]);
  });

  it('does not matter where the scan begins by itself', async () => {
    const { result } = await scanned({ answers: ['ScanNotFoundException', NOTHING] }, as(UNSTARTING), FAST);
    expect(result, result.output).toMatchObject({ code: 0, errors: [] });
  });
});

describe('nothing is scanned', () => {
  it('when nothing is pushed', async () => {
    const { result, requests } = await scanned({ answers: [HIGH] }, { push: 'false' });
    expect(result, result.output).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect(result.log).toContain('nothing is scanned, because nothing was pushed');
    expect(result.outputs.scanFindings).toBe('');
    expect(requests.filter(({ action }) => action === 'DescribeImageScanFindings')).toEqual([]);
  });

  it('when the image was there before', async () => {
    const { repository } = await scanned({ answers: [NOTHING] });
    bed.ecr.addScan({ repository, answers: [HIGH] });
    const job = await bed.job({ files: LEG_FILES });
    const given = { imageShortName: repository, imageTag: 'v1', scanFailOn: 'low', ifTagExists: 'skip' };
    const result = await job.step({ ...bed.inputs, ...given });
    expect(result.outputs, result.output).toMatchObject({ imagePushed: 'false' });
    expect(result.outputs.scanFindings).toBe('');
  });
});
