import { describe, it } from 'vitest';
import { createMemoryImageIndex } from '../../src/adapters/memory-image-index.ts';
import { createMemoryImageStore, type MemoryImage } from '../../src/adapters/memory-image-store.ts';
import { type FilledIndex, imageIndexChecks } from '../../src/testing/index.ts';

const createIndex = async (): Promise<FilledIndex> => {
  const images = new Map<string, MemoryImage>();
  let version = 0;
  return {
    index: createMemoryImageIndex(images),
    store: createMemoryImageStore(images),
    put: async (key, bytes) => {
      images.set(key, { bytes, etag: `"${++version}"`, lastModified: Date.now(), contentType: 'image/jpeg' });
    },
  };
};

describe('createMemoryImageIndex', () => {
  for (const { name, run } of imageIndexChecks()) it(name, () => run(createIndex));
});
