import { assert, asyncProperty } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkProfile, secretsIn } from '../../../src/aws/credentials-file.ts';
import { parseCacheMetrics } from '../../../src/buildkit/cache-metrics.ts';
import { explainConnection } from '../../../src/buildkit/connection-errors.ts';
import { cacheExportProblem, explainBuildError } from '../../../src/buildkit/errors.ts';
import { readExcerpt } from '../../../src/buildkit/excerpt.ts';
import { readRecord } from '../../../src/buildkit/record.ts';
import { checkDownloadUrl, checkSha256, checkVersion } from '../../../src/buildkit/releases.ts';
import { explain, Failure } from '../../../src/failure.ts';
import { readCertificates, readClientKey } from '../../../src/inputs/certificates.ts';
import { entriesOf } from '../../../src/inputs/grammar.ts';
import { parseAnnotation } from '../../../src/plan/annotations.ts';
import { allowsUserNamespaces } from '../../../src/plan/apparmor.ts';
import { parseProvenance, parseSbom } from '../../../src/plan/attestations.ts';
import { assignPlatforms, checkSecure, parseBuildkitHost } from '../../../src/plan/buildkit-hosts.ts';
import { cacheTagName, parseCacheEntry } from '../../../src/plan/cache.ts';
import { parseDaemonConfig } from '../../../src/plan/daemon-config.ts';
import { parseEcrHost } from '../../../src/plan/ecr-host.ts';
import { parseExporter } from '../../../src/plan/exporters.ts';
import { parseExtraArgs, platformsIn } from '../../../src/plan/extra-args.ts';
import { formatGitAddress, pageOf, parseGitAddress } from '../../../src/plan/git-address.ts';
import { checkRevision } from '../../../src/plan/git-revision.ts';
import { imagesIn } from '../../../src/plan/image-hosts.ts';
import { instructionsOf } from '../../../src/plan/instructions.ts';
import { keyscanCommand, knownHostsName, knownHostsText } from '../../../src/plan/known-hosts.ts';
import { parseMirror } from '../../../src/plan/mirrors.ts';
import { parsePair } from '../../../src/plan/pairs.ts';
import { digestsInJson, parseSource } from '../../../src/plan/parts.ts';
import { checkPlatform } from '../../../src/plan/platforms.ts';
import { checkRepositoryName } from '../../../src/plan/reference.ts';
import { checkRegion } from '../../../src/plan/regions.ts';
import { parseRegistryHost, parseRegistryPath } from '../../../src/plan/registry-path.ts';
import { parseRepositorySettings } from '../../../src/plan/repository-settings.ts';
import { checkExternalId, checkRoleArn, checkSessionName } from '../../../src/plan/role.ts';
import { writeSizes } from '../../../src/plan/sizes.ts';
import { isEncryptedKey, isPrivateKey } from '../../../src/plan/ssh-key.ts';
import { readSyntax } from '../../../src/plan/syntax.ts';
import { parseTagEntry, tagOfRef } from '../../../src/plan/tags.ts';
import { judge, REFUSALS } from '../../../src/registry/refusals.ts';
import { annotationsOf } from '../../../src/report/annotations.ts';
import { brief } from '../../../src/report/gantt.ts';
import { block, code, html, prose, shorten } from '../../../src/report/markdown.ts';
import { clip, clipMiddle, printableLines } from '../../../src/report/printable.ts';
import { parseState } from '../../../src/state.ts';
import { runnerCommands } from '../../support/runner-commands.ts';
import { processorTime } from './cpu.ts';
import { hostileText, PARTS } from './texts.ts';

const HOST = parseBuildkitHost('kube-pod://fake');
const warning = (short: string) => ({ short, detail: [short], url: short, file: short, start: 1, end: 1 });

