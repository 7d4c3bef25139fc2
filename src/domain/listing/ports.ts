import type { AbortSignalLike } from '../serving/ports.ts';

/** An object of the store, as a listing describes it. */
export interface IndexedImage {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** ETag as in the header, with quotes. Untrusted. */
  readonly etag: string | undefined;
  /** Milliseconds since 1970. */
  readonly lastModified: number | undefined;
}

export interface IndexPage {
  /** In the order of the UTF-8 bytes of their keys. */
  readonly images: readonly IndexedImage[];
  /** Token of the next page; undefined after the last page. A page may be empty and still have a next one. */
  readonly next: string | undefined;
}

export interface ListOptions {
  /** Most keys of the page. A page may have fewer. S3 returns at most 1,000. */
  readonly limit: number;
  /** Token that an earlier page of the same key prefix returned. */
  readonly token?: string | undefined;
  /** Cancels the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
}

/**
 * Lists the keys of a store. Rejects with the ImageErrors of `ImageStore`, except `image-not-found` and `image-archived`,
 * and with `invalid-cursor` for a token that it did not return.
 */
export interface ImageIndex {
  list(keyPrefix: string, options: ListOptions): Promise<IndexPage>;
}
