/** Failures of the domain and of stores, named by their cause. */
export type ImageErrorCode =
  // the request
  | 'path-missing'
  | 'invalid-path'
  | 'unknown-path'
  | 'invalid-cursor'
  | 'precondition-failed'
  | 'range-not-satisfiable'
  | 'invalid-request'
  // the image
  | 'image-not-found'
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

interface ImageErrorOptions {
  readonly cause?: unknown;
  /** Size of the whole image in bytes, if the range is not satisfiable. */
  readonly size?: number | undefined;
}

/**
 * The error of the domain and its stores: a code for programs and a message for people. Clients see the message, so it
 * never contains a bucket, a key or an ARN. Those belong in `cause`, which is only logged.
 */
export class ImageError extends Error {
  readonly code: ImageErrorCode;
  readonly size: number | undefined;

  constructor(code: ImageErrorCode, message: string, options: ImageErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'ImageError';
    this.code = code;
    this.size = options.size;
  }
}

/** Creates an ImageError with the standard message of its code. */
export const imageError = (code: PlainErrorCode, options?: ImageErrorOptions): ImageError =>
  new ImageError(code, MESSAGES[code], options);

/** Codes with a standard message. The messages of the others say what is wrong with the request or mapping. */
type PlainErrorCode = Exclude<
  ImageErrorCode,
  'invalid-path' | 'unknown-path' | 'range-not-satisfiable' | 'invalid-request' | 'invalid-mapping'
>;

const MESSAGES: Readonly<Record<PlainErrorCode, string>> = {
  'path-missing': 'No path is provided!',
  'precondition-failed': 'The image is not the version that the request requires.',
  'invalid-cursor':
    'The cursor is malformed, or belongs to another prefix or another mapping of the service. Start again without a cursor.',
  'image-not-found': 'There is no image at this path.',
  'image-archived': 'The image is archived and must be restored before it can be read.',
  'store-forbidden': 'The image store denies access to this image. It may give the same answer for a missing image.',
  'role-refused': 'The service cannot assume the role that reads the image store.',
  'store-misconfigured': 'The image store is misconfigured.',
  'store-throttled': 'The image store is throttling requests.',
  'store-unavailable': 'The image store failed or cannot be reached.',
  'store-timeout': 'The image store did not answer in time.',
  internal: 'The service failed.',
};

/** Returns an ImageError unchanged, and any other error as the cause of an `internal` ImageError. */
export const toImageError = (error: unknown): ImageError =>
  error instanceof ImageError ? error : imageError('internal', { cause: error });

/** Quotes a text for a message: on one line, escaped, and cut at 60 characters. */
export const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