const READERS: readonly (readonly [string, (text: string) => unknown])[] = [
  ['entries', (text) => entriesOf(text, /,/)],
  ['imageTag', parseTagEntry],
  ['a ref', (ref) => tagOfRef({ name: 'push', ref, onDefaultBranch: false })],
  ['imageShortName', (text) => checkRepositoryName(text, { input: 'fake' })],
  ['imageRegistryPath', (text) => parseRegistryPath(text, 'fake')],
  ['containerRegistry', (text) => parseRegistryHost(text, 'fake')],
  ['the host of ECR', parseEcrHost],
  ['buildArgs', (text) => parsePair(text, 'fake')],
  ['annotations', parseAnnotation],
  ['outputs', parseExporter],
  ['cacheTo', (text) => parseCacheEntry(text, 'cacheTo')],
  ['cacheTag', cacheTagName],
  ['registryMirrors', parseMirror],
  ['buildkitHost', (text) => checkSecure(parseBuildkitHost(text), { hasAuthority: false })],
  ['machines', (text) => assignPlatforms([parseBuildkitHost(text)], { platforms: [text], own: text })],
  ['gitCloneUrl', (text) => [formatGitAddress(parseGitAddress(text)), pageOf(parseGitAddress(text))]],
  ['gitRevision', checkRevision],
  ['known hosts', (text) => [knownHostsText(text), knownHostsName(text), keyscanCommand(text)]],
  ['an SSH key', (text) => [isPrivateKey(text), isEncryptedKey(text)]],
  ['certificates', (text) => [readCertificates(text, 'fake'), readClientKey(text)]],
  ['platforms', (text) => checkPlatform(text)],
  ['repositorySettings', parseRepositorySettings],
  ['provenance', parseProvenance],
  ['sbom', parseSbom],
  ['the JSON of sources', (text) => digestsInJson(text, undefined)],
  ['sources', parseSource],
  ['extraArgs', (text) => [platformsIn(parseExtraArgs(text)), writeSizes([text])]],
  ['awsRegion', (text) => checkRegion(text, 'fake')],
  ['awsRoleArn', checkRoleArn],
  ['awsRoleSessionName', checkSessionName],
  ['awsExternalId', checkExternalId],
  ['awsCredentials', (text) => checkProfile({ text, profile: 'default', fromWorkspace: true })],
  ['the secrets of awsCredentials', secretsIn],
  ['buildkitVersion', checkVersion],
  ['buildkitSha256', checkSha256],
  ['buildkitDownloadUrl', checkDownloadUrl],
  ['buildkitConfig', parseDaemonConfig],
  ['a Dockerfile', (text) => [instructionsOf(text), imagesIn(text), readSyntax(text)]],
  ['a profile of AppArmor', (text) => allowsUserNamespaces(text, '/fake')],
  ['an excerpt', readExcerpt],
  ['an error of a build', explainBuildError],
  ['an export of the cache', cacheExportProblem],
  ['an error of a connection', (text) => explainConnection(text, HOST)],
  ['a trace', (text) => readRecord([text, `{"vertexes":[{"name":${JSON.stringify(text)}}]}`])],
  ['metrics of the cache', parseCacheMetrics],
  ['a refusal', (text) => judge(text, REFUSALS)],
  ['warnings', (text) => annotationsOf([warning(text)], () => undefined)],
  ['saved state', parseState],
  ['the name of a step', brief],
  ['Markdown', (text) => [code(text), block(text), prose(text), html(text), shorten(text, 100)]],
  ['the log', (text) => [printableLines(text), clip(text, 100), clipMiddle(text, 100)]],
];

/** Runs a reader. What it says of a text that it cannot read is no command, and fits into a message of GitHub. */
async function read(reader: (text: string) => unknown, text: string): Promise<void> {
  try {
    await reader(text);
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    const { message } = explain(error, 'docs/troubleshooting.md');
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message).toMatch(/\nMore: docs\/troubleshooting\.md#[a-z-]+$/);
    expect(runnerCommands(message)).toEqual([]);
    expect(message).not.toMatch(/(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
  }
}

describe('whatever a text says, it is read or refused with a reason', () => {
  it.each(READERS)('%s', { timeout: 60_000 }, async (_, reader) => {
    await assert(
      asyncProperty(hostileText, (text) => read(reader, text)),
      { numRuns: 300 },
    );
  });
});

/** Characters of a text of the same part again and again. */
const LENGTH = 100_000;

describe('however long a text is, it is read in time', () => {
  it.each(READERS)('%s', { timeout: 180_000 }, async (_, reader) => {
    for (const part of ['a', 'a ', 'a\n', ...PARTS]) {
      const text = part.repeat(LENGTH / part.length);
      const took = await processorTime(() => read(reader, text));
      expect(took, JSON.stringify(part)).toBeLessThan(2000);
    }
  });
});
