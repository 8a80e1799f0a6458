/** A refusal of one of the AWS APIs, in the words of ECR; sts.ts translates those that STS names otherwise. */
export class ApiError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = 'ApiError';
    this.type = type;
    this.status = status;
  }
}

/** A refusal of the registry under /v2/. */
export class RegistryRefusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'RegistryRefusal';
    this.code = code;
    this.status = status;
  }
}

/** The answer to who has not said who asks: 401, with how to do it. */
export class Challenge extends Error {
  /** Value of WWW-Authenticate. */
  readonly challenge: string;

  constructor(challenge: string) {
    super('Not Authorized');
    this.name = 'Challenge';
    this.challenge = challenge;
  }
}
