import { ImageError } from '../errors.ts';

/** What a request asks for: from `first` to `last` (or to the end), or the last `suffix` bytes. */
export type RequestedRange = { readonly first: number; readonly last?: number } | { readonly suffix: number };

/** Bytes of an image, both ends included, counted from 0. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a Range field (RFC 9110, section 14.1.2). Undefined for what a server may ignore and answer whole: another unit,
 * several ranges, and anything malformed.
 */
export const parseRange = (field: string): RequestedRange | undefined => {
  const found = ONE_RANGE.exec(field);
  if (found === null) return undefined;
  const [, first, last] = found as unknown as readonly [string, string, string];
  if (first === '') return last === '' ? undefined : { suffix: toCount(last) };
  if (last === '') return { first: toCount(first) };
  return toCount(last) < toCount(first) ? undefined : { first: toCount(first), last: toCount(last) };
};

/** Writes a range as the value of a Range field. */
export const formatRange = (range: RequestedRange): string =>
  'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.first}-${range.last ?? ''}`;

/**
 * The bytes of an image of `size` bytes that a range asks for.
 *
 * @throws ImageError `range-not-satisfiable` when there are none.
 */
export const resolveRange = (range: RequestedRange, size: number): ByteRange => {
  const first = 'suffix' in range ? Math.max(size - range.suffix, 0) : range.first;
  const { last: requested = Number.POSITIVE_INFINITY } = range as { readonly last?: number };
  const last = Math.min(requested, size - 1);
  if (first > last) throw rangeNotSatisfiable(size);
  return { first, last };
};

/** The error of a range that lies outside an image of `size` bytes. */
export const rangeNotSatisfiable = (size: number | undefined, cause?: unknown): ImageError => {
  const length = size === undefined ? '' : `, which has ${size} bytes`;
  return new ImageError('range-not-satisfiable', `The range is outside the image${length}.`, {
    size,
    cause,
  });
};

const ONE_RANGE = /^[ \t]*bytes=(\d*)-(\d*)[ \t]*$/i;

/** Positions beyond what a number can count are as good as the largest one: no object is that long. */
const toCount = (digits: string): number => Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
