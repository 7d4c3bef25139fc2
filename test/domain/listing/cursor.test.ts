import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, formatCursor, parseCursor } from '../../../src/domain/listing/cursor.ts';

const DIGEST = digestOf('this listing');
const positions = fc.record({
  number: fc.nat({ max: 99 }),
  token: fc.option(fc.string({ unit: 'binary', maxLength: 40 }).filter(isWellFormed), { nil: undefined }),
});

function isWellFormed(text: string): boolean {
  return text.isWellFormed();
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');

test('parseCursor reads what formatCursor wrote, for any token', () => {
  fc.assert(
    fc.property(positions, (position) => {
      const cursor = formatCursor(DIGEST, position);
      expect(cursor).toBe(encode(Buffer.from(cursor, 'base64url').toString()));
      expect(parseCursor(DIGEST, 100, cursor)).toEqual(position);
    }),
  );
});

test('formatCursor writes base64url', () => {
  expect(formatCursor(DIGEST, { number: 7, token: 'a.b/é>?~' })).toBe(encode(`1.${DIGEST}.7.a.b%2F%C3%A9%3E%3F~`));
  expect(formatCursor(DIGEST, { number: 0, token: undefined })).toBe(encode(`1.${DIGEST}.0`));
});

describe('parseCursor rejects', () => {
  const valid = formatCursor(DIGEST, { number: 2, token: 'abc' });

  test.each([
    ['an empty text', ''],
    ['a text that is not base64url', `${valid.slice(0, -1)}=`],
    ['base64 with padding', `${encode(`1.${DIGEST}.0`)}==`],
    ['a character above ASCII', `${valid}é`],
    ['a bit too many', `${encode(`1.${DIGEST}.0`).slice(0, -1)}x`],
    ['a character too many', `${valid}A`],
    ['a truncated cursor', valid.slice(0, 10)],
    ['another version', encode(`2.${DIGEST}.2.abc`)],
    ['another digest', formatCursor(digestOf('that listing'), { number: 2, token: 'abc' })],
    ['no number', encode(`1.${DIGEST}`)],
    ['an empty number', encode(`1.${DIGEST}..abc`)],
    ['a number that is none', encode(`1.${DIGEST}.NaN.abc`)],
    ['a negative number', encode(`1.${DIGEST}.-1.abc`)],
    ['a number in another notation', encode(`1.${DIGEST}.02.abc`)],
    ['the number of no key prefix', encode(`1.${DIGEST}.3.abc`)],
    ['a token with a wrong escape', encode(`1.${DIGEST}.2.%zz`)],
    ['a token with a character that is not escaped', encode(`1.${DIGEST}.2.a b`)],
    ['a field too many', encode(`1.${DIGEST}.2.abc.d`)],
  ])('%s', (_, cursor) => {
    expect(parseCursor(DIGEST, 3, valid)).toEqual({ number: 2, token: 'abc' });
    expect(() => parseCursor(DIGEST, 3, cursor)).toThrow(expect.objectContaining({ code: 'invalid-cursor' }));
  });

  test('every cursor with another character', () => {
    const other = fc.constantFrom(...'Az09-_');
    fc.assert(
      fc.property(positions, fc.nat(), other, (position, place, character) => {
        const cursor = formatCursor(DIGEST, { ...position, token: undefined });
        const index = place % cursor.length;
        const changed = cursor.slice(0, index) + character + cursor.slice(index + 1);
        const read = () => parseCursor(DIGEST, 100, changed);
        try {
          // Another number is a valid cursor.
          expect(formatCursor(DIGEST, read())).toBe(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-cursor' });
        }
      }),
    );
  });
});

test('parseCursor keeps the error of the decoder as the cause', () => {
  const cursor = encode(`1.${DIGEST}.0.%zz`);
  expect(() => parseCursor(DIGEST, 1, cursor)).toThrow(expect.objectContaining({ cause: expect.any(URIError) }));
});

test.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
])('digestOf gives %j the value %s of FNV-1a', (text, digest) => {
  expect(digestOf(text)).toBe(digest);
});

test('digestOf always has 16 digits', () => {
  const digests = Array.from({ length: 200 }, (_, index) => digestOf(String(index)));
  for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{16}$/);
  expect(new Set(digests).size).toBe(200);
});
