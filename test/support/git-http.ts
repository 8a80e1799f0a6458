import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/**
 * Answers a request with Git's own server, as a web server does (RFC 3875; git-http-backend(1)).
 * @param options.isOld as a server that knows only the first version of the protocol
 */
export async function serveGit(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  { isOld = false }: { readonly isOld?: boolean } = {},
): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const header = (name: string) => request.headers[name]?.toString() ?? '';
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_PROTOCOL: isOld ? '' : header('git-protocol'),
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: header('content-length'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  const output = await buffer(child.stdout);
  const end = output.indexOf('\r\n\r\n');
  const headers = output
    .subarray(0, end)
    .toString()
    .split('\r\n')
    .map((line) => line.split(': '));
  for (const [name = '', value = ''] of headers) {
    if (name.toLowerCase() === 'status') {
      response.statusCode = Number.parseInt(value, 10);
    } else {
      response.setHeader(name, value);
    }
  }
  response.end(output.subarray(end + 4));
}
