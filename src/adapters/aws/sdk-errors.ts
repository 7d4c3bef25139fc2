import { ImageError, imageError } from '../../domain/errors.ts';

/** What errors of the AWS SDK have in common. */
export interface AwsFailure {
  /** The service's own code, such as `NoSuchKey`, or the SDK's. */
  readonly name: string;
  /** HTTP status of the response; undefined if there was none. */
  readonly status: number | undefined;
  /** Error code of the network, such as `ECONNREFUSED`; undefined if the network did not fail. */
  readonly code: string | undefined;
}

export const readAwsFailure = (error: unknown): AwsFailure => {
  if (!(error instanceof Error)) return { name: '', status: undefined, code: undefined };
  const { name, code, $metadata } = error as NodeJS.ErrnoException & { $metadata?: { httpStatusCode?: number } };
  return { name, status: $metadata?.httpStatusCode, code };
};

/**
 * The ImageError of an AWS service that throttles, fails, times out or cannot be reached. Undefined for an error that is
 * about the request itself.
 */
export const toOutageError = (error: unknown): ImageError | undefined => {
  if (error instanceof ImageError) return error;
  const { name, status, code } = readAwsFailure(error);
  const options = { cause: error };
  // The response to HEAD has no body that could say SlowDown, only a status.
  if (THROTTLED.has(name) || status === 429 || status === 503) return imageError('store-throttled', options);
  // The SDK reports a connection that was cut as a TimeoutError as well.
  if (TIMED_OUT.has(name) && !CUT.has(code ?? '')) return imageError('store-timeout', options);
  const isNetwork = status === undefined && code !== undefined;
  return isNetwork || (status !== undefined && status >= 500) ? imageError('store-unavailable', options) : undefined;
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
const CUT = new Set(['ECONNRESET', 'EPIPE']);
