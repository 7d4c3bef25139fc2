import { toImageError } from '../errors.ts';
import { formatImagePath, parsePathPrefix } from '../mapping/image-path.ts';
import type { PathMapping } from '../mapping/path-mapping.ts';
import type { AbortSignalLike } from '../serving/ports.ts';
import { validators } from '../serving/representation.ts';
import { digestOf, formatCursor, type Position, parseCursor } from './cursor.ts';
import type { ImageIndex, IndexedImage, IndexPage } from './ports.ts';

export interface ListRequest {
  /** The start of the paths, encoded as in a URL. Empty for all images. */
  readonly prefix: string;
  /** Most images of the page, at least 1. */
  readonly limit: number;
  /** The `next` of an earlier part with the same prefix; undefined for the first page. */
  readonly cursor?: string | undefined;
  /** Ends the page as soon as it aborts. Before the first part, the request fails with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
}

/** An image of a listing. Every value is safe to send. */
export interface ListedImage {
  /** Encoded as in a URL, without a leading slash. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string | undefined;
  /** Milliseconds since 1970. */
  readonly lastModified: number | undefined;
}

/** The part of a page that one call of the image index returns. */
export interface ListingPart {
  /** In the order of the UTF-8 bytes of their keys. */
  readonly images: readonly ListedImage[];
  /** The cursor of everything after this part; null if this is the end of the listing. */
  readonly next: string | null;
  /** Images of the page until here. */
  readonly listed: number;
  /** Keys until here that have no path with the prefix. Images of routes that drop names are among them. */
  readonly skipped: number;
  /** Calls of the image index until here. */
  readonly calls: number;
}

/**
 * Lists the images whose paths start with a prefix, as one page of one or more parts. The `next` of the last part is the
 * cursor of the next page. A page may end before its limit, even without images, so only `next: null` is the end of the
 * listing. A caller may stop after any part and use its `next`.
 *
 * The iteration rejects with an ImageError: `invalid-request` (prefix), `invalid-cursor`, or one of the image index.
 */
export type ListImages = (request: ListRequest) => AsyncGenerator<ListingPart, void, undefined>;

export interface ListImagesDependencies {
  readonly mapping: PathMapping;
  readonly index: ImageIndex;
}

/**
 * Most calls of the image index for one page. They bound the time and the cost of a page whose keys are mostly skipped. A
 * call of S3 returns up to 1,000 keys.
 */
const maxCalls = (limit: number): number => Math.max(20, Math.ceil(limit / 1_000));

export const createListImages = ({ mapping, index }: ListImagesDependencies): ListImages => {
  const routes = mapping.routes.map(({ path, key }) => [path, key]);
  const mappingDigest = digestOf(JSON.stringify([mapping.prefix, routes]));

  return async function* ({ prefix, limit, cursor, signal }) {
    const pathPrefix = parsePathPrefix(prefix);
    const keyPrefixes = mapping.keyPrefixesOf(pathPrefix);
    // A cursor has the number of a key prefix, so another release must find the same key prefixes.
    const digest = digestOf(JSON.stringify([mappingDigest, pathPrefix, keyPrefixes]));
    let position = cursor === undefined ? START : parseCursor(digest, keyPrefixes.length, cursor);
    let listed = 0;
    let skipped = 0;
    if (keyPrefixes.length === 0) yield { images: [], next: null, listed, skipped, calls: 0 };
    for (let calls = 1; position.number < keyPrefixes.length && calls <= maxCalls(limit); calls++) {
      const { number, token }: Position = position;
      let page: IndexPage;
      try {
        page = await index.list(keyPrefixes[number] as string, { limit: limit - listed, token, signal });
      } catch (error) {
        // The page ends with the previous part, whose cursor leads here.
        if (calls > 1 && signal?.aborted) return;
        throw toImageError(error);
      }
      const images = page.images.flatMap((image) => describe(mapping, pathPrefix, image) ?? []);
      listed += images.length;
      skipped += page.images.length - images.length;
      position = page.next === undefined ? { number: number + 1, token: undefined } : { number, token: page.next };
      const isEnd = position.number === keyPrefixes.length;
      yield { images, next: isEnd ? null : formatCursor(digest, position), listed, skipped, calls };
      if (listed >= limit || signal?.aborted) return;
    }
  };
};

const START: Position = { number: 0, token: undefined };

/** The image under its first path that has the prefix; undefined without such a path. */
const describe = (mapping: PathMapping, pathPrefix: string, image: IndexedImage): ListedImage | undefined => {
  const path = mapping.pathsOf(image.key).find((candidate) => candidate.startsWith(pathPrefix));
  return path && { path: formatImagePath(path), size: image.size, ...validators(image) };
};
