import { ImageError, imageError } from '../../domain/errors.ts';

/** The common fields of AWS SDK errors. */
export interface AwsFailure {
  /** Error code of the service, such as `NoSuchKey`, or of the SDK. */
  readonly name: string;
  /** HTTP status; undefined if there was no response. */
  readonly status: number | undefined;
  /** Network error code, such as `ECONNREFUSED`; undefined if the network did not fail. */
  readonly code: string | undefined;
}

export const readAwsFailure = (error: unknown): AwsFailure => {
  if (!(error instanceof Error)) return { name: '', status: undefined, code: undefined };
  const { name, code, $metadata } = error as NodeJS.ErrnoException & { $metadata?: { httpStatusCode?: number } };
  return { name, status: $metadata?.httpStatusCode, code };
};

/**
 * Returns an ImageError if an AWS service throttles, fails, times out or cannot be reached. Returns undefined for an
 * error that the request itself causes. Returns an ImageError unchanged.
 */
export const toOutageError = (error: unknown): ImageError | undefined => {
  if (error instanceof ImageError) return error;
  const { name, status, code } = readAwsFailure(error);
  const options = { cause: error };
  // A HEAD response has no body with the code SlowDown, so the status decides.
  if (THROTTLED.has(name) || status === 429 || status === 503) return imageError('store-throttled', options);
  // The SDK also reports a connection that was closed as a TimeoutError.
  if (TIMED_OUT.has(name) && !CLOSED.has(code ?? '')) return imageError('store-timeout', options);
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
const CLOSED = new Set(['ECONNRESET', 'EPIPE']);
