import type { Area, Replacement } from './row.ts';

const MERGE = 'merge-faults.test.ts';
const PREFLIGHT = 'preflight.test.ts';

/** What a registry refuses for a moment is refused. */
const ONCE: Replacement = {
  file: 'src/registry/http.ts',
  from: 'shouldRetry: isWorthRetrying',
  to: 'shouldRetry: () => false',
};

export const area: Area = {
  title: 'Repositories, tags and merges',
  rows: [
    {
      fault: 'The repository is missing',
      outcome: 'The step fails before the build.',
      test: { file: PREFLIGHT, name: 'a repository that is missing' },
      mutant: { file: 'src/preflight.ts', from: 'if (onPush !== false) {', to: 'if (onPush !== undefined) {' },
    },
    {
      fault: 'The identity may not begin an upload',
      outcome: 'The step fails before the build, and names the action that is missing.',
      test: { file: PREFLIGHT, name: 'an upload that may not begin' },
      mutant: {
        file: 'src/preflight.ts',
        from: "['push-denied', 'push-unauthenticated',",
        to: "['push-unauthenticated',",
      },
    },
    {
      fault: 'The identity may not ask for the settings of the repository',
      outcome: 'Nothing is concluded from that, and the image is pushed.',
      test: { file: PREFLIGHT, name: 'an identity that may not ask for the repository' },
      mutant: {
        file: 'src/aws/repositories.ts',
        from: ": { kind: 'unknown' };",
        to: ": { kind: 'missing', requestId: undefined };",
      },
    },
    {
      fault: 'A repository is created, and its policies are refused',
      outcome: 'The repository is removed again: the next run would take it as it is.',
      test: { file: PREFLIGHT, name: 'does not leave a repository without the policies' },
      mutant: {
        file: 'src/aws/repositories.ts',
        from: 'await client.send(new DeleteRepositoryCommand(name)).then(',
        to: 'await Promise.reject(new Error(name.repositoryName)).then(',
      },
    },
    {
      fault: 'The tag exists in a repository with immutable tags',
      outcome: 'The step fails before the build, and names the ways out.',
      test: {
        file: 'existing-tags.test.ts',
        name: 'fails before the build where the tag exists and cannot be written again',
      },
      mutant: {
        file: 'src/plan/existing-tags.ts',
        from: 'references.find((reference) => isMutable(reference) === false)',
        to: 'references.find(() => false)',
      },
    },
    {
      fault: 'A merge: one of two registries refuses the index',
      outcome: 'The step fails, and no tag of the other one has moved.',
      test: { file: MERGE, name: 'has moved no tag of the other repository' },
      mutant: {
        file: 'src/merge.ts',
        from: '    await putUntagged(manifest, repositories);\n',
        to: '',
      },
    },
    {
      fault: 'A merge: a page of a proxy is the answer to a tag that is put',
      outcome: 'The step fails: nothing was created.',
      test: { file: MERGE, name: 'is no success when a page of a proxy answers' },
      mutant: { file: 'src/registry/repository.ts', from: '.status !== 201', to: '.status === 0' },
    },
    {
      fault: 'A merge: the registry limits requests (429)',
      outcome: 'Each request is sent again, after a growing pause.',
      test: { file: MERGE, name: 'when the registry answers 429 for a while' },
      mutant: ONCE,
    },
    {
      fault: 'A merge: the registry has an error of its own (500)',
      outcome: 'The same.',
      test: { file: MERGE, name: 'when the registry answers 500 for a while' },
      mutant: ONCE,
    },
    {
      fault: 'A merge: the registry is busy (503)',
      outcome: 'The same.',
      test: { file: MERGE, name: 'when the registry answers 503 for a while' },
      mutant: ONCE,
    },
    {
      fault: 'A merge: several parts are missing',
      outcome: 'The step fails, and names all of them.',
      test: { file: MERGE, name: 'names all parts that are missing' },
      mutant: { file: 'src/merge/parts.ts', from: 'throw together(problems);', to: 'throw problems[0];' },
    },
    {
      fault: 'ECR refuses to scan an image again that it has scanned today',
      outcome: 'The scan that there is counts.',
      test: { file: 'scan.test.ts', name: 'that cannot be started again today counts all the same' },
      mutant: {
        file: 'src/aws/scan.ts',
        from: "return { kind: 'refused', problem: explain('ecr:StartImageScan')(error) };",
        to: "throw explain('ecr:StartImageScan')(error);",
      },
    },
    {
      fault: 'ECR cannot scan an image',
      outcome: 'The step fails at once, and the image gets no tag.',
      test: { file: 'scan.test.ts', name: 'that ends as FAILED keeps the image from its tags' },
      mutant: {
        file: 'src/plan/scan-progress.ts',
        from: "['COMPLETE', 'ACTIVE']",
        to: "['COMPLETE', 'ACTIVE', 'FAILED']",
      },
    },
  ],
};
