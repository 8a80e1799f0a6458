import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { buildIn, refuse } from '../support/built.ts';
import { type GitServer, loginOf, startGitServer } from '../support/git-server.ts';
import { filesHolding } from '../support/leaks.ts';
import { readLayerFile } from '../support/oci.ts';
import { sampleArguments } from '../support/processes.ts';

const TOKEN = 'fake_token_000000000000000000';
const LOGIN = 'someone@example.com:fake:pass=word,"1"';

let bed: Bed;
let files: Record<string, string>;
const servers: GitServer[] = [];
beforeAll(async () => {
  bed = await startBed(inject('toolchain'));
  files = { Dockerfile: dockerfile(bed.baseImage, 'COPY . /src'), 'a.txt': 'from the server' };
});
afterAll(async () => {
  await bed.close();
  await Promise.all(servers.map((server) => server.close()));
});

async function startServer(login?: string): Promise<GitServer> {
  const server = await startGitServer(login === undefined ? {} : { login });
  servers.push(server);
  return server;
}

describe.each([
  ['a token', TOKEN, `x-access-token:${TOKEN}`, TOKEN],
  ['user:password', LOGIN, LOGIN, LOGIN.slice(LOGIN.indexOf(':') + 1)],
])('gitToken that is %s', (_, gitToken, login, secret) => {
  it('is what the server of the context gets, and nobody else', async () => {
    const server = await startServer(login);
    const { url } = await server.addRepository('app', files);
    const job = await bed.job({ files: {} });
    const { result: built, arguments: seen } = await sampleArguments(() =>
      buildIn(job, bed, { pathToContext: `${url}#main`, gitToken }),
    );
    expect(await readLayerFile({ ...built.image, path: 'src/a.txt' })).toBe('from the server');
    expect(new Set(server.requests.map(({ authorization }) => loginOf(authorization)))).toContain(login);

    const { log, summary, outputs, masks } = built.result;
    expect(masks).toContain(gitToken);
    for (const text of [log, summary, JSON.stringify(outputs)]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(login).toString('base64'));
    }
    expect([...seen]).toContain('dockerfile.v0');
    expect([...seen].filter((argument) => argument.includes(secret))).toEqual([]);
    // BuildKit hands it to its own Git like this. No argument of the action or of buildctl has it in any form.
    const encoded = [...seen].filter((argument) => argument.includes(Buffer.from(login).toString('base64')));
    expect(encoded.filter((argument) => !/^http\..*\.extraheader=/.test(argument))).toEqual([]);
    expect(await filesHolding([secret], [job.temp, job.home, job.workspace, ...job.scratch()])).toEqual([]);
  });
});

it('is not sent to a server of a submodule', async () => {
  const [own, other] = [await startServer(`x-access-token:${TOKEN}`), await startServer()];
  const library = await other.addRepository('library', { 'lib.txt': 'from elsewhere' });
  const { url } = await own.addRepository('app', files, { lib: library });
  const { image } = await buildIn(await bed.job({ files: {} }), bed, { pathToContext: url, gitToken: TOKEN });
  expect(await readLayerFile({ ...image, path: 'src/lib/lib.txt' })).toBe('from elsewhere');
  expect(other.requests.length).toBeGreaterThan(0);
  expect(other.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
});

it('is not sent to the server of another build context', async () => {
  const [own, other] = [await startServer(`x-access-token:${TOKEN}`), await startServer()];
  const library = await other.addRepository('library', { 'lib.txt': 'from elsewhere' });
  const { url } = await own.addRepository('app', {
    Dockerfile: dockerfile(bed.baseImage, 'COPY --from=library lib.txt /lib.txt', `ADD ${library.url} /added`),
  });
  const { image } = await buildIn(await bed.job({ files: {} }), bed, {
    pathToContext: url,
    gitToken: TOKEN,
    buildContexts: `library=${library.url}`,
  });
  expect(await readLayerFile({ ...image, path: 'lib.txt' })).toBe('from elsewhere');
  expect(await readLayerFile({ ...image, path: 'added/lib.txt' })).toBe('from elsewhere');
  expect(other.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
});

it('can be read by a step of that Dockerfile that names it, as the README says, and is in no other', async () => {
  const server = await startServer(`x-access-token:${TOKEN}`);
  // The port of the server is known only now, and the Dockerfile that it gives out has to name it.
  const { host } = new URL((await server.addRepository('other', files)).url);
  const read = `--mount=type=secret,id=GIT_AUTH_TOKEN.${host},target=/token`;
  const { url } = await server.addRepository('app', {
    Dockerfile: dockerfile(
      bed.baseImage,
      'RUN [ ! -e /run/secrets ]',
      `RUN ${read} [ -s /token ] && echo found > /read`,
    ),
  });
  const { image } = await buildIn(await bed.job({ files: {} }), bed, { pathToContext: url, gitToken: TOKEN });
  expect(await readLayerFile({ ...image, path: 'read' })).toBe('found\n');
});

it('names the stages of a Dockerfile that only the token can reach', async () => {
  const server = await startServer(`x-access-token:${TOKEN}`);
  const { url } = await server.addRepository('app', { Dockerfile: 'FROM scratch AS one\nFROM scratch AS two\n' });
  const { code, error } = await refuse(await bed.job({ files: {} }), bed, {
    pathToContext: url,
    gitToken: TOKEN,
    target: 'three',
  });
  expect(code, error).toBe('target-missing');
  expect(error).toContain('Its stages are one, two.');
});

it('is missing: the error says that the server wants a login, and not which', async () => {
  const server = await startServer(`x-access-token:${TOKEN}`);
  const { url } = await server.addRepository('app', files);
  const { result } = await refuse(await bed.job({ files: {} }), bed, { pathToContext: url });
  expect(result.log).toContain('could not read Username');
});
