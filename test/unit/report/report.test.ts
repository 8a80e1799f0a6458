import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { imageOutputs } from '../../../src/report/outputs.ts';
import { report } from '../../../src/report/report.ts';
import { makeDirectory } from '../job.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

it('logs a path with a line break as one line, which can be no command', async () => {
  const directory = await makeDirectory({ output: '' });
  vi.stubEnv('GITHUB_OUTPUT', join(directory, 'output'));
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const path = join(directory, 'deploy\r\n::error::no', 'a.json');
  const outputs = imageOutputs({
    names: { repositories: [], references: [] },
    digest: DIGEST,
    pushed: true,
    tagged: [],
    platforms: new Map(),
  });
  const inputs = {
    imageShortName: 'nginx',
    outputPrefix: undefined,
    summary: false,
    imageDefinitions: { container: 'web', path, entries: [] },
  };
  await report(outputs, { done: 'Pushed', deployable: true, duration: 0 }, { inputs, env: {} });
  const lines = written.mock.calls
    .map(([text]) => String(text))
    .join('')
    .split(/[\r\n]+/);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  expect(lines).toEqual([
    `Container web in ${directory}/deploy ::error::no/a.json`,
    'Pushed nginx (0.0 s)',
    `Digest ${DIGEST}`,
    '',
  ]);
});
