import type { RequestedRange } from './byte-range.ts';
import type { Validators } from './conditions.ts';

/** What a store knows of an image without reading it. Untrusted: it is whatever somebody uploaded. */
export interface ImageInfo extends Validators {
  /** Bytes of the whole image. */
  readonly size: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly cacheControl: string | undefined;
}

/** The bytes as they arrive. The receiver reads a body to its end or destroys it, because it may hold a connection. */
export interface ImageBody extends AsyncIterable<Uint8Array> {
  /** Releases what the body holds, at once. A waiting read rejects, with `error` if there is one. */
  destroy(error?: Error): unknown;
}

export interface OpenImage {
  readonly info: ImageInfo;
  /** Present when the body is a part of the image. */
  readonly range: { readonly first: number; readonly last: number } | undefined;
  readonly body: ImageBody;
}

export interface DescribeOptions {
  /** Stops the work: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
}

export interface OpenOptions extends DescribeOptions {
  readonly range?: RequestedRange | undefined;
  /** Only this version: any other is `precondition-failed`. */
  readonly etag?: string | undefined;
  /** Called each time that an interrupted body is resumed. Stores that never resume ignore it. */
  readonly onResume?: (() => void) | undefined;
}

/**
 * Where the images are. Both methods reject with an ImageError: `image-not-found`, `image-archived`, `store-forbidden`,
 * `role-refused`, `store-misconfigured`, `store-throttled`, `store-unavailable` or `store-timeout`; `open` also with
 * `precondition-failed` and `range-not-satisfiable` (with the size). No message names the key or the place of the store.
 */
export interface ImageStore {
  describe(key: string, options?: DescribeOptions): Promise<ImageInfo>;
  open(key: string, options?: OpenOptions): Promise<OpenImage>;
}

/** Milliseconds of a clock that never goes back. */
export type Clock = () => number;

/** The part of the platform's AbortSignal that the domain uses. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Aborts its signal when one wait takes too long, or as soon as the parent signal aborts. */
export interface Watchdog {
  readonly signal: AbortSignalLike;
  /** Starts or restarts the limit of a wait. Cheap enough for every chunk while `milliseconds` stays the same. */
  arm(milliseconds: number): void;
  /** Ends the wait. */
  disarm(): void;
  /** Aborts at once, and stops. */
  abort(reason: unknown): void;
  /** Releases the timer and the parent. */
  stop(): void;
}

export interface WatchdogOptions {
  readonly parent?: AbortSignalLike | undefined;
  /** The reason of the signal when a wait takes too long. */
  readonly onTimeout: () => Error;
}

export type CreateWatchdog = (options: WatchdogOptions) => Watchdog;
