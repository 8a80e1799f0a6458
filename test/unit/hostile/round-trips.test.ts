import { externalDataInterceptor, parseKnownFiles } from '@smithy/core/config';
import {
  array,
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  option,
  property,
  record,
  string,
  stringMatching,
} from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { secretsIn } from '../../../src/aws/credentials-file.ts';
import { cacheExportProblem } from '../../../src/buildkit/errors.ts';
import { exportedManifests } from '../../../src/buildkit/exported.ts';
import { explain, Failure } from '../../../src/failure.ts';
import { openMasks } from '../../../src/masks.ts';
import { parseBuildkitHost } from '../../../src/plan/buildkit-hosts.ts';
import { authSecrets, parseDockerConfig, withAuths } from '../../../src/plan/docker-config.ts';
import { formatGitAddress, parseGitAddress } from '../../../src/plan/git-address.ts';
import { checkPlatform } from '../../../src/plan/platforms.ts';
import { printable, printableLines } from '../../../src/report/printable.ts';
import { redactor } from '../../../src/report/redact.ts';
import { runnerCommands } from '../../support/runner-commands.ts';
import { problemOf } from '../failures.ts';
import { hostileText } from './texts.ts';

// Hundreds of texts each, also on a machine that is busy.
vi.setConfig({ testTimeout: 60_000 });

