import { Buffer, isUtf8 } from 'node:buffer';
import { imageError } from '../domain/errors.ts';

/** The token of the page that starts after a key. It contains the key. */
export const formatPageToken = (key: string): string => Buffer.from(key).toString('base64url');

/**
 * The UTF-8 bytes of the key after which a page starts; none for the first page.
 *
 * @throws ImageError `invalid-cursor` if the token is malformed, or its key does not have the prefix.
 */
export const parsePageToken = (token: string | undefined, keyPrefix: string): Buffer => {
  const key = Buffer.from(token ?? '', 'base64url');
  if (token === undefined) return key;
  if (key.length > 0 && isUtf8(key) && key.toString().startsWith(keyPrefix)) return key;
  throw imageError('invalid-cursor');
};
