import { Readable } from 'node:stream';
import type { ImageStore } from '../../src/domain/serving/ports.ts';

/** How a body is interrupted. */
export interface Break {
  /** Number of bytes that arrive before the interruption. */
  readonly after: number;
  readonly by: 'an error' | 'ending short' | 'stalling';
}

/** Wraps a store: `breaks` interrupt the first bodies, one each; all later bodies are complete. */
export const createBreakingImageStore = (store: ImageStore, breaks: readonly Break[], chunkSize = 7): ImageStore => {
  const remaining = [...breaks];
  return {
    describe: (key) => store.describe(key),
    open: async (key, options) => {
      const opened = await store.open(key, options);
      const bytes: Uint8Array[] = [];
      for await (const chunk of opened.body) bytes.push(chunk);
      return { ...opened, body: bodyOf(Buffer.concat(bytes), remaining.shift(), chunkSize) };
    },
  };
};

/** Returns a stream rather than a generator, because a generator that waits cannot be destroyed. */
const bodyOf = (bytes: Buffer, broken: Break | undefined, size: number): Readable => {
  const end = broken === undefined ? bytes.length : Math.min(broken.after, bytes.length);
  let start = 0;
  return new Readable({
    read() {
      const chunk = bytes.subarray(start, Math.min(start + size, end));
      start += chunk.length;
      if (chunk.length > 0) this.push(chunk);
      else if (broken?.by === 'an error') this.destroy(new Error('the connection was reset'));
      else if (broken?.by !== 'stalling') this.push(null);
    },
  });
};
