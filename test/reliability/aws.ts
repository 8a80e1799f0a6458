import type { Area, Replacement } from './row.ts';

const FILE = 'credentials-errors.test.ts';
const BASES = 'ecr-base-images.test.ts';

/** The SDK asks once. */
const ONCE: Replacement = { file: 'src/aws/client.ts', from: 'maxAttempts: 5,', to: 'maxAttempts: 1,' };

/** What is not of AWS counts as an answer of it. */
const READABLE: Replacement = {
  file: 'src/aws/no-answer.ts',
  from: 'return unreadable(error) ?? unreachable(error)',
  to: 'return unreachable(error)',
};

/** A name that cannot be had ends the step. */
const NAMED: Replacement = {
  file: 'src/aws/sts.ts',
  from: '  } catch {\n    return undefined;\n  }',
  to: '  } catch (error) {\n    throw error;\n  }',
};

/** Every token is needed. */
const NEEDED: Replacement = {
  file: 'src/aws/login.ts',
  from: '    if (error instanceof Failure) {\n      return { hosts: request.hosts, reason: error };\n    }\n',
  to: '',
};

export const area: Area = {
  title: 'AWS APIs',
  rows: [
    {
      fault: 'ECR limits how often a token may be asked for',
      outcome: 'It is asked again, up to five times, with growing pauses.',
      test: { file: FILE, name: 'is waited for: throttling' },
      mutant: ONCE,
    },
    {
      fault: 'ECR goes on limiting how often a token may be asked for',
      outcome: 'The step fails before anything is built, and says how often it has asked.',
      test: { file: FILE, name: 'is told when it does not' },
      mutant: { file: 'src/aws/errors.ts', from: '  ThrottlingException: throttled,\n', to: '' },
    },
    {
      fault: 'The API of ECR has an internal error',
      outcome: 'It is asked again.',
      test: { file: FILE, name: 'is waited for: an internal error' },
      mutant: ONCE,
    },
    {
      fault: 'A load balancer before the API answers with a page of its own (503)',
      outcome: 'It is asked again.',
      test: { file: FILE, name: 'is waited for: a page of a load balancer' },
      mutant: ONCE,
    },
    {
      fault: 'The connection to the API is reset',
      outcome: 'It is asked again.',
      test: { file: FILE, name: 'is waited for: a lost connection' },
      mutant: ONCE,
    },
    {
      fault: 'A page of something else comes back in the place of a token (403)',
      outcome: 'The step fails, and says that this is no answer of AWS and where to look.',
      test: { file: FILE, name: 'of the token service' },
      mutant: READABLE,
    },
    {
      fault: 'STS answers with a login page, as if that were the keys of a role',
      outcome: 'The step fails, and says that the answer has no credentials.',
      test: { file: FILE, name: 'of STS' },
      mutant: {
        file: 'src/aws/sts.ts',
        from: 'const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};',
        to: "const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = Credentials ?? {};",
      },
    },
    {
      fault: 'STS does not tell who asks',
      outcome: 'The step goes on; the log leaves the name out.',
      test: { file: FILE, name: 'is left out when it is not allowed to be told' },
      mutant: NAMED,
    },
    {
      fault: 'The connection to STS is reset again and again',
      outcome: 'The same.',
      test: { file: FILE, name: 'is left out when it cannot be got' },
      mutant: NAMED,
    },
    {
      fault: 'There is no token for ECR Public, which a base image comes from',
      outcome: 'The base image is pulled without a login, as everybody may; the log says so.',
      test: { file: BASES, name: 'leaves ECR Public to everybody' },
      mutant: NEEDED,
    },
    {
      fault: 'There is no token for a registry that a base image comes from',
      outcome: 'A warning with the reason; the build goes on as far as it gets.',
      test: { file: BASES, name: 'of a region that is only read from is a warning' },
      mutant: NEEDED,
    },
  ],
};
