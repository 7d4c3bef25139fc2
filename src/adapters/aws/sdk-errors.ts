import { ImageError, type ImageErrorCode } from '../../domain/errors.ts';

/** What the errors of the AWS SDK have in common, as far as they have it. */
export interface AwsFailure {
  /** The service's own code, such as `NoSuchKey`, or the SDK's. */
  readonly name: string;
  /** Of the answer; undefined where there was none. */
  readonly status: number | undefined;
  /** Of the network, such as `ECONNREFUSED`; undefined where it was not the network that failed. */
  readonly code: string | undefined;
}

export const readAwsFailure = (error: unknown): AwsFailure => {
  if (!(error instanceof Error)) return { name: '', status: undefined, code: undefined };
  const { name, code, $metadata } = error as NodeJS.ErrnoException & { $metadata?: { httpStatusCode?: number } };
  return { name, status: $metadata?.httpStatusCode, code };
};

/**
 * Translates what any AWS service may answer when it is not well: throttled, too slow, out of reach. Undefined for an
 * error that says something about the request itself.
 */
export const translateOutage = (error: unknown): ImageError | undefined => {
  if (error instanceof ImageError) return error;
  const { name, status, code } = readAwsFailure(error);
  const outage = (as: ImageErrorCode, message: string) => new ImageError(as, message, { cause: error });
  // An answer to HEAD has no body to say SlowDown: its status is all there is.
  if (THROTTLED.has(name) || status === 429 || status === 503) {
    return outage('store-throttled', 'The store asks to be read more slowly.');
  }
  // To the SDK a connection that was cut is a TimeoutError, too.
  if (TIMED_OUT.has(name) && !CUT.has(code ?? '')) return outage('store-timeout', 'The store did not answer in time.');
  if (status === undefined && code !== undefined) return outage('store-unavailable', 'The store could not be reached.');
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
const CUT = new Set(['ECONNRESET', 'EPIPE']);
