import { ImageError, imageError } from '../../domain/errors.ts';
import { readAwsFailure } from './sdk-errors.ts';

/**
 * Converts an error response about the bucket, its credentials or its settings.
 * Error codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
 */
export const toBucketError = (error: unknown): ImageError => {
  const { name, status } = readAwsFailure(error);
  // Without s3:ListBucket, S3 answers 403 instead of 404 if the key does not exist.
  const isDenied = status === 403 || name === 'CredentialsProviderError' || EXPIRED.has(name);
  return imageError(isDenied ? 'store-forbidden' : 'store-misconfigured', { cause: error });
};

/** If the SDK fails to parse a response, it leaves the body open. Destroys the body to free the connection. */
export const toParseError = (error: unknown): ImageError => {
  const { $response } = error as { $response?: { body?: { destroy?(): unknown } } };
  $response?.body?.destroy?.();
  return new ImageError('store-unavailable', 'The store answered with a response that cannot be parsed.', {
    cause: error,
  });
};

const EXPIRED = new Set(['ExpiredToken', 'InvalidToken', 'TokenRefreshRequired', 'RequestExpired']);
