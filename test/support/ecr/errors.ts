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
