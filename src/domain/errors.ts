/** Everything that can go wrong, named by its cause. What each means to a caller stands in the README. */
export type ImageErrorCode =
  // the request
  | 'path-missing'
  | 'invalid-path'
  | 'unknown-path'
  | 'method-not-allowed'
  | 'precondition-failed'
  | 'range-not-satisfiable'
  // the image
  | 'image-not-found'
  | 'image-too-large'
  | 'image-archived'
  // the store
  | 'store-forbidden'
  | 'role-refused'
  | 'store-misconfigured'
  | 'store-throttled'
  | 'store-unavailable'
  | 'store-timeout'
  // the service
  | 'invalid-mapping'
  | 'internal';

/**
 * The one error of images-api: a code to branch on, and a message for people. A message may be shown to the caller
 * of the service, so it never holds a bucket, a key or an ARN; those belong into `cause`, which is only logged.
 */
export class ImageError extends Error {
  readonly code: ImageErrorCode;
  /** The size of the whole image in bytes, where the failure is about that size (416 and 413). */
  readonly size: number | undefined;

  constructor(
    code: ImageErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly size?: number } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ImageError';
    this.code = code;
    this.size = options.size;
  }
}

/** What nobody foresaw is `internal`, with its cause. */
export const toImageError = (error: unknown): ImageError =>
  error instanceof ImageError ? error : new ImageError('internal', 'The service failed.', { cause: error });

/** A body that ended in a failure, which may have named itself. */
export const brokenOff = (cause: unknown): ImageError =>
  cause instanceof ImageError
    ? cause
    : new ImageError('store-unavailable', 'The image broke off while it was read.', { cause });

/** A body that ended too early, or too late. */
export const notAsLongAs = (length: number): ImageError =>
  new ImageError('store-unavailable', `The store sent another number of bytes than the ${length} it announced.`);

/** Quotes a piece of a request for a message: one line, escaped, and cut at 60 characters. */
export const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
