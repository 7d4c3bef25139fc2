import { mediaTypeOf } from '../mapping/media-type.ts';
import type { ImageInfo } from './ports.ts';

/** What an answer says of an image: checked, complete, and fit to stand in header fields. */
export interface Representation {
  readonly size: number;
  readonly contentType: string;
  /** How the bytes are encoded, where they are: SVG is often stored compressed. */
  readonly contentEncoding: string | undefined;
  readonly cacheControl: string;
  readonly etag: string | undefined;
  readonly lastModified: number | undefined;
}

/** Takes from a store's word what is well-formed, and the service's own where it is not. */
export const represent = (info: ImageInfo, key: string, defaultCacheControl: string): Representation => ({
  size: info.size,
  contentType: matching(IMAGE_TYPE, info.contentType) ?? mediaTypeOf(key) ?? 'application/octet-stream',
  contentEncoding: matching(CODINGS, info.contentEncoding),
  cacheControl: matching(FIELD_VALUE, info.cacheControl) ?? defaultCacheControl,
  etag: matching(ENTITY_TAG, info.etag),
  lastModified: isDate(info.lastModified) ? info.lastModified : undefined,
});

/** SVG runs scripts where it is shown as a document. */
export const isSvg = ({ contentType }: Representation): boolean => /^image\/svg(?:\+xml)?\s*(?:;|$)/i.test(contentType);

/** Without a comma: browsers take what stands behind the last one for the type. https://fetch.spec.whatwg.org/#concept-header-extract-mime-type */
const IMAGE_TYPE = /^image\/[A-Za-z0-9!#$&^_.+-]{1,127}(?:[ \t]*;[\x20-\x2b\x2d-\x7e]{0,255})?$/i;
const CODINGS = /^(?!aws-chunked$)[A-Za-z0-9-]{1,32}(?:, ?[A-Za-z0-9-]{1,32}){0,3}$/;
/** Visible ASCII with spaces inside, and no longer than a header may get behind API Gateway (10,240 bytes for all of them). */
const FIELD_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?$/;
const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e]{0,1022}"$/;

const matching = (pattern: RegExp, text: string | undefined): string | undefined =>
  // Stryker disable next-line ConditionalExpression: a missing text is returned as it is; the compiler needs the check.
  text !== undefined && pattern.test(text) ? text : undefined;

/** A year of four digits: all that an HTTP date can write. */
const isDate = (time: number | undefined): time is number =>
  // Stryker disable next-line ConditionalExpression: a missing time is no number; the compiler needs the check.
  time !== undefined && time >= 0 && time < 253_402_300_800_000;
