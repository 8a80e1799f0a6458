import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { placeOf, runWith } from '../support/annotated.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { startRemoteDaemon } from '../support/remote-daemon.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

const LINTED = ['FROM scratch as one', 'ENV API_TOKEN=abc', 'COPY Dockerfile /$MISSING', 'MAINTAINER me', ''].join(
  '\n',
);

describe('warnings of a build', () => {
  it('are annotations, those first that can break something', async () => {
    const { shownWarnings: warnings, code } = await runWith(bed, { Dockerfile: LINTED });
    expect(code).toBe(0);
    expect(warnings.map(({ properties }) => properties)).toEqual([
      { title: 'SecretsUsedInArgOrEnv', file: 'Dockerfile', line: '2', endLine: '2' },
      { title: 'UndefinedVar', file: 'Dockerfile', line: '3', endLine: '3' },
      { title: 'FromAsCasing', file: 'Dockerfile', line: '1', endLine: '1' },
      { title: 'MaintainerDeprecated', file: 'Dockerfile', line: '4', endLine: '4' },
    ]);
    expect(warnings[1]?.data).toMatch(
      /^Usage of undefined variable '\$MISSING'\n.*\nMore: https:\/\/docs\.docker\.com\/go\/dockerfile\/rule\/undefined-var\/$/,
    );
  });

  it('are eight at most, so that those of the action have room, and the others are counted', async () => {
    const lines = Array.from({ length: 13 }, (_, at) => `ENV a${at} b`);
    const { shownWarnings: warnings } = await runWith(bed, {
      Dockerfile: dockerfile(bed.baseImage, ...lines, 'ENV B=$MISSING'),
    });
    expect(warnings).toHaveLength(8);
    expect(warnings[0]?.properties.title).toBe('UndefinedVar');
    expect(warnings[7]?.data).toMatch(/\n6 more warnings of BuildKit are in the log of the build\.$/);
    expect(warnings[6]?.data).not.toContain('more warnings');
  });

  it('come once for all machines', async () => {
    const daemons = await Promise.all([1, 2].map(() => startRemoteDaemon({ toolchain: bed.toolchain })));
    const [one, two] = daemons.map(({ address }) => `${address} insecure`);
    const { shownWarnings: warnings } = await runWith(
      bed,
      { Dockerfile: LINTED },
      { platforms: 'linux/amd64,linux/arm64', buildkitHost: `linux/amd64=${one}\nlinux/arm64=${two}` },
    );
    expect(warnings).toHaveLength(4);
    const failed = await runWith(
      bed,
      { Dockerfile: `${LINTED}COPY missing /\n` },
      { platforms: 'linux/amd64,linux/arm64', buildkitHost: `linux/amd64=${one}\nlinux/arm64=${two}` },
    );
    expect(placeOf(failed)).toEqual(['Dockerfile', '5', '5']);
    expect(failed.error?.data).toMatch(/^linux\/(?:amd64|arm64): /);
    await Promise.all(daemons.map((daemon) => daemon.close()));
  });

  it('come once for all platforms, also of a build that fails', async () => {
    const { shownWarnings: warnings, error } = await runWith(
      bed,
      { Dockerfile: 'FROM scratch as one\nENV A=$B\nCOPY missing /\n' },
      { platforms: 'linux/amd64,linux/arm64' },
    );
    expect(error?.properties).toMatchObject({ file: 'Dockerfile', line: '3' });
    expect(warnings.map(({ properties }) => properties.title)).toEqual(['UndefinedVar', 'FromAsCasing']);
  });
});
