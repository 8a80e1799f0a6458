import type { FailureOptions } from '../failure.ts';

/** What was asked when an error came back. */
export interface AwsCall {
  /** IAM action, such as `ecr:GetAuthorizationToken`. */
  readonly action: string;
  readonly region: string;
  /** Where the credentials come from, in words. */
  readonly source: string;
}

/** An error of the SDK, taken apart. */
export interface AwsError {
  readonly name: string;
  readonly said: string;
  /** HTTP status of the last answer; undefined when there was none. */
  readonly status: number | undefined;
  /** How often it was tried. */
  readonly attempts: number;
  readonly networkCode: string | undefined;
  readonly viaProxy: boolean;
  readonly call: AwsCall;
}

/** What happened, and what to change; the error of the SDK is its cause. */
export type AwsFailure = Omit<FailureOptions, 'cause'>;
