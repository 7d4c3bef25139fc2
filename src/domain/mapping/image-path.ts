import { ImageError, quote } from '../errors.ts';

declare const imagePath: unique symbol;

/**
 * The decoded path of an image below the service's root: one or more segments joined by `/`, none of them empty, `.` or
 * `..`, without a leading or trailing slash, control characters or lone surrogates. Only `parseImagePath` makes one.
 */
export type ImagePath = string & { readonly [imagePath]: true };

/**
 * Decodes the path of a request, as it stands in the URL (percent-encoded, without query; one leading slash is ignored).
 * Every escape is decoded exactly once, and `+` stays `+`.
 *
 * @throws ImageError `invalid-path`, whose message says what is wrong and where, for every string that is no image path.
 */
export const parseImagePath = (encoded: string): ImagePath => {
  const text = encoded.startsWith('/') ? encoded.slice(1) : encoded;
  const decoded = text.includes('%') ? decode(text) : text;
  const fault = pathFault(decoded);
  if (fault !== undefined) throw new ImageError('invalid-path', `The path ${fault}.`);
  return decoded as ImagePath;
};

/** Encodes a path for a URL: the inverse of `parseImagePath`, in its shortest form and without a leading slash. */
export const formatImagePath = (path: ImagePath): string => path.split('/').map(encodeURIComponent).join('/');

/** What keeps a decoded text from being a path or a key, as the end of a sentence; undefined where nothing does. */
export const pathFault = (text: string): string | undefined => {
  if (!SUSPICIOUS.test(text)) return undefined;
  if (text === '') return 'is empty';
  if (CONTROL_CHARACTER.test(text)) return 'has a control character';
  if (LONE_SURROGATE.test(text)) return 'is not well-formed Unicode (it has half of a surrogate pair)';
  if (!EMPTY_OR_DOT_SEGMENT.test(text)) return undefined;
  if (text.endsWith('/')) return 'ends with a slash';
  const segments = text.split('/');
  const empty = segments.indexOf('');
  if (empty !== -1) return `has an empty segment (number ${empty + 1}): two slashes follow each other`;
  return `has a "." or ".." segment (number ${segments.findIndex((segment) => segment === '.' || segment === '..') + 1})`;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const EMPTY_OR_DOT_SEGMENT = /(?:^|\/)\.{0,2}(?:\/|$)/;
// All of the above at once, and whole surrogate pairs as well: most paths have none of it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const SUSPICIOUS = /(?:^|\/)\.{0,2}(?:\/|$)|[\u0000-\u001f\u007f\ud800-\udfff]/;

const decode = (text: string): string => {
  // Decoded, it would look like a boundary between segments that the caller did not write.
  if (/%2f/i.test(text)) throw new ImageError('invalid-path', 'The path has an encoded slash (%2F) inside a segment.');
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const segments = text.split('/');
    const number = segments.findIndex((segment) => !isDecodable(segment));
    throw new ImageError(
      'invalid-path',
      `The path has a percent escape that is not UTF-8, in segment ${number + 1}, ${quote(segments[number] as string)}: write a percent sign as %25.`,
      { cause },
    );
  }
};

const isDecodable = (segment: string): boolean => {
  try {
    decodeURIComponent(segment);
    return true;
  } catch {
    return false;
  }
};