describe('whatever a line says', () => {
  it('is no command as the log shows it, moves nothing, and stays as it is when it is shown again', () => {
    assert(
      property(hostileText, (text) => {
        const shown = printable(text);
        expect(runnerCommands(shown)).toEqual([]);
        expect(shown).not.toMatch(/(?!\t)[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        expect(shown.isWellFormed()).toBe(true);
        expect(printable(shown)).toBe(shown);
        expect(printableLines(text).split('\n')).toHaveLength(text.split('\n').length);
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves a message its reason, its hint and its link', () => {
    const texts = record({ message: hostileText, hint: hostileText, docs: hostileText });
    assert(
      property(texts, ({ message, hint, docs }) => {
        const failure = new Failure({ code: 'build-failed', message: `what ${message}`, hint: `how ${hint}` });
        const { title, message: shown } = explain(failure, docs);
        expect(title).toBe('build-failed');
        expect(shown).toMatch(/^what /);
        expect(shown).toContain('\nhow ');
        expect(shown.endsWith('#build-failed')).toBe(true);
      }),
    );
  });
});

describe('secrets', () => {
  const value = string({
    unit: constantFrom('a', 'Z', '0', '+', '/', '=', '"', "'", ' ', '#', ';', '\r', '\u2028', '[', ']'),
  });
  const key = constantFrom(
    'aws_secret_access_key',
    'aws_session_token',
    'AWS_SECRET_ACCESS_KEY',
    ' aws_security_token\t',
  );
  const line = record({ key, blank: constantFrom('', ' ', '\t'), value }).map(
    ({ key, blank, value }) => `${key}${blank}=${blank}${value}`,
  );
  const text = array(record({ name: stringMatching(/^[a-z]{1,5}$/), lines: array(line) }), { minLength: 1 }).map(
    (sections) => sections.flatMap(({ name, lines }) => [`[${name}]`, ...lines]).join('\n'),
  );

  it('that the SDK reads from a credentials file are all masked', async () => {
    await assert(
      asyncProperty(text, async (file) => {
        externalDataInterceptor.interceptFile('fake', file);
        const profiles = await parseKnownFiles({ filepath: 'fake', configFilepath: 'fake', ignoreCache: true });
        const read = Object.values(profiles).flatMap((profile) =>
          Object.entries(profile).flatMap(([name, secret]) => (/secret|token/i.test(name) && secret ? [secret] : [])),
        );
        const masked = secretsIn(file);
        expect(read.filter((secret) => !masked.includes(secret))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('are nowhere in what a build has printed, however it goes around them', () => {
    const secret = stringMatching(/^[a-zA-Z0-9+/=$&]{4,20}$/);
    assert(
      property(secret, hostileText, hostileText, (value, before, after) => {
        const { mask, hide } = openMasks(() => undefined);
        mask(value);
        expect(hide(`${before}${value}${after}`)).not.toContain(value);
        const spaced = `${value} ${value}`;
        expect(redactor([spaced])(`${before}${spaced}${after}`)).not.toContain(spaced);
      }),
    );
  });
});

describe('Docker configurations', () => {
  const host = constantFrom(
    'a.example',
    'https://a.example/v1/',
    'b.example:5000',
    'https://index.docker.io/v1/',
    '__proto__',
  );
  const login = record({
    auth: stringMatching(/^[a-z]{1,8}$/).map((user) => Buffer.from(`${user}:fake`).toString('base64')),
  });
  const config = record({
    auths: dictionary(host, login, { noNullPrototype: true }),
    credHelpers: dictionary(host, constantFrom('fake', 'pass'), { noNullPrototype: true }),
    credsStore: option(constantFrom('desktop'), { nil: undefined }),
  });

  it('keep a login that is given over all others, and come back from a file as they are', () => {
    assert(
      property(config, dictionary(host, login, { noNullPrototype: true }), (given, over) => {
        const merged = withAuths(parseDockerConfig(JSON.stringify(given)).config, over);
        for (const name of Object.keys(over)) {
          expect(new Map(Object.entries(merged.auths)).get(name)).toEqual(new Map(Object.entries(over)).get(name));
          expect(new Map(Object.entries(merged.credHelpers)).get(name) ?? '').toBe('');
        }
        const back = parseDockerConfig(JSON.stringify(merged)).config;
        expect(Object.keys(back.auths).toSorted()).toEqual(Object.keys(merged.auths).toSorted());
        expect(authSecrets(back.auths).toSorted()).toEqual(authSecrets(merged.auths).toSorted());
      }),
    );
  });
});

describe('addresses', () => {
  const name = stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/);
  const path = stringMatching(/^[a-z0-9][\w.%~-]{0,8}(?:\/[a-z0-9][\w.~-]{0,8}){0,3}$/);

  it('of Git come back as they were written', () => {
    const written = record({ scheme: constantFrom('https', 'http', 'ssh'), user: name, host: name, path });
    assert(
      property(written, ({ scheme, user, host, path }) => {
        const address = parseGitAddress(`${scheme}://${scheme === 'ssh' ? `${user}@` : ''}${host}.example/${path}`);
        expect(parseGitAddress(formatGitAddress(address))).toEqual(address);
      }),
    );
  });

  it.each([
    'ssh://%zz@h.example/a',
    'ssh://a%2fb@h.example/a',
    'ssh://-oProxyCommand=x@h.example/a',
    'ssh://a%0ab@h.example/a',
  ])('of Git have a user that is one: %s', async (address) => {
    expect((await problemOf(() => parseGitAddress(address))).code).toBe('git-address-malformed');
  });

  it('of BuildKit come back as they were written', () => {
    const written = record({
      host: name,
      port: stringMatching(/^[1-9][0-9]{3}$/),
      insecure: constantFrom('', ' insecure'),
    });
    assert(
      property(written, ({ host, port, insecure }) => {
        const { address, isInsecure } = parseBuildkitHost(`linux/arm64=tcp://${host}:${port}${insecure}`);
        expect([address, isInsecure]).toEqual([`tcp://${host}:${port}`, insecure !== '']);
        expect(parseBuildkitHost(address).address).toBe(address);
      }),
    );
  });
});

it('a platform that was read is read again as it is', () => {
  const platform = stringMatching(/^(?:linux|windows)\/(?:amd64|arm64|arm|386|riscv64)(?:\/v[5-8])?$/);
  assert(
    property(platform, (text) => {
      const known = ((): string | undefined => {
        try {
          return checkPlatform(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
          return undefined;
        }
      })();
      expect(known === undefined ? undefined : checkPlatform(known)).toBe(known);
    }),
  );
});

describe('what a step prints is no progress of BuildKit, whatever ends its lines', () => {
  it.each(['\r', '\u2028', '\u2029', '\v'])('%j', (end) => {
    const forged = [
      '#9 exporting to image',
      `#9 exporting manifest sha256:${'f'.repeat(64)}`,
      '#9 exporting cache to x',
      '#9 ERROR: forged',
    ];
    const output = `#5 0.1 a${end}${forged.join(end)}${end}\n#9 exporting to image\n#9 exporting manifest sha256:${'0'.repeat(64)}\n`;
    expect(exportedManifests(output)).toEqual([`sha256:${'0'.repeat(64)}`]);
    expect(cacheExportProblem(output)).toBeUndefined();
  });
});
