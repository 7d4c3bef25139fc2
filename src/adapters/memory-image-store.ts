import { Readable } from 'node:stream';
import { imageError } from '../domain/errors.ts';
import { resolveRange } from '../domain/serving/byte-range.ts';
import type { DescribeOptions, ImageInfo, ImageStore } from '../domain/serving/ports.ts';

export interface MemoryImage {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly cacheControl?: string;
}

/** Serves the images of a map by key, including images that are added to the map later. */
export const createMemoryImageStore = (images: ReadonlyMap<string, MemoryImage>): ImageStore => {
  const find = (key: string, { signal }: DescribeOptions): MemoryImage => {
    if (signal?.aborted === true) throw signal.reason;
    const image = images.get(key);
    if (image === undefined) throw imageError('image-not-found');
    return image;
  };
  return {
    describe: async (key, options = {}) => describe(find(key, options)),
    open: async (key, { range, etag, ...options } = {}) => {
      const image = find(key, options);
      if (etag !== undefined && etag !== image.etag) throw imageError('precondition-failed');
      const part = range && resolveRange(range, image.bytes.length);
      const bytes = part ? image.bytes.subarray(part.first, part.last + 1) : image.bytes;
      return { info: describe(image), range: part, body: Readable.from(bytes.length > 0 ? [bytes] : []) };
    },
  };
};

const describe = ({ bytes, ...image }: MemoryImage): ImageInfo => ({
  size: bytes.length,
  etag: image.etag,
  lastModified: image.lastModified,
  contentType: image.contentType,
  contentEncoding: image.contentEncoding,
  cacheControl: image.cacheControl,
});
