import { ImageError, type ImageErrorCode, quote } from '../errors.ts';

declare const imagePath: unique symbol;

/**
 * The decoded path of an image, relative to the root of the service: one or more segments joined by `/`. It has no
 * empty, `.` or `..` segment, no leading or trailing slash, no control character and no lone surrogate. Only
 * `parseImagePath` creates one.
 */
export type ImagePath = string & { readonly [imagePath]: true };

/**
 * Decodes the path of a URL (percent-encoded, without query; one leading slash is ignored). Decodes every escape exactly
 * once and leaves `+` as `+`.
 *
 * @throws ImageError `invalid-path` for every string that is not an image path. The message says what is wrong and where.
 */
export const parseImagePath = (encoded: string): ImagePath => {
  const decoded = decode(encoded, PATH);
  const fault = pathFault(decoded);
  if (fault !== undefined) throw new ImageError('invalid-path', `The path ${fault}.`);
  return decoded as ImagePath;
};

/**
 * Decodes the start of a path, as `parseImagePath` does. It may be empty, and may end inside a segment or with a slash.
 *
 * @throws ImageError `invalid-request` for every string with which no image path starts, and for a `.` or `..` segment
 * at the end. The message says what is wrong and where.
 */
export const parsePathPrefix = (encoded: string): string => {
  const decoded = decode(encoded, PATH_PREFIX);
  const isBetweenSegments = decoded === '' || decoded.endsWith('/');
  const fault = pathFault(isBetweenSegments ? `${decoded}x` : decoded);
  if (fault !== undefined) throw new ImageError('invalid-request', `The prefix ${fault}.`);
  return decoded;
};

/** Encodes a path for a URL: the inverse of `parseImagePath`, in its shortest form and without a leading slash. */
export const formatImagePath = (path: ImagePath): string => path.split('/').map(encodeURIComponent).join('/');

/** The predicate of a sentence that says why a decoded text is not a path or key; undefined if it is one. */
export const pathFault = (text: string): string | undefined => {
  // Stryker disable next-line ConditionalExpression: equivalent, the check only saves time
  if (!SUSPICIOUS.test(text)) return undefined;
  if (text === '') return 'is empty';
  if (CONTROL_CHARACTER.test(text)) return 'has a control character';
  if (LONE_SURROGATE.test(text)) return 'is not well-formed Unicode (it has half of a surrogate pair)';
  if (!EMPTY_OR_DOT_SEGMENT.test(text)) return undefined;
  if (text.endsWith('/')) return 'ends with a slash';
  const segments = text.split('/');
  const empty = segments.indexOf('');
  if (empty !== -1) return `has an empty segment (number ${empty + 1}): remove the extra slash`;
  return `has a "." or ".." segment (number ${segments.findIndex((segment) => segment === '.' || segment === '..') + 1})`;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for them
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const EMPTY_OR_DOT_SEGMENT = /(?:^|\/)\.{0,2}(?:\/|$)/;
// Finds all of the above in one pass, and whole surrogate pairs too. Most paths contain none of them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: it searches for them
const SUSPICIOUS = /(?:^|\/)\.{0,2}(?:\/|$)|[\u0000-\u001f\u007f\ud800-\udfff]/;

/** Name of a text and code of its errors, for a text that cannot be decoded. */
interface Subject {
  readonly noun: string;
  readonly code: ImageErrorCode;
}

const PATH: Subject = { noun: 'path', code: 'invalid-path' };
const PATH_PREFIX: Subject = { noun: 'prefix', code: 'invalid-request' };

const decode = (encoded: string, { noun, code }: Subject): string => {
  const text = encoded.startsWith('/') ? encoded.slice(1) : encoded;
  // Stryker disable next-line ConditionalExpression,StringLiteral: equivalent, the check only saves time
  if (!text.includes('%')) return text;
  // After decoding, the slash would separate two segments although the caller wrote one.
  if (/%2f/i.test(text)) throw new ImageError(code, `The ${noun} has an encoded slash (%2F) inside a segment.`);
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const segments = text.split('/');
    const number = segments.findIndex((segment) => !isDecodable(segment));
    throw new ImageError(
      code,
      `The ${noun} has a percent escape that is not UTF-8, in segment ${number + 1}, ${quote(segments[number] as string)}: write a percent sign as %25.`,
      { cause },
    );
  }
};

const isDecodable = (segment: string): boolean => {
  let decodes = true;
  try {
    decodeURIComponent(segment);
  } catch {
    decodes = false;
  }
  return decodes;
};
