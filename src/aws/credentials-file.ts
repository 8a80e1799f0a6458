import { join } from 'node:path';
import { externalDataInterceptor, getHomeDir, parseKnownFiles } from '@smithy/core/config';
import { Failure } from '../failure.ts';
import type { Environment } from '../runner.ts';

/** A profile of `awsCredentials` that has been found usable. */
export interface CredentialsProfile {
  readonly name: string;
  /** The whole text that it stands in. */
  readonly text: string;
  readonly region: string | undefined;
}

type Profiles = Awaited<ReturnType<typeof parseKnownFiles>>;
type Profile = Profiles[string];

/**
 * Finds every value in a shared credentials file that must not be shown, of all profiles and also in a broken file.
 * Nothing else is a secret: key ids, account ids and regions have to stay readable.
 */
export function secretsIn(text: string): string[] {
  // The SDK ends a line at a line feed only, and the runner also at a carriage return.
  const values = [...text.split(/\r?\n/), ...text.split(/[\r\n]+/)]
    .map((line) => line.split(/=(.*)/s))
    .filter(([name = '', value]) => value !== undefined && /secret|token(?!_file)/i.test(name))
    .map(([, value = '']) => value.trim());
  const bare = values.map((value) => (value.split(/\s[;#]/)[0] ?? '').trim());
  const unquoted = bare.map((value) => value.replace(/^(["'])(.+)\1$/, '$2'));
  return [...new Set([...values, ...bare, ...unquoted])].filter((value) => value !== '');
}

/**
 * Checks that a profile of a shared credentials file can be used, and says what is wrong with it otherwise:
 * the SDK would only say that it could not resolve it.
 * @param fromWorkspace the text comes from a file of the repository, which may not choose a program to run
 * @throws Failure `credentials-file-empty`, `credentials-profile-unknown`, `credentials-profile-incomplete`, `credentials-process-refused`
 */
export async function checkProfile(options: {
  readonly text: string;
  readonly profile: string;
  readonly fromWorkspace: boolean;
}): Promise<CredentialsProfile> {
  const { text, profile: name, fromWorkspace } = options;
  const profiles = await parse(text);
  const chain = profileChain(profiles, { name, text });
  if (fromWorkspace && chain.some((profile) => profile.credential_process !== undefined)) {
    throw new Failure({
      code: 'credentials-process-refused',
      message: `awsCredentials: profile "${name}" runs a program (credential_process), and the file is part of the workspace.`,
      hint: 'Give the file as a secret, or keep it outside of the workspace: what is checked out may not choose what runs.',
    });
  }
  return { name, text, region: chain.find((profile) => profile.region !== undefined)?.region };
}

/**
 * Makes the text stand for both files of the runner's own ~/.aws in this process, so that the SDK reads nothing else:
 * a role or endpoint of a profile of the same name in ~/.aws/config would win over the given one.
 */
export function replaceSharedFiles(text: string, env: Environment): void {
  const directory = join(getHomeDir(), '.aws');
  externalDataInterceptor.interceptFile(env.AWS_SHARED_CREDENTIALS_FILE || join(directory, 'credentials'), text);
  externalDataInterceptor.interceptFile(env.AWS_CONFIG_FILE || join(directory, 'config'), text);
}

async function parse(text: string): Promise<Profiles> {
  const path = 'awsCredentials';
  externalDataInterceptor.interceptFile(path, text);
  const profiles = await parseKnownFiles({ filepath: path, configFilepath: path });
  if (Object.keys(profiles).length === 0) {
    throw new Failure({
      code: 'credentials-file-empty',
      message: 'awsCredentials: no profile with a key was found in the text.',
      hint: 'Write a section such as [default] on a line of its own, and the keys below it as name = value.',
    });
  }
  return profiles;
}

/** The profile and those that it takes its credentials from, each of them checked. */
function profileChain(profiles: Profiles, { name, text }: { name: string; text: string }): Profile[] {
  const chain: { readonly name: string; readonly profile: Profile }[] = [];
  for (let next: string | undefined = name; next !== undefined; ) {
    const profile: Profile | undefined = Object.hasOwn(profiles, next) ? profiles[next] : undefined;
    if (profile === undefined) {
      throw unknownProfile(next, { profiles, text, from: next === name ? undefined : name });
    }
    const again = chain.some((earlier) => earlier.name === next);
    // A profile may be its own source when it has keys; the SDK takes those.
    checkKeys(next, { profile, isSource: chain.length > 0, again });
    chain.push({ name: next, profile });
    next = again || profile.role_arn === undefined ? undefined : profile.source_profile;
  }
  return chain.map(({ profile }) => profile);
}

function unknownProfile(
  name: string,
  { profiles, text, from }: { profiles: Profiles; text: string; from: string | undefined },
): Failure {
  const headers = [...text.matchAll(/^[ \t]*\[(?<header>[^\]\r\n\u2028\u2029]*)\]/gm)].map(
    ({ groups }) => groups?.header ?? '',
  );
  const simplify = (header: string) =>
    header
      .replace(/^profile\s+/, '')
      .replaceAll(/["'\s]/g, '')
      .toLowerCase();
  const similar = headers.find((header) => simplify(header) === simplify(name));
  const input = from === undefined ? 'awsProfile' : `awsProfile: source_profile of "${from}"`;
  return new Failure({
    code: 'credentials-profile-unknown',
    message: `${input}: there is no usable profile "${name}" in awsCredentials. Profiles in it: ${profileNames(profiles).join(', ')}.`,
    hint:
      similar === undefined
        ? 'Give one of these as awsProfile, or add the profile to the file.'
        : similar === name
          ? /\s/.test(name)
            ? 'The SDK passes over a profile whose name has a blank: rename it.'
            : `The section [${similar}] has no line of the form name = value.`
          : `The section [${similar}] is spelled differently: write it as [${name}], without quotes and inner spaces.`,
  });
}

/** Sections of a configuration file, such as [sso-session x], are no profiles. */
function profileNames(profiles: Profiles): string[] {
  return Object.keys(profiles).filter((name) => !/^(?:profile|sso-session|services)\./.test(name));
}

/** What a profile needs, by the key that says what kind it is. Source: SDK's resolveProfileData. */
function checkKeys(name: string, options: { profile: Profile; isSource: boolean; again: boolean }): void {
  const { profile, isSource, again } = options;
  for (const [key, value] of Object.entries(profile)) {
    const quoted = /^(["']).*\1$/.test(value ?? '');
    if (key.startsWith('aws_') && (quoted || /\s/.test(value ?? ''))) {
      throw incomplete(name, `${key} ${quoted ? 'stands in quotes, which count as part of it' : 'holds white space'}`);
    }
  }
  if (profile.role_arn !== undefined && !again) {
    if (['source_profile', 'credential_source', 'web_identity_token_file'].every((key) => profile[key] === undefined)) {
      throw incomplete(
        name,
        'it has role_arn, but neither source_profile, credential_source nor web_identity_token_file',
      );
    }
    if (profile.mfa_serial !== undefined) {
      throw incomplete(name, 'mfa_serial asks for a code that nobody can type in a workflow');
    }
    return;
  }
  if (!again && (profile.credential_process !== undefined || (isSource && profile.credential_source !== undefined))) {
    return;
  }
  const missing = ['aws_access_key_id', 'aws_secret_access_key'].filter((key) => profile[key] === undefined);
  if (missing.length > 0) {
    const misspelled = Object.keys(profile).filter((key) => missing.includes(key.toLowerCase()));
    throw incomplete(
      name,
      `${again ? 'its source_profile leads back to it, and ' : ''}it has no ${missing.join(' and no ')}${misspelled.length === 0 ? '' : ` (${misspelled.join(', ')} must be in lower case)`}`,
    );
  }
}

function incomplete(name: string, reason: string): Failure {
  return new Failure({
    code: 'credentials-profile-incomplete',
    message: `awsCredentials: profile "${name}" cannot be used: ${reason}.`,
    hint: 'Correct the file where it comes from, such as the secret of the repository.',
  });
}
