import { brokenOff, ImageError, type ImageErrorCode, notAsLongAs } from '../errors.ts';
import type { ByteRange } from './byte-range.ts';
import { isStrong } from './conditions.ts';
import type { Alarm, ImageBody, ImageStore, OpenImage } from './ports.ts';

export interface ResumingImageStoreOptions {
  readonly store: ImageStore;
  readonly alarm: Alarm;
  /** Milliseconds that a read waits for the next bytes; what the reader takes for itself does not count. */
  readonly idleTimeout: number;
  /** How often one body is continued. Default: 3 times. */
  readonly resumes?: number;
}

/**
 * A store whose bodies go on where they broke off, stalled or ended short: from that very byte, in the same version, so
 * that each byte is read once and none is of another image. A body that cannot go on rejects with an ImageError, mostly
 * `store-unavailable` or `store-timeout`, and never ends as if it were whole.
 */
export const createResumingImageStore = (options: ResumingImageStoreOptions): ImageStore => {
  const { store } = options;
  return {
    describe: (key) => store.describe(key),
    open: async (key, asked) => {
      const opened = await store.open(key, asked);
      const { etag } = opened.info;
      // Without a strong tag nothing tells that the rest is of the same image.
      const reopen: Reopen | undefined = isStrong(etag) ? (range) => store.open(key, { range, etag }) : undefined;
      return { ...opened, body: resuming(opened, reopen, options) };
    },
  };
};

type Reopen = (range: ByteRange) => Promise<OpenImage>;

const resuming = (
  opened: OpenImage,
  reopen: Reopen | undefined,
  { alarm, idleTimeout, resumes: limit = 3 }: ResumingImageStoreOptions,
): ImageBody => {
  const { first, last } = opened.range ?? { first: 0, last: opened.info.size - 1 };
  let body = opened.body;
  let position = first;
  let resumes = 0;
  let destroyed = false;
  let interrupt: (reason: unknown) => void = () => undefined;

  /** The next bytes, or why there are none; undefined at the end. */
  const next = async (chunks: AsyncIterator<Uint8Array>): Promise<Uint8Array | ImageError | undefined> => {
    const callOff = alarm(idleTimeout, () => body.destroy(stalled()));
    try {
      const { done, value } = await chunks.next();
      if (done !== true) return value;
      return position > last ? undefined : notAsLongAs(last - first + 1);
    } catch (error) {
      return position > last ? undefined : brokenOff(error);
    } finally {
      callOff();
    }
  };

  const resume = async (failure: ImageError): Promise<void> => {
    if (destroyed || reopen === undefined || resumes === limit) throw failure;
    resumes++;
    body.destroy();
    const rest = await new Promise<OpenImage>((resolve, reject) => {
      interrupt = reject;
      reopen({ first: position, last }).then(
        (late) => (destroyed ? late.body.destroy() : resolve(late)),
        (error) => reject(CHANGED.has(error.code) ? changed(error) : error),
      );
    });
    body = rest.body;
    const isRest = rest.info.etag === opened.info.etag && rest.range?.first === position && rest.range.last === last;
    if (!isRest) throw changed(failure);
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
    }
  }

  return {
    get resumes() {
      return resumes;
    },
    destroy: (error) => {
      destroyed = true;
      body.destroy(error);
      interrupt(error ?? brokenOff(undefined));
    },
    [Symbol.asyncIterator]: read,
  };
};

const stalled = (): ImageError => new ImageError('store-timeout', 'The store stopped in the middle of the image.');

/** What a store says when the rest is asked for, and the image is another one by now, or gone. */
const CHANGED: ReadonlySet<ImageErrorCode> = new Set([
  'precondition-failed',
  'image-not-found',
  'range-not-satisfiable',
]);

/** To the caller none of them is true: the next request may get the image whole. */
const changed = (cause: unknown): ImageError =>
  new ImageError('store-unavailable', 'The image changed while it was read.', { cause });
