import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT } from '../support/account.ts';
import { type Bed, dockerfile, startBed } from '../support/bed.ts';
import { listTags } from '../support/oci.ts';

const toolchain = inject('toolchain');
let bed: Bed;
beforeAll(async () => {
  bed = await startBed(toolchain, { repositories: [{ name: 'app' }, { name: 'fixed', immutable: true }] });
});
afterAll(() => bed.close());

/** Runs a step that is expected to fail. */
async function failing(inputs: Readonly<Record<string, string>>, ...lines: string[]) {
  const job = await bed.job(lines.length === 0 ? {} : { files: { Dockerfile: dockerfile(bed.baseImage, ...lines) } });
  const result = await job.step({ ...bed.inputs, ...inputs });
  expect(result.code, result.output).toBe(1);
  expect(result.errors).toHaveLength(1);
  expect(result.outputs).toEqual({});
  return { ...result, error: result.errors[0] ?? '' };
}

describe('a build that fails', () => {
  it('shows the last lines of a failing RUN and its exit code', async () => {
    const { output, error } = await failing({ imageTag: 'never' }, 'RUN seq 1 40 && echo "the reason" >&2 && exit 42');
    expect(output).toContain('title=build-failed');
    expect(error).toContain('exit code: 42');
    expect(error).toContain('the reason');
    expect(error).not.toMatch(/\b10\n/);
    expect(await listTags({ registryUrl: bed.registry.url, repository: 'app' }).catch(() => [])).not.toContain('never');
  });

  it('says where the syntax of the Dockerfile is wrong', async () => {
    const { error } = await failing({}, 'RUNN echo hello');
    expect(error).toContain('unknown instruction: RUNN');
  });

  it('names a base image that is not there', async () => {
    const job = await bed.job({ files: { Dockerfile: `FROM ${bed.registry.host}/base/missing:1\n` } });
    const { output, errors } = await job.step(bed.inputs);
    expect(output).toContain('title=base-image-unavailable');
    expect(errors[0]).toContain(`${bed.registry.host}/base/missing:1`);
  });

  it('prints workflow commands of a build as text: nothing of it is obeyed', async () => {
    const job = await bed.job({
      files: {
        Dockerfile: dockerfile(
          bed.baseImage,
          'RUN echo ::add-mask::injected && echo "::error::injected" && printf "::warning::x"',
        ),
      },
    });
    const { code, output } = await job.step(bed.inputs);
    expect(code, output).toBe(0);
    const [, token = 'none'] = /^::stop-commands::(.+)$/m.exec(output) ?? [];
    const [stopped = ''] = output.split(`::${token}::\n`).slice(1);
    const begin = output.indexOf(`::stop-commands::${token}`);
    const end = output.indexOf(`\n::${token}::`);
    for (const command of ['::add-mask::injected', '::error::injected', '::warning::x']) {
      expect(output.lastIndexOf(command)).toBeGreaterThan(begin);
      expect(output.lastIndexOf(command)).toBeLessThan(end);
      expect(stopped).not.toContain(command);
    }
  });
});

describe('a push that is refused', () => {
  it('names a repository that does not exist', async () => {
    const { output, error } = await failing({ imageShortName: 'missing' });
    expect(output).toContain('title=repository-missing');
    expect(error).toContain(`There is no repository ${bed.ecr.host}/missing`);
  });

  it('names an immutable tag', async () => {
    const first = await (await bed.job()).step({ ...bed.inputs, imageShortName: 'fixed', imageTag: '1.0' });
    expect(first.code, first.output).toBe(0);
    const { output, error } = await failing(
      { imageShortName: 'fixed', imageTag: '1.0' },
      'RUN echo different > /built',
    );
    expect(output).toContain('title=tag-immutable');
    expect(error).toContain('fixed:1.0 exists');
  });

  it('names the permission that is missing', async () => {
    const fault = bed.ecr.fault({
      when: ({ kind, method, path }) => kind === 'registry' && method === 'POST' && path.includes('/blobs/uploads'),
      answer: {
        status: 403,
        headers: { 'content-type': 'application/json' },
        body: {
          errors: [
            {
              code: 'DENIED',
              message: `User: arn:aws:iam::${ACCOUNT.accountId}:user/ci is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:ap-northeast-1:${ACCOUNT.accountId}:repository/app because no identity-based policy allows the ecr:InitiateLayerUpload action`,
            },
          ],
        },
      },
    });
    const { output, error } = await failing({ imageTag: 'denied' }, 'RUN echo denied > /new');
    fault.remove();
    expect(output).toContain('title=push-denied');
    expect(error).toContain(
      `Allow ecr:InitiateLayerUpload on arn:aws:ecr:ap-northeast-1:${ACCOUNT.accountId}:repository/app`,
    );
  });

  it.each([
    [
      'throttled',
      { status: 429, body: { errors: [{ code: 'TOOMANYREQUESTS', message: 'Rate exceeded' }] } },
      'push-throttled',
    ],
    ['a token that the registry does not know', { status: 401, body: 'Not Authorized' }, 'push-unauthenticated'],
    [
      'a manifest form that it does not take',
      { status: 405, body: { errors: [{ code: 'UNSUPPORTED', message: 'unsupported' }] } },
      'push-refused',
    ],
  ] as const)('tells it: %s', async (name, answer, code) => {
    const fault = bed.ecr.fault({ when: ({ kind, method }) => kind === 'registry' && method === 'PUT', answer });
    const { output } = await failing({ imageTag: 'refused' }, `RUN echo "${name}" > /new`);
    fault.remove();
    expect(output).toContain(`title=${code}`);
  });
});
