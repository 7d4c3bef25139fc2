import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ConditionFields,
  evaluate,
  isConditional,
  permitsRange,
  type Validators,
} from '../../../src/domain/serving/conditions.ts';
import { formatHttpDate } from '../../../src/domain/serving/http-date.ts';

const CHANGED = Date.UTC(2026, 0, 2, 3, 4, 5);
// Stores return milliseconds, but HTTP dates have whole seconds.
const IMAGE: Validators = { etag: '"a"', lastModified: CHANGED + 678 };
const WEAK: Validators = { ...IMAGE, etag: 'W/"a"' };
const NO_VALIDATORS: Validators = { etag: undefined, lastModified: undefined };
const [BEFORE, THEN, AFTER] = [CHANGED - 1000, CHANGED, CHANGED + 1000].map(formatHttpDate);

describe('evaluate', () => {
  test.each([
    ['no condition', {}, IMAGE, 'proceed'],
    ['a listed tag', { ifNoneMatch: '"a"' }, IMAGE, 'not-modified'],
    ['another tag', { ifNoneMatch: '"b"' }, IMAGE, 'proceed'],
    ['a listed tag among others', { ifNoneMatch: '"b", W/"c" ,"a"' }, IMAGE, 'not-modified'],
    ['a tag with a comma in it', { ifNoneMatch: '"x,"' }, { ...IMAGE, etag: '"x,"' }, 'not-modified'],
    ['a weak form of the tag', { ifNoneMatch: 'W/"a"' }, IMAGE, 'not-modified'],
    ['the strong form of a weak tag', { ifNoneMatch: '"a"' }, WEAK, 'not-modified'],
    ['*', { ifNoneMatch: ' * ' }, IMAGE, 'not-modified'],
    ['* for an image without a tag', { ifNoneMatch: '*' }, NO_VALIDATORS, 'not-modified'],
    ['a tag for an image without one', { ifNoneMatch: '"a"' }, NO_VALIDATORS, 'proceed'],
    ['a tag without quotes', { ifNoneMatch: 'a' }, IMAGE, 'proceed'],
    ['an empty field', { ifNoneMatch: '' }, IMAGE, 'proceed'],
    ['* among tags', { ifNoneMatch: '"b", *' }, IMAGE, 'proceed'],
    ['a tag that begins with W/', { ifNoneMatch: '"W/"' }, { ...IMAGE, etag: '"W/"' }, 'not-modified'],
    ['the date of the last change', { ifModifiedSince: THEN }, IMAGE, 'not-modified'],
    ['the date of the last change with spaces around', { ifModifiedSince: ` ${THEN} ` }, IMAGE, 'not-modified'],
    ['a later date', { ifModifiedSince: AFTER }, IMAGE, 'not-modified'],
    ['an earlier date', { ifModifiedSince: BEFORE }, IMAGE, 'proceed'],
    ['an invalid date', { ifModifiedSince: 'yesterday' }, IMAGE, 'proceed'],
    ['a date for an image without one', { ifModifiedSince: THEN }, NO_VALIDATORS, 'proceed'],
    ['another tag and a later date', { ifNoneMatch: '"b"', ifModifiedSince: AFTER }, IMAGE, 'proceed'],
    ['the tag and an earlier date', { ifNoneMatch: '"a"', ifModifiedSince: BEFORE }, IMAGE, 'not-modified'],
    ['If-Match with the tag', { ifMatch: '"b", "a"' }, IMAGE, 'proceed'],
    ['If-Match with *', { ifMatch: '*' }, IMAGE, 'proceed'],
    ['If-Match with another tag', { ifMatch: '"b"' }, IMAGE, 'precondition-failed'],
    ['If-Match with a weak form of the tag', { ifMatch: 'W/"a"' }, IMAGE, 'precondition-failed'],
    ['If-Match with the weak tag of the image', { ifMatch: 'W/"a"' }, WEAK, 'precondition-failed'],
    ['If-Match for an image without a tag', { ifMatch: '"a"' }, NO_VALIDATORS, 'precondition-failed'],
    ['If-Unmodified-Since with the date of the last change', { ifUnmodifiedSince: THEN }, IMAGE, 'proceed'],
    ['If-Unmodified-Since with an earlier date', { ifUnmodifiedSince: BEFORE }, IMAGE, 'precondition-failed'],
    ['If-Unmodified-Since with an invalid date', { ifUnmodifiedSince: 'x' }, IMAGE, 'proceed'],
    [
      'If-Match with the tag and an earlier If-Unmodified-Since',
      { ifMatch: '"a"', ifUnmodifiedSince: BEFORE },
      IMAGE,
      'proceed',
    ],
    ['If-Match and If-None-Match with the tag', { ifMatch: '"a"', ifNoneMatch: '"a"' }, IMAGE, 'not-modified'],
    [
      'If-Match with another tag and If-None-Match with the tag',
      { ifMatch: '"b"', ifNoneMatch: '"a"' },
      IMAGE,
      'precondition-failed',
    ],
    [
      'an earlier If-Unmodified-Since and an If-Modified-Since that matches',
      { ifUnmodifiedSince: BEFORE, ifModifiedSince: THEN },
      IMAGE,
      'precondition-failed',
    ],
  ] as [string, ConditionFields, Validators, string][])('evaluates %s', (_, fields, validators, verdict) => {
    expect(evaluate(fields, validators)).toBe(verdict);
  });

  const field = fc.option(
    fc.oneof(fc.string({ unit: fc.constantFrom('"', 'W', '/', 'a', ',', ' ', '*') }), fc.string()),
    { nil: undefined },
  );
  test('returns a verdict for any fields', () => {
    fc.assert(
      fc.property(
        fc.record({ ifMatch: field, ifNoneMatch: field, ifModifiedSince: field, ifUnmodifiedSince: field }),
        (fields) => {
          expect(['proceed', 'not-modified', 'precondition-failed']).toContain(evaluate(fields, IMAGE));
        },
      ),
    );
  });
});

