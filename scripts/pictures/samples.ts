import type { Bed } from '../../test/support/bed.ts';

/** Makes a job summary with a real build. */
type Sample = (bed: Bed) => Promise<string>;

/** Takes its time as the real one does, and needs no network. */
const NPM = `#!/bin/sh
case "$*" in
  ci) sleep 2 && dd if=/dev/urandom of=node_modules bs=1M count=9 2>/dev/null ;;
  'run build') sleep 4 && date > dist ;;
  'run docs') sleep 1.5 && echo docs > docs ;;
  'run check') echo 'src/server.ts(12,7): error TS2322: Type "string" is not assignable to type "number".' >&2 && exit 2 ;;
  *) sleep "\${3:-0.02}" && echo "$TARGETARCH $*" > "$2" ;;
esac
`;

/** The summaries that are drawn, by the name of the picture. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  small: async (bed) => {
    const node = await nodeImage(bed);
    const lines = [
      ...[`FROM ${node} AS deps`, 'COPY package.json .', 'RUN npm ci'],
      ...[`FROM ${node} AS build`, 'COPY --from=deps /app/node_modules .', 'COPY src src', 'RUN npm run build'],
      ...[`FROM ${node} AS docs`, 'COPY src src', 'RUN npm run docs'],
      ...[`FROM ${node}`, 'COPY --from=deps /app/node_modules .', 'COPY --from=build /app/dist .'],
      'COPY --from=docs /app/docs .',
    ];
    const files = { Dockerfile: lines.join('\n'), 'package.json': '{}' };
    const inputs = { ...bed.inputs, imageShortName: 'web', imageTag: 'v1.4.0,latest' };
    // What does not change comes from the cache that the first one has left in the registry.
    const first = await bed.job({ files: { ...files, 'src/server.ts': 'one' } });
    await first.step(inputs);
    const second = await bed.job({ files: { ...files, 'src/server.ts': 'two' } });
    return (await second.step(inputs)).summary;
  },

  platforms: async (bed) => {
    const node = await nodeImage(bed);
    const stage = (name: string) => `FROM --platform=$BUILDPLATFORM ${node} AS ${name}`;
    const time = (index: number) => (index % 9 === 4 ? 1.5 : index % 7 === 3 ? 0.6 : 0.02);
    const steps = (count: number, verb: string, shift: number) =>
      Array.from({ length: count }, (_, index) => `RUN npm ${verb} part-${index} ${time(index + shift)}`);
    const lines = [
      ...[stage('deps'), ...steps(12, 'install', 0)],
      ...[stage('build'), 'ARG TARGETARCH', 'COPY --from=deps /app/part-1 .', ...steps(14, 'compile', 3)],
      ...[stage('assets'), ...steps(10, 'bundle', 4)],
      ...['FROM scratch', 'COPY --from=build /app/part-1 /', 'COPY --from=assets /app/part-2 /'],
    ];
    const job = await bed.job({ files: { Dockerfile: lines.join('\n') } });
    return (await job.step({ ...bed.inputs, platforms: 'linux/amd64,linux/arm64' })).summary;
  },

  failed: async (bed) => {
    const script = ['RUN <<EOF', 'set -e', 'npm ci', 'echo "added 211 packages in 2s"', 'npm run check', 'EOF'];
    const lines = [`FROM ${await nodeImage(bed)} AS build`, 'COPY src src', ...script, 'RUN npm run build'];
    const job = await bed.job({ files: { Dockerfile: lines.join('\n'), 'src/server.ts': '' } });
    return (await job.step(bed.inputs)).summary;
  },

  scan: async (bed) => {
    const findings = [
      { name: 'CVE-2026-0007', severity: 'CRITICAL', package: 'openssl', version: '3.0.1' },
      { name: 'CVE-2026-0011', severity: 'HIGH', package: 'zlib', version: '1.2.11' },
      { name: 'CVE-2026-0019', severity: 'LOW', package: 'busybox', version: '1.35.0' },
    ];
    bed.ecr.addScan({ repository: 'api', answers: [{ status: 'COMPLETE', findings }] });
    const inputs = { ...bed.inputs, imageShortName: 'api', imageTag: 'v2.0.0', scanFailOn: 'high' };
    return (await (await bed.job()).step(inputs)).summary;
  },
};

/** A base image with that npm. @returns its full name */
async function nodeImage(bed: Bed): Promise<string> {
  const lines = [`FROM ${bed.baseImage}`, 'COPY --chmod=755 npm /usr/local/bin/npm', 'WORKDIR /app'];
  const job = await bed.job({ files: { Dockerfile: lines.join('\n'), npm: NPM } });
  const { outputs, log } = await job.step({ ...bed.inputs, imageShortName: 'node', imageTag: '24', cache: 'none' });
  if (outputs.imageFullNameTag === undefined) {
    throw new Error(`The base image was not built:\n${log}`);
  }
  return outputs.imageFullNameTag;
}
