import { Buffer } from 'node:buffer';
import type { ImageIndex } from '../domain/listing/ports.ts';
import type { MemoryImage } from './memory-image-store.ts';
import { formatPageToken, parsePageToken } from './page-token.ts';

/** Lists the images of a map by key, including images that are added to the map later. Sorts all keys for each page. */
export const createMemoryImageIndex = (images: ReadonlyMap<string, MemoryImage>): ImageIndex => ({
  list: async (keyPrefix, { limit, token, signal }) => {
    if (signal?.aborted === true) throw signal.reason;
    const after = parsePageToken(token, keyPrefix);
    const found = [...images]
      .filter(([key]) => key.startsWith(keyPrefix))
      .map(([key, image]) => ({ key, image, order: Buffer.from(key) }))
      .filter(({ order }) => order.compare(after) > 0)
      .sort((one, other) => one.order.compare(other.order));
    const page = found.slice(0, limit).map(({ key, image: { bytes, etag, lastModified } }) => ({
      key,
      size: bytes.length,
      etag,
      lastModified,
    }));
    const last = page.at(-1);
    return { images: page, next: last && found.length > limit ? formatPageToken(last.key) : undefined };
  },
});
