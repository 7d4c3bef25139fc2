import { ImageError, type ImageErrorCode } from '../domain/errors.ts';

/** What the errors of the AWS SDK have in common, as far as they have it. */
export interface AwsFailure {
  /** The service's own code, such as `NoSuchKey`, or the SDK's. */
  readonly name: string;
  /** Of the answer; undefined where there was none. */
  readonly status: number | undefined;
}

export const readAwsFailure = (error: unknown): AwsFailure => {
  const { name, $metadata } = (error ?? {}) as { name?: unknown; $metadata?: { httpStatusCode?: unknown } };
  const status = $metadata?.httpStatusCode;
  return { name: typeof name === 'string' ? name : '', status: typeof status === 'number' ? status : undefined };
};

/**
 * Translates what any AWS service may answer when it is not well: throttled, too slow, out of reach. Undefined for an
 * error that says something about the request itself.
 */
export const translateOutage = (error: unknown): ImageError | undefined => {
  if (error instanceof ImageError) return error;
  const { name, status } = readAwsFailure(error);
  const outage = (code: ImageErrorCode, message: string) => new ImageError(code, message, { cause: error });
  if (THROTTLED.has(name) || status === 429) return outage('store-throttled', 'The store asks to be read more slowly.');
  if (TIMED_OUT.has(name)) return outage('store-timeout', 'The store did not answer in time.');
  if (status === undefined && name !== 'CredentialsProviderError')
    return outage('store-unavailable', 'The store could not be reached.');
  if (status !== undefined && status >= 500) return outage('store-unavailable', 'The store failed.');
  return undefined;
};

const THROTTLED = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
]);
const TIMED_OUT = new Set(['TimeoutError', 'AbortError', 'RequestTimeout', 'RequestTimeoutException']);
