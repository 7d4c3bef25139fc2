import { describe, expect, it } from 'vitest';
import { createMemoryImageStore, type MemoryImage } from '../../src/adapters/memory-image-store.ts';
import { type FilledStore, imageStoreChecks } from '../../src/testing/index.ts';
import { makeBytes } from '../support/image-bytes.ts';

const createStore = async (): Promise<FilledStore> => {
  const images = new Map<string, MemoryImage>();
  let version = 0;
  return {
    store: createMemoryImageStore(images),
    put: async (key, bytes) => {
      images.set(key, { bytes, etag: `"${++version}"`, lastModified: Date.now(), contentType: 'image/jpeg' });
    },
  };
};

describe('createMemoryImageStore', () => {
  for (const { name, run } of imageStoreChecks()) it(name, () => run(createStore));
});

describe('the memory image store', () => {
  it('describes an image with its own metadata and nothing else', async () => {
    const image = { bytes: makeBytes(3), etag: 'W/"weak"', lastModified: 0 };
    const store = createMemoryImageStore(
      new Map<string, MemoryImage>([
        ['plain', image],
        ['labelled', { ...image, contentType: 'image/png', cacheControl: 'no-cache' }],
      ]),
    );
    const expected = { size: 3, etag: 'W/"weak"', lastModified: 0 };
    expect(await store.describe('plain')).toEqual({ ...expected, contentType: undefined, cacheControl: undefined });
    expect(await store.describe('labelled')).toEqual({
      ...expected,
      contentType: 'image/png',
      cacheControl: 'no-cache',
    });
  });
});
