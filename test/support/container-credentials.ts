import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { listen, stop } from './listen.ts';
import { type KeysRequest, keysDocument, type TemporaryKeys } from './temporary-keys.ts';

/** What gives credentials to a container or pod on AWS: CodeBuild, ECS, EKS Pod Identity. */
export interface ContainerCredentials {
  /** Value of AWS_CONTAINER_CREDENTIALS_FULL_URI. */
  readonly url: string;
  /** What AWS_CONTAINER_AUTHORIZATION_TOKEN, or the file that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names, has to hold. */
  readonly token: string;
  /** Oldest first. */
  readonly requests: readonly KeysRequest[];
  close(): Promise<void>;
}

/** Starts it on loopback. Source of the answers: AWS SDKs and Tools Reference Guide, "Container credential provider". */
export async function startContainerCredentials(keys: TemporaryKeys): Promise<ContainerCredentials> {
  const token = `fake-container-${randomBytes(16).toString('hex')}`;
  const requests: KeysRequest[] = [];
  const server = createServer((request, response) => {
    const { method = '', headers, url: path = '' } = request;
    const status = method === 'GET' && path === PATH ? (headers.authorization === token ? 200 : 401) : 404;
    requests.push({ method, path, headers, status });
    const body =
      status === 200 ? keysDocument(keys) : { code: 'AccessDenied', message: 'The token is not the right one' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const port = await listen(server, { address: '127.0.0.1', port: 0 });
  return { url: `http://127.0.0.1:${port}${PATH}`, token, requests, close: () => stop(server) };
}

const PATH = '/v1/credentials';
