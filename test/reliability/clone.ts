import type { Area, Replacement } from './row.ts';

const FILE = 'clone-faults.test.ts';

/** Git's own words are the whole explanation. */
const UNEXPLAINED: Replacement = {
  file: 'src/git/fetch.ts',
  from: 'throw revision === DEFAULT_REVISION ? empty(inputs) : unknown(inputs);',
  to: 'throw explainGit(stderr, inputs);',
};

export const area: Area = {
  title: 'Cloning',
  rows: [
    {
      fault: 'Nobody listens at the Git server',
      outcome: 'After three attempts the step fails, and names the host.',
      test: { file: FILE, name: 'nobody who listens, after three attempts' },
      mutant: {
        file: 'src/git/errors.ts',
        from: 'Connection (?:refused|timed out|reset|closed)|Failed to connect|',
        to: '',
      },
    },
    {
      fault: 'The branch is not there',
      outcome: 'The step fails, names it, and leaves nothing of the clone.',
      test: { file: FILE, name: 'a revision: a branch that is not there' },
      mutant: UNEXPLAINED,
    },
    {
      fault: 'The repository has no commit',
      outcome: 'The step fails, and says so.',
      test: { file: FILE, name: 'a repository without a commit' },
      mutant: UNEXPLAINED,
    },
    {
      fault: 'The repository is not there, or hidden',
      outcome: 'The step fails, and says which, and what to give for a private one.',
      test: { file: FILE, name: 'no such repository' },
      mutant: { file: 'src/git/errors.ts', from: "repository '[^']*' not found|Repository not found|", to: '' },
    },
    {
      fault: 'There is no program git',
      outcome: 'The step fails, and says so.',
      test: { file: FILE, name: 'a program git that is not there' },
      mutant: { file: 'src/git/run.ts', from: "codeOf(error) === 'ENOENT' ? missing(error) : error", to: 'error' },
    },
    {
      fault: 'The server gives out no single commits of a submodule',
      outcome: 'It is fetched with its history.',
      test: { file: 'clone-login.test.ts', name: 'has the submodules of a server that gives out no single commits' },
      mutant: {
        file: 'src/git/submodules.ts',
        from: '    !refusesPart(stderr) &&\n    !/did not contain|Unable to find current|Direct fetching of that commit failed/i.test(stderr)\n',
        to: '    stderr.length > 0\n',
      },
    },
  ],
};
