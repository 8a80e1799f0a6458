import { signatureOf } from '../../support/ecr/sigv4.ts';

export interface StsQuestion {
  /** For example "http://127.0.0.1:40123". */
  readonly url: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  /** Action and its parameters. */
  readonly form: Readonly<Record<string, string>>;
}

/** Asks STS as its Query API wants it: a signed form. @returns the XML of the answer */
export async function askSts({ url, keys, form }: StsQuestion): Promise<string> {
  const body = Buffer.from(new URLSearchParams({ ...form, Version: '2011-06-15' }).toString());
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const token = keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken };
  const headers = { host: new URL(url).host, 'x-amz-date': time, ...token };
  const scope = { day: time.slice(0, 8), region: 'us-east-1', service: 'sts' };
  const signedHeaders = Object.keys(headers).join(';');
  const { secretAccessKey, accessKeyId } = keys;
  const signature = signatureOf({ headers, body }, { ...scope, signedHeaders, secretAccessKey }).toString('hex');
  const credential = `${accessKeyId}/${scope.day}/${scope.region}/${scope.service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
  return answer.text();
}
