import type { RequestedRange } from './byte-range.ts';
import type { Validators } from './conditions.ts';

/** Metadata of an image, which a store returns without reading the bytes. Untrusted, because the uploader sets it. */
export interface ImageInfo extends Validators {
  /** Size of the whole image in bytes. */
  readonly size: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly cacheControl: string | undefined;
}

/**
 * Bytes of an image as they arrive. The receiver must read the body to its end or destroy it: it may hold a connection.
 */
export interface ImageBody extends AsyncIterable<Uint8Array> {
  /** Immediately releases the resources of the body. A pending read rejects, with `error` if given. */
  destroy(error?: Error): unknown;
}

export interface OpenImage {
  readonly info: ImageInfo;
  /** The part that the body contains; undefined if the body is the whole image. */
  readonly range: { readonly first: number; readonly last: number } | undefined;
  readonly body: ImageBody;
}

export interface DescribeOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignalLike | undefined;
}

export interface OpenOptions extends DescribeOptions {
  readonly range?: RequestedRange | undefined;
  /** Required version. The call rejects with `precondition-failed` if the image has another ETag. */
  readonly etag?: string | undefined;
  /** Called each time an interrupted body is resumed. Stores that never resume ignore it. */
  readonly onResume?: (() => void) | undefined;
}

/**
 * A source of images. Both methods reject with an ImageError: `image-not-found`, `image-archived`, `store-forbidden`,
 * `role-refused`, `store-misconfigured`, `store-throttled`, `store-unavailable` or `store-timeout`. `open` also rejects
 * with `precondition-failed` and `range-not-satisfiable` (with the size). No message contains the key or the location.
 */
export interface ImageStore {
  describe(key: string, options?: DescribeOptions): Promise<ImageInfo>;
  open(key: string, options?: OpenOptions): Promise<OpenImage>;
}

/** Response headers of a signed location. They override the metadata of the object. */
export interface LocateOptions {
  readonly contentType: string;
  /** Whether a browser must download the image instead of showing it, as for SVG. */
  readonly attachment: boolean;
  readonly signal?: AbortSignalLike | undefined;
}

export interface ImageLocation {
  readonly url: string;
  /** Milliseconds since 1970, when the URL stops working. */
  readonly expires: number;
}

/** Signs URLs from which anyone can read one image for a short time, without asking the store whether it exists. */
export interface ImageLocator {
  locate(key: string, options: LocateOptions): Promise<ImageLocation>;
}

/** Returns the time in milliseconds of a clock that never goes back. */
export type Clock = () => number;

/** The part of the platform's AbortSignal that the domain uses. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Aborts its signal if a wait takes too long, or as soon as the parent signal aborts. */
export interface Watchdog {
  readonly signal: AbortSignalLike;
  /**
   * Starts or restarts the timeout of a wait. While `milliseconds` stays the same, it is cheap enough for every chunk.
   */
  arm(milliseconds: number): void;
  /** Ends the wait, so that its timeout has no effect. */
  disarm(): void;
  /** Aborts the signal with this reason, then stops the watchdog. */
  abort(reason: unknown): void;
  /** Clears the timer and stops listening to the parent. */
  stop(): void;
}

export interface WatchdogOptions {
  readonly parent?: AbortSignalLike | undefined;
  /** Creates the abort reason for a wait that takes too long. */
  readonly onTimeout: () => Error;
}

export type CreateWatchdog = (options: WatchdogOptions) => Watchdog;
