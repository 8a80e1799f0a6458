import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { afterBuild, placeOf, runWith } from '../support/annotated.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';

let bed: Bed;
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
});
afterAll(() => bed.close());

describe('a step of a Dockerfile that fails', () => {
  it('is shown on its lines, with its command, its exit code and what it has printed last', async () => {
    const failed = await runWith(bed, {
      Dockerfile: dockerfile(
        bed.baseImage,
        'ENV A=1',
        'RUN echo before && \\',
        '  echo "the reason" && exit 42',
        'ENV B=2',
      ),
    });
    expect(failed.error?.properties).toEqual({ title: 'build-failed', file: 'Dockerfile', line: '3', endLine: '4' });
    expect(failed.error?.data).toMatch(/^process "\/bin\/sh -c echo before && .*exit code: 42\n/);
    expect(failed.error?.data).toMatch(/\nLast lines of \[2\/2\] RUN .*\n[\d.]+ before\n[\d.]+ the reason\n/);
    expect(afterBuild(failed)).toEqual([
      expect.stringMatching(/^Build app · [\d.]+ s$/),
      'The build failed at Dockerfile, lines 3 to 4:',
      '    2 |     ENV A=1',
      '    3 | >>> RUN echo before && \\',
      '    4 | >>>   echo "the reason" && exit 42',
      '    5 |     ENV B=2',
    ]);
  });

  const Q = ['RUN <<EOF', 'set -e', 'echo "error: no"', 'false', 'EOF'];
  it.each<readonly [string, readonly string[], readonly [string, string], string]>([
    ['a heredoc', [...Q, 'RUN true'], ['2', '6'], 'exit code: 1'],
    [
      'a long heredoc',
      ['RUN <<EOF', ...Array.from({ length: 200 }, (_, at) => `echo ${at}`), 'false', 'EOF'],
      ['2', '204'],
      'exit code: 1',
    ],
    [
      'what is no instruction',
      ['RUNN echo'],
      ['2', '2'],
      'dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
    ],
    ['a file that is not there', ['ENV A=1', 'COPY missing.txt /'], ['3', '3'], '"/missing.txt": not found'],
    [
      'a checksum that is wrong',
      ['ENV A=1', `ADD --checksum=sha256:${'0'.repeat(64)} \\`, '  URL/v2/ /x'],
      ['3', '4'],
      'digest mismatch',
    ],
    ['a later stage', ['FROM scratch AS two', 'COPY --from=0 /nothing /'], ['3', '3'], '"/nothing": not found'],
    [
      'the last of 10,000 lines',
      [...Array.from({ length: 9998 }, (_, at) => `# ${at}`), 'RUN false'],
      ['10000', '10000'],
      'exit code: 1',
    ],
    [
      'a secret that is not given',
      ['RUN --mount=type=secret,id=a,required=true true'],
      ['2', '2'],
      'secret a: not found',
    ],
  ])('is shown there: %s', async (_, lines, place, said) => {
    const text = dockerfile(bed.baseImage, ...lines).replace('URL', bed.registry.url);
    const failed = await runWith(bed, { Dockerfile: text });
    expect(placeOf(failed)).toEqual(['Dockerfile', ...place]);
    expect(failed.error?.data).toContain(said);
    expect(afterBuild(failed).length).toBeLessThan(30);
  });

  it('is shown where lines end as on Windows', async () => {
    const text = dockerfile(bed.baseImage, 'RUN echo a && \\', '  exit 3').replaceAll('\n', '\r\n');
    const failed = await runWith(bed, { Dockerfile: text });
    expect(placeOf(failed)).toEqual(['Dockerfile', '2', '3']);
    expect(afterBuild(failed)).toContain('    3 | >>>   exit 3');
  });

  it('is shown at FROM when the image cannot be pulled', async () => {
    const failed = await runWith(bed, { Dockerfile: `FROM scratch\nFROM ${bed.registry.host}/base/missing:1\n` });
    expect(failed.error?.properties.title).toBe('base-image-unavailable');
    expect(placeOf(failed)).toEqual(['Dockerfile', '2', '2']);
  });

  it('is shown at the frontend that cannot be pulled', async () => {
    const failed = await runWith(bed, { Dockerfile: `# syntax=${bed.registry.host}/base/missing:1\nFROM scratch\n` });
    expect(placeOf(failed)).toEqual(['Dockerfile', '1', '1']);
  });

  it('is shown at FROM when the base image has asked for it', async () => {
    const job = await bed.job({ files: { Dockerfile: dockerfile(bed.baseImage, 'ONBUILD RUN echo later && false') } });
    const { outputs } = await job.step({ ...bed.inputs, imageTag: 'onbuild', cache: 'none' });
    expect(outputs.imageDigest).toMatch(/^sha256:/);
    const failed = await runWith(bed, { Dockerfile: `# one\nFROM ${bed.registry.host}/app:onbuild\nRUN true\n` });
    expect(placeOf(failed)).toEqual(['Dockerfile', '2', '2']);
  });

  it('has no lines when it is not in the Dockerfile', async () => {
    const failed = await runWith(bed, { Dockerfile: dockerfile(bed.baseImage) }, { target: 'nope' });
    expect(failed.error?.properties).toEqual({ title: 'target-missing' });
  });
});

describe('what a build prints', () => {
  const INJECTED = [
    '::error::injected',
    '##[error]injected',
    ' ::warning::injected',
    'x ##[add-mask]injected',
    '::stop-commands::injected',
    '##[set-output name=a]injected',
  ];
  const printed = (line: string) => `printf '${line}\\n'`;

  it('is text in the log, in the excerpt and in the error', async () => {
    const commands = [
      ...INJECTED.map(printed),
      `printf '\\033[31mred\\033[0m \\033]0;title\\007 nul \\000 cr\\r::error::injected\\r##[error]injected\\n'`,
      'head -c 100000 /dev/zero | tr "\\0" a',
      'echo',
      ...INJECTED.map(printed),
      `printf 'over\\r::error::injected\\033[2K\\n'`,
      'exit 9',
    ];
    const failed = await runWith(bed, {
      Dockerfile: dockerfile(bed.baseImage, `# ${INJECTED[1]}`, `RUN ${commands.join('; ')}`, `# ${INJECTED[3]}`),
    });
    const others = failed.commands.filter(
      ({ name }) => !['add-mask', 'group', 'endgroup', 'error', 'debug'].includes(name),
    );
    expect(others).toEqual([]);
    expect(failed.commands.filter(({ name, data }) => name !== 'error' && data.includes('injected'))).toEqual([]);
    expect(placeOf(failed)).toEqual(['Dockerfile', '3', '3']);
    expect(failed.error?.data).toContain('exit code: 9');
    expect(failed.error?.data).not.toContain('##[');
    expect(failed.error?.data.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(failed.error?.data.length).toBeLessThan(4096);
    expect(failed.error?.data).toMatch(/\nMore: \S+#build-failed$/);
    expect(Math.max(...afterBuild(failed).map((line) => line.length))).toBeLessThan(250);
  });

  it('is text in warnings', async () => {
    // BuildKit warns of the first one only.
    const lines = [INJECTED.join(' ').replace(/^::/, 'x::'), ...INJECTED].map(
      (line) => `WORKDIR ${line.replace('::stop', 'x\\r::stop')}`,
    );
    const { shownWarnings: warnings, commands } = await runWith(bed, {
      Dockerfile: ['FROM scratch', ...lines, ''].join('\n'),
    });
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.filter(({ data }) => data.includes('##['))).toEqual([]);
    expect(commands.filter(({ name, data }) => name !== 'warning' && data.includes('injected'))).toEqual([]);
  });
});
