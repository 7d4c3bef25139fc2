import { ImageError, type ImageErrorCode } from '../errors.ts';
import { abortable } from './abortable.ts';
import { bodyInterrupted, lengthMismatch, readTimeout } from './body-errors.ts';
import type { ByteRange } from './byte-range.ts';
import { isStrong } from './conditions.ts';
import type { AbortSignalLike, Clock, CreateWatchdog, ImageBody, ImageStore, OpenImage, OpenOptions } from './ports.ts';

export interface ResumingImageStoreOptions {
  readonly store: ImageStore;
  readonly clock: Clock;
  readonly createWatchdog: CreateWatchdog;
  /** Milliseconds that a read waits for the next bytes. Time between reads does not count. */
  readonly idleTimeout: number;
  /**
   * Milliseconds that one image may wait for the store after its first interruption, in failed reads and in requests for
   * the rest. A read always gets at least a second, so that little remaining budget does not fail a healthy store.
   */
  readonly resumeBudget: number;
  /** Maximum number of resumes per body. Default: 3. */
  readonly resumes?: number;
}

/**
 * Wraps a store and resumes bodies that fail, stall or end too early. It requests the rest of the same version, from
 * the next byte, so each byte is read once and all bytes belong to one version. A body that cannot be resumed rejects
 * with an ImageError, usually `store-unavailable` or `store-timeout`. It never ends as if it were complete.
 */
export const createResumingImageStore = (options: ResumingImageStoreOptions): ImageStore => {
  const { store } = options;
  return {
    describe: (key, describeOptions) => store.describe(key, describeOptions),
    open: async (key, openOptions = {}) => {
      const opened = await store.open(key, openOptions);
      const { etag } = opened.info;
      // Only a strong ETag proves that the rest belongs to the same version.
      const reopen: Reopen | undefined = isStrong(etag)
        ? (range, signal) => store.open(key, { range, etag, signal })
        : undefined;
      return { ...opened, body: createResumingBody(opened, reopen, options, openOptions) };
    },
  };
};

type Reopen = (range: ByteRange, signal: AbortSignalLike) => Promise<OpenImage>;

const createResumingBody = (
  opened: OpenImage,
  reopen: Reopen | undefined,
  { clock, createWatchdog, idleTimeout, resumeBudget, resumes: maxResumes = 3 }: ResumingImageStoreOptions,
  { signal, onResume }: OpenOptions,
): ImageBody => {
  const { first, last } = opened.range ?? { first: 0, last: opened.info.size - 1 };
  let body = opened.body;
  let position = first;
  let resumes = 0;
  let readLimit = idleTimeout;
  /** Used milliseconds of `resumeBudget`. */
  let spent = 0;
  let isDestroyed = false;

  /** Creates the watchdog of one body, from its request to its last byte. */
  const watch = () => {
    const created = createWatchdog({ parent: signal, onTimeout: readTimeout });
    // Without an error: a stream that is not being read has no listener for one, and would crash the process.
    const onAbort = () => body.destroy();
    created.signal.addEventListener('abort', onAbort);
    if (created.signal.aborted) onAbort();
    return created;
  };
  let watchdog = watch();

  /** Returns the next bytes, the error if the read failed, or undefined at the end. */
  const next = async (chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | ImageError | undefined> => {
    const started = clock();
    let failure: ImageError;
    watchdog.arm(readLimit);
    try {
      const { done, value } = await chunks.next();
      if (done !== true) return value;
      failure = lengthMismatch(last - first + 1);
    } catch (error) {
      failure = bodyInterrupted(error);
    } finally {
      watchdog.disarm();
    }
    if (position > last) return undefined;
    // The budget starts with the first interruption, so this wait counts only after it.
    if (resumes > 0) spent += clock() - started;
    return watchdog.signal.aborted ? bodyInterrupted(watchdog.signal.reason) : failure;
  };

  /** Replaces `body` with one that starts at `position`. Throws if that is not possible. */
  const resume = async (failure: ImageError): Promise<void> => {
    const isOver = isDestroyed || signal?.aborted === true || spent >= resumeBudget;
    if (isOver || reopen === undefined || resumes === maxResumes) throw failure;
    resumes++;
    onResume?.();
    body.destroy();
    watchdog.stop();
    watchdog = watch();
    const started = clock();
    watchdog.arm(resumeBudget - spent);
    try {
      const request = reopen({ first: position, last }, watchdog.signal);
      const rest = await abortable(request, watchdog.signal, (late) => late.body.destroy());
      body = rest.body;
      // An abort between the arrival of the rest and this line has destroyed the previous body only.
      if (watchdog.signal.aborted) throw bodyInterrupted(watchdog.signal.reason);
      const isRest = rest.info.etag === opened.info.etag && rest.range?.first === position && rest.range.last === last;
      if (!isRest) throw imageChanged(failure);
    } catch (error) {
      throw error instanceof ImageError && CHANGED.has(error.code) ? imageChanged(error) : error;
    } finally {
      spent += clock() - started;
      readLimit = Math.min(idleTimeout, Math.max(resumeBudget - spent, MIN_READ_LIMIT));
    }
  };

  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      let chunks = body[Symbol.asyncIterator]();
      for (;;) {
        const chunk = await next(chunks);
        if (chunk === undefined) return;
        if (chunk instanceof ImageError) {
          await resume(chunk);
          chunks = body[Symbol.asyncIterator]();
        } else {
          position += chunk.length;
          yield chunk;
        }
      }
    } finally {
      body.destroy();
      watchdog.stop();
    }
  }

  return {
    destroy: (error) => {
      isDestroyed = true;
      watchdog.abort(error ?? bodyInterrupted(undefined));
    },
    [Symbol.asyncIterator]: read,
  };
};

/** Milliseconds. */
const MIN_READ_LIMIT = 1_000;

/** Codes of a request for the rest if the image was replaced or deleted in the meantime. */
const CHANGED: ReadonlySet<ImageErrorCode> = new Set([
  'precondition-failed',
  'image-not-found',
  'range-not-satisfiable',
]);

/** Replaces the codes above, which would mislead the client: its next request may get the whole image. */
const imageChanged = (cause: unknown): ImageError =>
  new ImageError('store-unavailable', 'The image changed while it was read.', { cause });
