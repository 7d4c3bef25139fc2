import { parseHttpDate } from './http-date.ts';

/** The header fields that make a request conditional, as they came: RFC 9110, section 13.1. */
export interface ConditionFields {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
  readonly ifRange?: string | undefined;
}

/** What tells one version of an image from another. */
export interface Validators {
  /** With its quotes, and `W/` where it is weak. */
  readonly etag: string | undefined;
  /** Milliseconds since 1970. */
  readonly lastModified: number | undefined;
}

export type Verdict = 'proceed' | 'not-modified' | 'precondition-failed';

/** Whether there is anything to evaluate; If-Range is about a Range, and without one it is about nothing. */
export const isConditional = ({ ifRange, ...fields }: ConditionFields): boolean =>
  Object.values(fields).some((field) => field !== undefined);

/** Evaluates the conditions of a GET or HEAD in the order of RFC 9110, section 13.2.2. Fields that make no sense are ignored. */
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
 * Whether a Range goes with this version of the image: RFC 9110, section 13.1.5. A date has to be the very one of the
 * last change; without the field every range does.
 */
export const permitsRange = ({ ifRange }: ConditionFields, { etag, lastModified }: Validators): boolean => {
  if (ifRange === undefined) return true;
  const date = parseHttpDate(ifRange.trim());
  // Stryker disable next-line ConditionalExpression: a missing date equals no date; the compiler needs the check.
  if (date !== undefined) return lastModified !== undefined && toSeconds(lastModified) === toSeconds(date);
  // Stryker disable next-line ConditionalExpression: a missing ETag equals no text; the compiler needs the check.
  return etag !== undefined && isSameStrongly(ifRange.trim(), etag);
};

/** Whether a tag can pin a version: a weak one never equals another in If-Match. */
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

/** Undefined where there is nothing to compare. Dates of HTTP have whole seconds only. */
const isAfter = (lastModified: number | undefined, field: string | undefined): boolean | undefined => {
  const date = field === undefined ? undefined : parseHttpDate(field.trim());
  return lastModified === undefined || date === undefined ? undefined : toSeconds(lastModified) > toSeconds(date);
};

const toSeconds = (time: number): number => Math.floor(time / 1000);
