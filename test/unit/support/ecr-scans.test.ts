import {
  DescribeImageScanFindingsCommand,
  type DescribeImageScanFindingsCommandInput,
  type DescribeImageScanFindingsCommandOutput,
  ECRClient,
  GetAuthorizationTokenCommand,
  StartImageScanCommand,
} from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Ecr, startEcr } from '../../support/ecr/stand-in.ts';
import { digestOf } from '../../support/oci.ts';
import { pushManifest } from '../../support/oci-push.ts';
import { pushNote } from '../../support/push-note.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const ACCOUNT = { accountId: '111122223333', accessKeyId: 'AKIA0FAKE0ONE', secretAccessKey: 'fake-secret-one' };
const DENIED = { ...ACCOUNT, accessKeyId: 'AKIA0FAKE0NO', denied: ['ecr:*Scan*'] };
const HIGH = { name: 'CVE-2026-0001', severity: 'HIGH', package: 'openssl', version: '3.0.0' };
const MEDIUM = { name: 'CVE-2026-0003', severity: 'MEDIUM' };
const LOW = { name: 'CVE-2026-0002', severity: 'LOW' };
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

let registry: Registry;
let ecr: Ecr;
let authorization: string;

beforeAll(async () => {
  registry = await startRegistry({ toolchain: inject('toolchain') });
  ecr = await startEcr({
    registry,
    accounts: [ACCOUNT, DENIED],
    repositories: [{ name: 'app' }, { name: 'manual' }, { name: 'inspector' }, { name: 'unscanned' }],
    scans: [
      {
        repository: 'app',
        answers: [
          'ScanNotFoundException',
          { status: 'IN_PROGRESS' },
          { status: 'COMPLETE', findings: [HIGH, LOW, LOW] },
        ],
      },
      { repository: 'manual', manual: true, answers: [{ status: 'FAILED', description: 'why' }] },
      {
        repository: 'inspector',
        enhanced: true,
        pageSize: 1,
        answers: [
          { status: 'ACTIVE', findings: [HIGH, LOW] },
          { status: 'ACTIVE', findings: [MEDIUM, MEDIUM, MEDIUM] },
        ],
      },
    ],
  });
  const { authorizationData } = await client().send(new GetAuthorizationTokenCommand({}));
  authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`;
});

afterAll(async () => {
  await ecr?.close();
  await registry?.close();
});

function client(credentials = ACCOUNT): ECRClient {
  return new ECRClient({ endpoint: ecr.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
}

type Extra = Partial<DescribeImageScanFindingsCommandInput>;

function findings(repositoryName: string, imageDigest: string, extra: Extra = {}) {
  return client().send(new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageDigest }, ...extra }));
}

async function nameOrStatus(answer: Promise<DescribeImageScanFindingsCommandOutput>): Promise<string | undefined> {
  return answer.then(
    ({ imageScanStatus }) => imageScanStatus?.status,
    (error: unknown) => (error instanceof Error ? error.name : undefined),
  );
}

function push(repository: string, note: string): Promise<string> {
  return pushNote({ registryUrl: ecr.url, repository, reference: note, note, authorization });
}

test('goes through the script, for each image by itself, and stays at its end', async () => {
  const [one, two] = [await push('app', 'one'), await push('app', 'two')];
  const seen = [];
  for (const digest of [one, one, one, one, two]) {
    seen.push(await nameOrStatus(findings('app', digest)));
  }
  expect(seen).toEqual(['ScanNotFoundException', 'IN_PROGRESS', 'COMPLETE', 'COMPLETE', 'ScanNotFoundException']);
  expect(await findings('app', one)).toMatchObject({
    imageId: { imageDigest: one },
    imageScanFindings: {
      findingSeverityCounts: { HIGH: 1, LOW: 2 },
      findings: [
        {
          name: HIGH.name,
          severity: 'HIGH',
          attributes: [{ key: 'package_name', value: 'openssl' }, { value: '3.0.0' }],
        },
        { severity: 'LOW' },
        { severity: 'LOW' },
      ],
    },
  });
  expect(ecr.requests.at(-1)?.actions).toEqual(['ecr:DescribeImageScanFindings']);
});

test('gives the findings of Inspector in its own shape, page by page', async () => {
  const digest = await push('inspector', 'one');
  const first = await findings('inspector', digest);
  expect(first.imageScanStatus?.status).toBe('ACTIVE');
  expect(first.imageScanFindings).toMatchObject({
    findingSeverityCounts: { HIGH: 1, LOW: 1 },
    enhancedFindings: [{ severity: 'HIGH', packageVulnerabilityDetails: { vulnerabilityId: HIGH.name } }],
  });
  const second = await findings('inspector', digest, { nextToken: first.nextToken });
  expect(second.imageScanFindings?.enhancedFindings).toMatchObject([{ severity: 'LOW' }]);
  expect(second.nextToken).toBeUndefined();
  // A page is no new question: the next one gets the next answer.
  const whole = await findings('inspector', digest, { maxResults: 2 });
  expect(whole.imageScanFindings?.enhancedFindings).toMatchObject([{ severity: 'MEDIUM' }, { severity: 'MEDIUM' }]);
  const start = client().send(new StartImageScanCommand({ repositoryName: 'inspector', imageId: { imageTag: 'one' } }));
  await expect(start).rejects.toMatchObject({ name: 'ValidationException' });
});

test('scans when asked, once, where nothing else starts it', async () => {
  const digest = await push('manual', 'one');
  const image = { repositoryName: 'manual', imageId: { imageDigest: digest } };
  expect(await nameOrStatus(findings('manual', digest))).toBe('ScanNotFoundException');
  const started = await client().send(new StartImageScanCommand(image));
  expect(started.imageScanStatus?.status).toBe('IN_PROGRESS');
  expect((await findings('manual', digest)).imageScanStatus).toEqual({ status: 'FAILED', description: 'why' });
  await expect(client().send(new StartImageScanCommand(image))).rejects.toMatchObject({
    name: 'LimitExceededException',
  });
});

test('takes a script for one image, and another one later', async () => {
  const digest = await push('unscanned', 'one');
  expect(await nameOrStatus(findings('unscanned', digest))).toBe('ScanNotFoundException');
  ecr.addScan({ repository: 'unscanned', digest, answers: [{ status: 'PENDING' }] });
  expect(await nameOrStatus(findings('unscanned', digest))).toBe('PENDING');
});

test('scans no index, and nothing that is not there', async () => {
  const child = await push('app', 'child');
  const manifests = [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: child, size: 100 }];
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
  const location = { registryUrl: ecr.url, repository: 'app', authorization };
  const index = await pushManifest({ ...location, reference: 'index', mediaType: INDEX_TYPE, bytes });
  expect(await nameOrStatus(findings('app', index))).toBe('UNSUPPORTED_IMAGE');
  expect(await nameOrStatus(findings('app', digestOf(Buffer.from('absent'))))).toBe('ImageNotFoundException');
  const start = client().send(new StartImageScanCommand({ repositoryName: 'app', imageId: { imageTag: 'index' } }));
  await expect(start).rejects.toMatchObject({ name: 'UnsupportedImageTypeException' });
});

test('asks for the permission', async () => {
  const ask = { repositoryName: 'app', imageId: { imageTag: 'one' } };
  await expect(client(DENIED).send(new DescribeImageScanFindingsCommand(ask))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('ecr:DescribeImageScanFindings on resource: arn:aws:ecr:eu-central-1'),
  });
});
