import { Readable } from 'node:stream';
import type { ImageStore } from '../../src/domain/serving/ports.ts';

/** How a body fails before its end. */
export interface Break {
  /** Bytes that it gives first. */
  readonly after: number;
  readonly by: 'an error' | 'ending short' | 'stalling';
}

/** A store in which the first bodies break, each in its own way, and those that follow are whole. */
export const createBreakingImageStore = (store: ImageStore, breaks: readonly Break[], chunkSize = 7): ImageStore => {
  const waiting = [...breaks];
  return {
    describe: (key) => store.describe(key),
    open: async (key, options) => {
      const opened = await store.open(key, options);
      const bytes: Uint8Array[] = [];
      for await (const chunk of opened.body) bytes.push(chunk);
      return { ...opened, body: bodyOf(Buffer.concat(bytes), waiting.shift(), chunkSize) };
    },
  };
};

/** A stream, as those of the network are: a generator that waits could not be destroyed. */
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
