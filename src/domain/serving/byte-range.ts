import { ImageError } from '../errors.ts';

/** The range that a request asks for: from `first` to `last` (or to the end), or the last `suffix` bytes. */
export type RequestedRange = { readonly first: number; readonly last?: number } | { readonly suffix: number };

/** Positions of the first and the last byte, counted from 0. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Parses a Range field (RFC 9110, section 14.1.2). Returns undefined for another unit, several ranges or a malformed
 * field: a server may ignore those and send the whole image.
 */
export const parseRange = (field: string): RequestedRange | undefined => {
  const found = ONE_RANGE.exec(field);
  if (found === null) return undefined;
  const [, first, last] = found as unknown as readonly [string, string, string];
  if (first === '') return last === '' ? undefined : { suffix: toCount(last) };
  if (last === '') return { first: toCount(first) };
  return toCount(last) < toCount(first) ? undefined : { first: toCount(first), last: toCount(last) };
};

/** Formats a range as the value of a Range field. */
export const formatRange = (range: RequestedRange): string =>
  'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.first}-${range.last ?? ''}`;

/**
 * Returns the part of an image of `size` bytes that a range selects.
 *
 * @throws ImageError `range-not-satisfiable` if the range selects no byte.
 */
export const resolveRange = (range: RequestedRange, size: number): ByteRange => {
  const first = 'suffix' in range ? Math.max(size - range.suffix, 0) : range.first;
  const { last: requested = Number.POSITIVE_INFINITY } = range as { readonly last?: number };
  const last = Math.min(requested, size - 1);
  if (first > last) throw rangeNotSatisfiable(size);
  return { first, last };
};

/** Error of a range outside an image of `size` bytes. The size may be unknown. */
export const rangeNotSatisfiable = (size: number | undefined, cause?: unknown): ImageError => {
  const length = size === undefined ? '' : `, which has ${size} bytes`;
  return new ImageError('range-not-satisfiable', `The range is outside the image${length}.`, {
    size,
    cause,
  });
};

const ONE_RANGE = /^[ \t]*bytes=(\d*)-(\d*)[ \t]*$/i;

/** Caps positions at the largest safe integer. No object is that long. */
const toCount = (digits: string): number => Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
