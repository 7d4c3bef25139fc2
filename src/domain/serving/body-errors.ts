import { ImageError } from '../errors.ts';

/** The error of a body that failed in the middle: the cause itself if it is an ImageError. */
export const bodyInterrupted = (cause: unknown): ImageError =>
  cause instanceof ImageError
    ? cause
    : new ImageError('store-unavailable', 'The image was interrupted while it was read.', { cause });

/** The error of a body that does not have the length that the store announced. */
export const lengthMismatch = (length: number): ImageError =>
  new ImageError('store-unavailable', `The store sent a different number of bytes than the ${length} it announced.`);

/** The error of a body whose next bytes do not arrive. */
export const readTimeout = (): ImageError =>
  new ImageError('store-timeout', 'The store stopped sending in the middle of the image.');