describe('permitsRange', () => {
  test.each([
    ['no If-Range', undefined, IMAGE, true],
    ['the tag', '"a"', IMAGE, true],
    ['the tag with space around', ' "a" ', IMAGE, true],
    ['another tag', '"b"', IMAGE, false],
    ['a weak tag', 'W/"a"', WEAK, false],
    ['a tag for an image without one', '"a"', NO_VALIDATORS, false],
    ['the date of the last change', THEN, IMAGE, false],
    ['the date of the last change of an image without a tag', THEN, { ...IMAGE, etag: undefined }, false],
    ['a date for an image without validators', THEN, NO_VALIDATORS, false],
    ['an invalid value', 'x', IMAGE, false],
  ] as [string, string | undefined, Validators, boolean][])(
    'decides about the Range for %s',
    (_, ifRange, validators, permitted) => {
      expect(permitsRange({ ifRange }, validators)).toBe(permitted);
    },
  );

  test('permits no range for any date, even that of an image that has not changed for years', () => {
    const time = fc.integer({ min: 0, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(time, fc.option(fc.string(), { nil: undefined }), (lastModified, opaque) => {
        const etag = opaque === undefined ? undefined : `"${opaque}"`;
        expect(permitsRange({ ifRange: formatHttpDate(lastModified) }, { etag, lastModified })).toBe(false);
      }),
    );
  });
});

test('isConditional is true if a field except If-Range is set', () => {
  expect(isConditional({})).toBe(false);
  expect(isConditional({ ifMatch: undefined, ifRange: undefined })).toBe(false);
  expect(isConditional({ ifMatch: undefined, ifModifiedSince: '' })).toBe(true);
  expect(isConditional({ ifRange: '"a"' })).toBe(false);
});
