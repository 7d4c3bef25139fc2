import { parseHttpDate } from './http-date.ts';

/** Raw values of the header fields that make a request conditional: RFC 9110, section 13.1. */
export interface ConditionFields {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
  readonly ifRange?: string | undefined;
}

/** Validators, which distinguish the versions of an image: RFC 9110, section 8.8. */
export interface Validators {
  /** ETag with its quotes, and with `W/` if it is weak. */
  readonly etag: string | undefined;
  /** Milliseconds since 1970. */
  readonly lastModified: number | undefined;
}

export type Verdict = 'proceed' | 'not-modified' | 'precondition-failed';

/** True if `evaluate` has a condition to check. If-Range does not count, because it only decides about a Range. */
export const isConditional = ({ ifRange, ...fields }: ConditionFields): boolean =>
  Object.values(fields).some((field) => field !== undefined);

/**
 * Evaluates the conditions of a GET or HEAD in the order of RFC 9110, section 13.2.2. Ignores dates that are invalid.
 */
export const evaluate = (fields: ConditionFields, { etag, lastModified }: Validators): Verdict => {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = fields;
  if (ifMatch !== undefined) {
    if (!lists(ifMatch, etag, isSameStrongly)) return 'precondition-failed';
  } else if (isAfter(lastModified, ifUnmodifiedSince) === true) {
    return 'precondition-failed';
  }
  if (ifNoneMatch !== undefined) return lists(ifNoneMatch, etag, isSameWeakly) ? 'not-modified' : 'proceed';
  return isAfter(lastModified, ifModifiedSince) === false ? 'not-modified' : 'proceed';
};

/**
 * True if the Range applies to this version of the image: RFC 9110, section 13.1.5. Without If-Range, every Range applies.
 * A date in If-Range never permits a range: S3 has whole seconds, so two versions of one second have the same date, and
 * only a strong validator may join parts (section 8.8.2.2).
 */
export const permitsRange = ({ ifRange }: ConditionFields, { etag }: Validators): boolean =>
  // Stryker disable next-line ConditionalExpression: a missing ETag equals no text; the compiler needs the check.
  ifRange === undefined || (etag !== undefined && isSameStrongly(ifRange.trim(), etag));

/** True if the ETag can pin a version. A weak ETag never matches in If-Match. */
export const isStrong = (etag: string | undefined): boolean => etag !== undefined && !etag.startsWith('W/');

const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"/g;

const lists = (field: string, etag: string | undefined, isSame: (one: string, other: string) => boolean): boolean => {
  if (field.trim() === '*') return true;
  // Stryker disable next-line ArrayDeclaration: no ETag equals what Stryker puts into the list.
  return etag !== undefined && (field.match(ENTITY_TAG) ?? []).some((listed) => isSame(listed, etag));
};

const isSameStrongly = (one: string, other: string): boolean => one === other && isStrong(one);
const isSameWeakly = (one: string, other: string): boolean => opaque(one) === opaque(other);
const opaque = (etag: string): string => (etag.startsWith('W/') ? etag.slice(2) : etag);

/** Compares whole seconds, as HTTP dates have no smaller unit. Returns undefined if a date is missing or invalid. */
const isAfter = (lastModified: number | undefined, field: string | undefined): boolean | undefined => {
  const date = field === undefined ? undefined : parseHttpDate(field.trim());
  return lastModified === undefined || date === undefined ? undefined : toSeconds(lastModified) > toSeconds(date);
};

const toSeconds = (time: number): number => Math.floor(time / 1000);
