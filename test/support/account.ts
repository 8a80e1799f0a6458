/** The account that the images of tests and demo belong to. Its keys are made up. */
export const ACCOUNT = {
  accountId: '123456789012',
  accessKeyId: 'AKIAEXAMPLE00000FAKE',
  secretAccessKey: 'fake+secret/NOT-A-REAL-KEY-000000000000',
} as const;

export const REGION = 'ap-northeast-1';

/** A shared credentials file with that account as [default]. */
export const CREDENTIALS = credentialsFile({ default: ACCOUNT });

/** The text of a shared credentials file with a section for each profile. */
export function credentialsFile(
  profiles: Readonly<Record<string, { readonly accessKeyId: string; readonly secretAccessKey: string }>>,
): string {
  return Object.entries(profiles)
    .map(
      ([name, { accessKeyId, secretAccessKey }]) =>
        `[${name}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    )
    .join('\n');
}
