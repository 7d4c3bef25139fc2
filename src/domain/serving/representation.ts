import { mediaTypeOf } from '../mapping/media-type.ts';
import type { Validators } from './conditions.ts';
import type { ImageInfo } from './ports.ts';

/** Validated metadata of an image. Every value is safe to send in a response header. */
export interface Representation {
  readonly size: number;
  readonly contentType: string;
  /** Content coding, if any. SVG is often stored compressed. */
  readonly contentEncoding: string | undefined;
  readonly cacheControl: string;
  readonly etag: string | undefined;
  readonly lastModified: number | undefined;
}

/** Validates the metadata of a store. A value that is missing or malformed gets a default or is left out. */
export const represent = (info: ImageInfo, key: string, defaultCacheControl: string): Representation => ({
  size: info.size,
  contentType: matching(IMAGE_TYPE, info.contentType) ?? contentTypeOf(key),
  contentEncoding: matching(CODINGS, info.contentEncoding && withoutUploadCoding(info.contentEncoding)),
  cacheControl: matching(FIELD_VALUE, info.cacheControl) ?? defaultCacheControl,
  ...validators(info),
});

/** The content type of an image for which the store has none. */
export const contentTypeOf = (key: string): string => mediaTypeOf(key) ?? 'application/octet-stream';

/** The validators of an image that are safe to send. */
export const validators = ({ etag, lastModified }: Validators): Validators => ({
  etag: matching(ENTITY_TAG, etag),
  lastModified: isDate(lastModified) ? lastModified : undefined,
});

/** True for SVG, which can run scripts if a browser shows it as a document. */
export const isSvg = (contentType: string): boolean => /^image\/svg(?:\+xml)?\s*(?:;|$)/i.test(contentType);

/**
 * No comma is allowed: browsers use the type after the last comma.
 * https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
 */
const IMAGE_TYPE = /^image\/[A-Za-z0-9!#$&^_.+-]{1,127}(?:[ \t]*;[\x20-\x2b\x2d-\x7e]{0,255})?$/i;
/** One to four codings. */
const CODINGS = /^[A-Za-z0-9-]{1,32}(?:, ?[A-Za-z0-9-]{1,32}){0,3}$/;
/**
 * Visible ASCII with inner spaces, up to 1,024 characters. API Gateway allows 10,240 bytes for all headers together.
 */
const FIELD_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/;
const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e]{0,1022}"$/;

/** Drops `aws-chunked`, which SDKs add to an upload. S3 stores the object without that coding, but may keep its name. */
const withoutUploadCoding = (codings: string): string =>
  codings
    .split(',')
    .filter((coding) => coding.trim().toLowerCase() !== 'aws-chunked')
    .join(',')
    .trim();

const matching = (pattern: RegExp, text: string | undefined): string | undefined =>
  // Stryker disable next-line ConditionalExpression: a missing text is returned as it is; the compiler needs the check.
  text !== undefined && pattern.test(text) ? text : undefined;

/** True for the years 1970 to 9999. An HTTP date has room for four digits. */
const isDate = (time: number | undefined): time is number =>
  // Stryker disable next-line ConditionalExpression: a missing time is no number; the compiler needs the check.
  time !== undefined && time >= 0 && time < 253_402_300_800_000;
