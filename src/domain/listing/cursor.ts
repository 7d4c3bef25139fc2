import { imageError } from '../errors.ts';

/** The place in a listing at which a page starts. */
export interface Position {
  /** The index of the key prefix. */
  readonly number: number;
  /** The token of the image index for the next page of this key prefix; undefined for its first page. */
  readonly token: string | undefined;
}

const VERSION = '1';

/** Writes a position as opaque text, in base64url without padding. */
export const formatCursor = (digest: string, { number, token }: Position): string => {
  const fields = [VERSION, digest, number, ...(token === undefined ? [] : [encodeURIComponent(token)])];
  return toBase64Url(fields.join('.'));
};

/**
 * Reads what `formatCursor` wrote with the same digest, for a listing with `count` key prefixes.
 *
 * @throws ImageError `invalid-cursor` for all other texts.
 */
export const parseCursor = (digest: string, count: number, cursor: string): Position => {
  const [, , number, token] = fromBase64Url(cursor).split('.');
  const position = { number: Number(number), token: token === undefined ? undefined : decodeToken(token) };
  const isInside = position.number >= 0 && position.number < count;
  // Formatting it again detects all other faults, such as another version, another digest or surplus bits.
  if (!isInside || formatCursor(digest, position) !== cursor) throw imageError('invalid-cursor');
  return position;
};

const decodeToken = (token: string): string => {
  try {
    return decodeURIComponent(token);
  } catch (cause) {
    throw imageError('invalid-cursor', { cause });
  }
};

/**
 * The 64-bit FNV-1a hash of UTF-16 code units, in hexadecimal: http://www.isthe.com/chongo/tech/comp/fnv. It detects a
 * cursor of another listing that is sent by mistake. It is not a security feature, and needs none: a forged cursor lists
 * only what its caller may list.
 */
export const digestOf = (text: string): string => {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, '0');
};

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** @param text Characters up to U+00FF. */
const toBase64Url = (text: string): string => {
  let encoded = '';
  let bits = 0;
  let count = 0;
  for (const character of text) {
    bits = (bits << 8) | character.charCodeAt(0);
    // Stryker disable next-line EqualityOperator: equivalent, the last line writes 6 bits as well
    for (count += 8; count >= 6; count -= 6) encoded += ALPHABET.charAt((bits >> (count - 6)) & 63);
    bits &= 63;
  }
  return count === 0 ? encoded : encoded + ALPHABET.charAt((bits << (6 - count)) & 63);
};

/** Ignores bits that are left over. */
const fromBase64Url = (encoded: string): string => {
  let text = '';
  let bits = 0;
  let count = 0;
  for (const character of encoded) {
    bits = ((bits & 63) << 6) | (ALPHABET.indexOf(character) & 63);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    text += String.fromCharCode((bits >> count) & 255);
  }
  return text;
};
