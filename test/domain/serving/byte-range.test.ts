import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRange, parseRange, rangeNotSatisfiable, resolveRange } from '../../../src/domain/serving/byte-range.ts';

describe('parseRange', () => {
  test.each([
    ['bytes=0-9', { first: 0, last: 9 }],
    ['bytes=5-5', { first: 5, last: 5 }],
    ['bytes=5-', { first: 5 }],
    ['bytes=-5', { suffix: 5 }],
    ['bytes=-0', { suffix: 0 }],
    [' \tBytes=0-9 \t', { first: 0, last: 9 }],
    ['bytes=0-99999999999999999999', { first: 0, last: Number.MAX_SAFE_INTEGER }],
    ['bytes=99999999999999999999-', { first: Number.MAX_SAFE_INTEGER }],
  ])('parses %j', (field, range) => {
    expect(parseRange(field)).toEqual(range);
  });

  test.each([
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=9-5',
    'bytes=0-1,5-9',
    'bytes=0-1,',
    'bytes=a-b',
    'bytes=0x1-2',
    'items=0-9',
    'bytes=--5',
    'xbytes=0-9',
    'bytes=0-9x',
    'bytes = 0-9',
    'bytes=0 - 9',
    'bytes=0-9\u00a0',
  ])('returns undefined for %j', (field) => {
    expect(parseRange(field)).toBeUndefined();
  });

  test('parses every range that formatRange formats', () => {
    const position = fc.nat();
    const ranges = fc.oneof(
      fc.record({ suffix: position }),
      fc.record({ first: position }),
      fc.tuple(position, position).map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other) })),
    );
    fc.assert(
      fc.property(ranges, (range) => {
        expect(parseRange(formatRange(range))).toEqual(range);
      }),
    );
  });
});

describe('resolveRange', () => {
  test.each([
    [{ first: 0, last: 4 }, 10, { first: 0, last: 4 }],
    [{ first: 9, last: 9 }, 10, { first: 9, last: 9 }],
    [{ first: 5, last: 99 }, 10, { first: 5, last: 9 }],
    [{ first: 5 }, 10, { first: 5, last: 9 }],
    [{ suffix: 3 }, 10, { first: 7, last: 9 }],
    [{ suffix: 10 }, 10, { first: 0, last: 9 }],
    [{ suffix: 99 }, 10, { first: 0, last: 9 }],
  ])('resolves %j of %i bytes to %j', (range, size, bytes) => {
    expect(resolveRange(range, size)).toEqual(bytes);
  });

  test.each([
    [{ first: 10 }, 10],
    [{ first: 10, last: 20 }, 10],
    [{ first: 0 }, 0],
    [{ suffix: 0 }, 10],
    [{ suffix: 5 }, 0],
  ])('rejects %j of %i bytes with the size', (range, size) => {
    expect(() => resolveRange(range, size)).toThrow(
      expect.objectContaining({
        code: 'range-not-satisfiable',
        size,
        message: `The range is outside the image, which has ${size} bytes.`,
      }),
    );
  });
});

test('rangeNotSatisfiable accepts an unknown size and keeps the cause', () => {
  const cause = new Error('416');
  const error = rangeNotSatisfiable(undefined, cause);
  expect(error).toMatchObject({ size: undefined, cause, message: 'The range is outside the image.' });
});
