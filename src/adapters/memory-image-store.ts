import { Readable } from 'node:stream';
import { ImageError } from '../domain/errors.ts';
import { resolveRange } from '../domain/serving/byte-range.ts';
import type { ImageInfo, ImageStore } from '../domain/serving/ports.ts';

export interface MemoryImage {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly cacheControl?: string;
}

/** The images of a map, by key; what is put into the map later is served later. The reference for other stores. */
export const createMemoryImageStore = (images: ReadonlyMap<string, MemoryImage>): ImageStore => {
  const find = (key: string): MemoryImage => {
    const image = images.get(key);
    if (image === undefined) throw new ImageError('image-not-found', 'There is no image at this path.');
    return image;
  };
  return {
    describe: async (key) => describe(find(key)),
    open: async (key, { range, etag } = {}) => {
      const image = find(key);
      if (etag !== undefined && etag !== image.etag) {
        throw new ImageError('precondition-failed', 'The image is not in the version that was asked for.');
      }
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
