import { assert, asyncProperty, constantFrom, dictionary, stringMatching, tuple } from 'fast-check';
import { expect, it, vi } from 'vitest';
import { explain, Failure } from '../../../src/failure.ts';
import { namesIn } from '../../support/hostile.ts';
import { runnerCommands } from '../../support/runner-commands.ts';
import { CREDENTIALS, makeDirectory, read } from '../job.ts';
import { readMerge } from '../merges.ts';
import { hostileText } from './texts.ts';

// Hundreds of steps, also on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 });

const GOOD = { imageShortName: 'app', imageTag: 'v1', awsRegion: 'us-east-1', awsCredentials: CREDENTIALS };

/** Reads inputs, or sees that the one error about them is no command and fits into a message of GitHub. */
async function readAll(reading: () => Promise<unknown>): Promise<string> {
  try {
    await reading();
    return '';
  } catch (error) {
    if (!(error instanceof Failure)) {
      throw error;
    }
    const { message } = explain(error, 'docs/troubleshooting.md');
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(runnerCommands(message)).toEqual([]);
    return `${error.message}\n${error.hint}`;
  }
}

it.each([
  ['action.yml', read, {}],
  ['merge/action.yml', readMerge, { sources: 'a' }],
] as const)('whatever some inputs of %s are, they are read or refused with reasons', async (file, reader, others) => {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
  const names = await namesIn(file, 'inputs');
  const given = dictionary(constantFrom(...names), hostileText, { maxKeys: 6, noNullPrototype: true });
  await assert(
    asyncProperty(given, (values) =>
      readAll(() => reader({ workspace, with: { ...GOOD, ...others, ...withoutNul(values) } })).then(() => undefined),
    ),
    { numRuns: 500 },
  );
});

/** No variable has one. */
function withoutNul(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.replaceAll('\0', '')]));
}

it('a secret is masked before anything is said, and never said, whatever stands around it', async () => {
  const workspace = await makeDirectory({ Dockerfile: 'FROM scratch\n' });
  const around = hostileText.map((text) => text.replaceAll(/[\0\r\n]/g, '').trim());
  const secret = stringMatching(/^fake[a-zA-Z0-9]{12}$/);
  const forms = constantFrom<(secret: string, text: string) => Record<string, string>>(
    (secret, text) => ({ secrets: `a=text:${text}${secret}` }),
    (secret, text) => ({ secrets: `a=text:${secret}\n${text}` }),
    (secret, text) => ({ registryAuths: `a.example user ${secret}\n${text}` }),
    (secret, text) => ({ registryAuths: `x${text} user ${secret}` }),
    (secret, text) => ({ gitToken: `user:${secret}`, gitCloneUrl: `https://${text}` }),
    (secret, text) => ({ awsCredentials: `[default]\n${text}\naws_secret_access_key=${secret}\n` }),
    (secret, text) => ({ buildkitDownloadUrl: `https://user:${secret}@x.example/${text}`, buildkitVersion: text }),
  );
  await assert(
    asyncProperty(tuple(forms, secret, around), async ([form, value, text]) => {
      const masked: string[] = [];
      const mask = (one: string) => {
        masked.push(one);
      };
      const said = await readAll(() => read({ workspace, with: { ...GOOD, ...form(value, text) }, mask }));
      expect(said).not.toContain(value);
      expect(masked.some((one) => one.includes(value))).toBe(true);
    }),
    { numRuns: 500 },
  );
});
