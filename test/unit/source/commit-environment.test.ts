import { expect, it } from 'vitest';
import { git } from '../../../src/source/commit.ts';

it('Git has no input and no token of the job, which what a repository has it run could read', async () => {
  const env = {
    PATH: process.env.PATH,
    INPUT_GITTOKEN: 'fake-input',
    ACTIONS_RUNTIME_TOKEN: 'fake-token',
    AWS_SECRET_ACCESS_KEY: 'fake-key',
    KEPT: 'kept',
  };
  const { stdout } = await git({ directory: '/', workspace: '/', env }, '-c', 'alias.tell=!env', 'tell');
  expect(stdout).toContain('KEPT=kept');
  expect(stdout).not.toContain('fake-');
});
