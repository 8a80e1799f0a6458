import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { listen, stop } from './listen.ts';
import { type KeysRequest, keysDocument, type TemporaryKeys } from './temporary-keys.ts';

/** The metadata service of a virtual machine on AWS whose instance profile has a role. */
export interface InstanceMetadata {
  /** Value of AWS_EC2_METADATA_SERVICE_ENDPOINT. */
  readonly url: string;
  /** Oldest first. */
  readonly requests: readonly KeysRequest[];
  close(): Promise<void>;
}

export interface InstanceMetadataOptions {
  /** Undefined for a machine without an instance profile. */
  readonly keys: TemporaryKeys | undefined;
  readonly region?: string;
}

/**
 * Starts it on loopback. Only version 2 is spoken, as on machines that demand it: without a token of its own, everything is 401.
 * Source: Amazon EC2 User Guide, "Use the Instance Metadata Service".
 */
export async function startInstanceMetadata(options: InstanceMetadataOptions): Promise<InstanceMetadata> {
  const { keys, region = 'us-east-1' } = options;
  const token = `fake-metadata-${randomBytes(16).toString('hex')}`;
  const documents: Readonly<Record<string, string>> = {
    '/latest/meta-data/placement/region': region,
    ...(keys === undefined
      ? {}
      : {
          [ROLES]: ROLE,
          [`${ROLES}${ROLE}`]: JSON.stringify({ Code: 'Success', Type: 'AWS-HMAC', ...keysDocument(keys) }),
        }),
  };
  const answer = (method: string, path: string, given: NodeJS.Dict<string | string[]>) => {
    if (method === 'PUT' && path === '/latest/api/token') {
      return /^\d+$/.test(String(given['x-aws-ec2-metadata-token-ttl-seconds'])) ? [200, token] : [400, ''];
    }
    if (given['x-aws-ec2-metadata-token'] !== token) {
      return [401, ''];
    }
    const document = Object.hasOwn(documents, path) ? documents[path] : undefined;
    return document === undefined ? [404, ''] : [200, document];
  };
  const requests: KeysRequest[] = [];
  const server = createServer((request, response) => {
    const { method = '', headers, url: path = '' } = request;
    const [status, body] = answer(method, path, headers);
    requests.push({ method, path, headers, status: Number(status) });
    response.writeHead(Number(status), { 'content-type': 'text/plain' }).end(body);
  });
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  return { url: `http://127.0.0.1:${port}`, requests, close: () => stop(server) };
}

const ROLES = '/latest/meta-data/iam/security-credentials/';
const ROLE = 'runner';
