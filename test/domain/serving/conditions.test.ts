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
// Stores know milliseconds, HTTP does not.
const IMAGE: Validators = { etag: '"a"', lastModified: CHANGED + 678 };
const WEAK: Validators = { ...IMAGE, etag: 'W/"a"' };
const NAMELESS: Validators = { etag: undefined, lastModified: undefined };
const [BEFORE, THEN, AFTER] = [CHANGED - 1000, CHANGED, CHANGED + 1000].map(formatHttpDate);

describe('evaluate', () => {
  test.each([
    ['no field', {}, IMAGE, 'proceed'],
    ['a listed tag', { ifNoneMatch: '"a"' }, IMAGE, 'not-modified'],
    ['another tag', { ifNoneMatch: '"b"' }, IMAGE, 'proceed'],
    ['one of a list', { ifNoneMatch: '"b", W/"c" ,"a"' }, IMAGE, 'not-modified'],
    ['a tag with a comma in it', { ifNoneMatch: '"x,"' }, { ...IMAGE, etag: '"x,"' }, 'not-modified'],
    ['a weak form of the tag', { ifNoneMatch: 'W/"a"' }, IMAGE, 'not-modified'],
    ['the tag of a weak one', { ifNoneMatch: '"a"' }, WEAK, 'not-modified'],
    ['any tag', { ifNoneMatch: ' * ' }, IMAGE, 'not-modified'],
    ['any tag, of an image without', { ifNoneMatch: '*' }, NAMELESS, 'not-modified'],
    ['a tag, of an image without', { ifNoneMatch: '"a"' }, NAMELESS, 'proceed'],
    ['a tag without quotes', { ifNoneMatch: 'a' }, IMAGE, 'proceed'],
    ['an empty field', { ifNoneMatch: '' }, IMAGE, 'proceed'],
    ['a star among tags', { ifNoneMatch: '"b", *' }, IMAGE, 'proceed'],
    ['a tag that begins with W/', { ifNoneMatch: '"W/"' }, { ...IMAGE, etag: '"W/"' }, 'not-modified'],
    ['not changed since', { ifModifiedSince: THEN }, IMAGE, 'not-modified'],
    ['not changed since, with space around', { ifModifiedSince: ` ${THEN} ` }, IMAGE, 'not-modified'],
    ['not changed after', { ifModifiedSince: AFTER }, IMAGE, 'not-modified'],
    ['changed since', { ifModifiedSince: BEFORE }, IMAGE, 'proceed'],
    ['no date', { ifModifiedSince: 'yesterday' }, IMAGE, 'proceed'],
    ['a date, of an image without', { ifModifiedSince: THEN }, NAMELESS, 'proceed'],
    ['another tag before a date', { ifNoneMatch: '"b"', ifModifiedSince: AFTER }, IMAGE, 'proceed'],
    ['a listed tag before a date', { ifNoneMatch: '"a"', ifModifiedSince: BEFORE }, IMAGE, 'not-modified'],
    ['If-Match of the tag', { ifMatch: '"b", "a"' }, IMAGE, 'proceed'],
    ['If-Match of any tag', { ifMatch: '*' }, IMAGE, 'proceed'],
    ['If-Match of another tag', { ifMatch: '"b"' }, IMAGE, 'precondition-failed'],
    ['If-Match of a weak tag', { ifMatch: 'W/"a"' }, IMAGE, 'precondition-failed'],
    ['If-Match of a weak image', { ifMatch: 'W/"a"' }, WEAK, 'precondition-failed'],
    ['If-Match of an image without', { ifMatch: '"a"' }, NAMELESS, 'precondition-failed'],
    ['unchanged since', { ifUnmodifiedSince: THEN }, IMAGE, 'proceed'],
    ['not unchanged since', { ifUnmodifiedSince: BEFORE }, IMAGE, 'precondition-failed'],
    ['no date of If-Unmodified-Since', { ifUnmodifiedSince: 'x' }, IMAGE, 'proceed'],
    ['If-Match before a date', { ifMatch: '"a"', ifUnmodifiedSince: BEFORE }, IMAGE, 'proceed'],
    ['both pairs', { ifMatch: '"a"', ifNoneMatch: '"a"' }, IMAGE, 'not-modified'],
    ['a failed pair first', { ifMatch: '"b"', ifNoneMatch: '"a"' }, IMAGE, 'precondition-failed'],
    ['dates of both pairs', { ifUnmodifiedSince: BEFORE, ifModifiedSince: THEN }, IMAGE, 'precondition-failed'],
  ] as [string, ConditionFields, Validators, string][])('%s', (_, fields, validators, verdict) => {
    expect(evaluate(fields, validators)).toBe(verdict);
  });

  const field = fc.option(
    fc.oneof(fc.string({ unit: fc.constantFrom('"', 'W', '/', 'a', ',', ' ', '*') }), fc.string()),
    { nil: undefined },
  );
  test('answers whatever the fields are', () => {
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
    ['no field', undefined, IMAGE, true],
    ['the tag', '"a"', IMAGE, true],
    ['the tag with space around', ' "a" ', IMAGE, true],
    ['another tag', '"b"', IMAGE, false],
    ['a weak tag', 'W/"a"', WEAK, false],
    ['a tag, of an image without', '"a"', NAMELESS, false],
    ['the date', THEN, IMAGE, true],
    ['the date with space around', ` ${THEN} `, IMAGE, true],
    ['an earlier date', BEFORE, IMAGE, false],
    ['a later date', AFTER, IMAGE, false],
    ['a date, of an image without', THEN, NAMELESS, false],
    ['nonsense', 'x', IMAGE, false],
  ] as [string, string | undefined, Validators, boolean][])('%s', (_, ifRange, validators, permitted) => {
    expect(permitsRange({ ifRange }, validators)).toBe(permitted);
  });
});

test('isConditional counts fields that are set', () => {
  expect(isConditional({})).toBe(false);
  expect(isConditional({ ifMatch: undefined, ifRange: undefined })).toBe(false);
  expect(isConditional({ ifMatch: undefined, ifModifiedSince: '' })).toBe(true);
  // It is about a range, and nothing without one.
  expect(isConditional({ ifRange: '"a"' })).toBe(false);
});
