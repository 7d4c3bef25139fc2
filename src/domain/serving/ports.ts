import type { ImageErrorCode } from '../errors.ts';
import type { RequestedRange } from './byte-range.ts';
import type { Validators } from './conditions.ts';

/** What a store tells of an image without its bytes. All of it is untrusted: it is whatever somebody uploaded. */
export interface ImageInfo extends Validators {
  /** Of the whole image, in bytes. */
  readonly size: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly cacheControl: string | undefined;
}

/** The bytes as they arrive. Whoever gets a body reads it to its end or destroys it: it may hold a connection. */
export interface ImageBody extends AsyncIterable<Uint8Array> {
  /** How often it broke off and was continued. Absent for a body that never is. */
  readonly resumes?: number;
  /** Gives back what the body holds, at once. A read that is waiting rejects: with `error`, where there is one. */
  destroy(error?: Error): unknown;
}

export interface OpenImage {
  readonly info: ImageInfo;
  /** Present when the body is a part of the image. */
  readonly range: { readonly first: number; readonly last: number } | undefined;
  readonly body: ImageBody;
}

export interface OpenOptions {
  readonly range?: RequestedRange | undefined;
  /** Only this version: any other is `precondition-failed`. */
  readonly etag?: string | undefined;
}

/**
 * Where the images are. Both methods reject with an ImageError: `image-not-found`, `image-archived`, `store-forbidden`,
 * `role-refused`, `store-misconfigured`, `store-throttled`, `store-unavailable` or `store-timeout`; `open` also with
 * `precondition-failed` and `range-not-satisfiable` (with the size). No message names the key or the place of the store.
 */
export interface ImageStore {
  describe(key: string): Promise<ImageInfo>;
  open(key: string, options?: OpenOptions): Promise<OpenImage>;
}

/** Milliseconds of a clock that never goes back. */
export type Clock = () => number;

/** Calls `ring` once, so many milliseconds from now, unless what it gives is called before. */
export type Alarm = (milliseconds: number, ring: () => void) => () => void;

/** One request, after its answer has ended. */
export interface RequestRecord {
  readonly requestId: string;
  readonly apiKeyId: string | undefined;
  readonly method: string;
  /** As it came, encoded. */
  readonly path: string;
  readonly key: string | undefined;
  readonly route: string | undefined;
  readonly status: number;
  readonly code: ImageErrorCode | undefined;
  /** Of the body that was sent. */
  readonly bytes: number;
  /** How often the image broke off on its way from the store, and was continued. */
  readonly resumes?: number | undefined;
  /** Milliseconds by phase. */
  readonly phases: Readonly<Record<string, number>>;
  /** The first request of this process. */
  readonly coldStart: boolean;
  /** Why it failed; never sent to the caller. */
  readonly error: unknown;
}

export interface RequestLog {
  record(record: RequestRecord): void;
}
