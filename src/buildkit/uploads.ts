import { at, numberAt, parseJson, textAt } from '../json.ts';
import { askBuildkit, type Client } from './client.ts';
import { call } from './grpc.ts';

/**
 * Tells which parts of an image a build has sent to a registry; what is not among them was there before. Its progress does not tell, but the
 * daemon remembers each request that it has made. It would write that down three seconds after the build, and does so at once when asked.
 * Source: BuildKit v0.32.2, solver/llbsolver/history.go; experiments.
 * @param ref of the build, as `--ref-file` has it
 * @returns digests; undefined where the daemon is elsewhere, or does not tell
 * @throws Error when there is no answer
 */
export async function readUploads(client: Client, ref: string): Promise<ReadonlySet<string> | undefined> {
  const address = client.connection.find((argument) => argument.startsWith('unix://'));
  const socket = address?.slice('unix://'.length);
  if (socket === undefined) {
    return undefined;
  }
  const message = finalizeRequest(ref);
  const method = '/moby.buildkit.v1.Control/UpdateBuildHistory';
  return (await call({ socket, method, message, timeout: 2_000 }))
    ? uploadsIn(askBuildkit(client, 'logs', '--trace', ref))
    : undefined;
}

/** `UpdateBuildHistoryRequest{Ref: ref, Finalize: true}`. Source: BuildKit v0.32.2, api/services/control/control.proto. */
function finalizeRequest(ref: string): Buffer {
  const text = Buffer.from(ref);
  return Buffer.concat([Buffer.from([0x0a, text.length]), text, Buffer.from([0x20, 0x01])]);
}

/**
 * @param lines of JSON values, each from a line `{` to a line `}`: what OpenTelemetry calls spans
 * @returns digests of what a registry has taken
 */
export async function uploadsIn(lines: AsyncIterable<string> | Iterable<string>): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  let span: string[] = [];
  let isUpload = false;
  for await (const line of lines) {
    if (line === '{') {
      span = [];
      isUpload = false;
    }
    span.push(line);
    isUpload ||= line.includes('/blobs/uploads/');
    if (line === '}' && isUpload) {
      const digest = uploadIn(parseJson(span.join('\n')));
      if (digest !== undefined) {
        digests.add(digest);
      }
    }
  }
  return digests;
}

/** A layer is complete with the PUT that names its digest. Source: OCI distribution specification, "Pushing blobs". */
function uploadIn(span: unknown): string | undefined {
  const list = at(span, 'Attributes');
  const attribute = (key: string) => (Array.isArray(list) ? list : []).find((entry) => textAt(entry, 'Key') === key);
  const method = textAt(attribute('http.request.method'), 'Value', 'Value');
  const status = numberAt(attribute('http.response.status_code'), 'Value', 'Value');
  const url = textAt(attribute('url.full'), 'Value', 'Value') ?? '';
  return method === 'PUT' && status === 201 ? (URL.parse(url)?.searchParams.get('digest') ?? undefined) : undefined;
}
