import { randomBytes } from 'node:crypto';
import type { LoggedRequest } from './ecr/exchange.ts';
import { basicCredentials } from './ecr/log.ts';
import type { StepResult } from './job.ts';

/** A secret that nobody else on the machine has, with characters that are written differently in addresses, JSON, shells and Markdown. */
export function hardSecret(name: string): string {
  return `fake_${name}+/%"'&<$>=*~${randomBytes(12).toString('hex')}`;
}

/** The same of letters and digits alone, for what is the whole of a word. */
export function plainSecret(name: string): string {
  return `fake-${name}-${randomBytes(16).toString('hex')}`;
}

/** What AWS takes for a secret key: 40 characters. */
export function secretKey(): string {
  return `fake+/${randomBytes(17).toString('hex')}`;
}

/** What the stand-in of AWS has seen of the secrets that are made during a step. */
export function issuedSecrets(requests: readonly LoggedRequest[]): { ecrTokens: string[]; sessionTokens: string[] } {
  const passwords = requests.map(({ headers }) => basicCredentials(headers.authorization)?.password);
  const tokens = requests.map(({ headers }) => headers['x-amz-security-token']);
  const known = (values: readonly unknown[]) => [
    ...new Set(values.filter((value) => typeof value === 'string' && value !== '').map(String)),
  ];
  return { ecrTokens: known(passwords), sessionTokens: known(tokens) };
}

/** The secret keys of roles never leave the step: only its masks tell them. */
export function roleKeys({ masks }: Pick<StepResult, 'masks'>): string[] {
  return masks.filter((mask) => /^fake-secret-/.test(mask));
}

/** Numbers the secrets of a kind, as names for what is looked for. */
export function numbered(name: string, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`${name} ${index + 1}`, value]));
}
