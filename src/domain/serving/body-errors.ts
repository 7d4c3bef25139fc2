import { ImageError } from '../errors.ts';

/** Error of a body that failed in the middle. Returns `cause` itself if it is an ImageError. */
export const bodyInterrupted = (cause: unknown): ImageError =>
  cause instanceof ImageError
    ? cause
    : new ImageError('store-unavailable', 'Reading the image was interrupted.', { cause });

/** Error of a body whose length differs from the one that the store announced, in bytes. */
export const lengthMismatch = (length: number): ImageError =>
  new ImageError('store-unavailable', `The store announced ${length} bytes but sent a different number.`);

/** Error of a body whose next bytes do not arrive in time. */
export const readTimeout = (): ImageError =>
  new ImageError('store-timeout', 'The store stopped sending in the middle of the image.');
