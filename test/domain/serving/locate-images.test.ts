import { describe, expect, test } from 'vitest';
import { createMemoryImageStore, type MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { createPathMapping, ImageError } from '../../../src/domain/index.ts';
import {
  createLocateImages,
  type LocatedImage,
  type LocateImagesDependencies,
  type LocateRequest,
} from '../../../src/domain/serving/locate-images.ts';
import type { ImageLocator } from '../../../src/domain/serving/ports.ts';
import { createTestLocator, EXPIRES, urlOf } from '../../support/test-locator.ts';

const IMAGE: MemoryImage = {
  bytes: Buffer.from('0123456789'),
  etag: '"v1"',
  lastModified: 0,
  contentType: 'image/png',
};
const { contentType: _, ...UNTYPED } = IMAGE;
const IMAGES = new Map<string, MemoryImage>([
  ['images/a.jpg', IMAGE],
  ['images/b c.jpg', { ...UNTYPED, etag: 'invalid' }],
  ['images/a.svg', UNTYPED],
  ['images/hidden.jpg', { ...IMAGE, contentType: 'image/svg+xml' }],
]);

const collect = async (images: AsyncIterable<LocatedImage>): Promise<readonly LocatedImage[]> => {
  const located: LocatedImage[] = [];
  for await (const image of images) located.push(image);
  return located;
};

const locate = (request: Partial<LocateRequest>, dependencies: Partial<LocateImagesDependencies> = {}) => {
  const locator = createTestLocator();
  const store = createMemoryImageStore(IMAGES);
  const mapping = createPathMapping({ prefix: 'images' });
  const locateImages = createLocateImages({ mapping, store, locator, ...dependencies });
  return { locator, located: collect(locateImages({ paths: [], describe: true, ...request })) };
};

test('returns the location and the description of each image in the order of the paths, duplicates included', async () => {
  const { located } = locate({ paths: ['b%20c.jpg', 'a.jpg', 'b%20c.jpg'] });
  const second = {
    path: 'b%20c.jpg',
    location: { url: urlOf('images/b c.jpg'), expires: EXPIRES },
    image: { size: 10, etag: undefined, contentType: 'image/jpeg' },
  };
  const first = {
    path: 'a.jpg',
    location: { url: urlOf('images/a.jpg'), expires: EXPIRES },
    image: { size: 10, etag: '"v1"', contentType: 'image/png' },
  };
  expect(await located).toEqual([second, first, second]);
});

test('signs the content type of the image, and a download for SVG', async () => {
  const { located, locator } = locate({ paths: ['a.jpg', 'a.svg', 'hidden.jpg'] });
  await located;
  expect(locator.calls).toEqual([
    { key: 'images/a.jpg', contentType: 'image/png', attachment: false },
    { key: 'images/a.svg', contentType: 'image/svg+xml', attachment: true },
    { key: 'images/hidden.jpg', contentType: 'image/svg+xml', attachment: true },
  ]);
});

test('asks no store without a description, and signs the content type of the extension', async () => {
  const store = { describe: () => Promise.reject(new Error('asked')) };
  const { located, locator } = locate({ paths: ['missing.svg', 'a.jpg'], describe: false }, { store });
  expect(await located).toEqual([
    { path: 'missing.svg', location: { url: urlOf('images/missing.svg'), expires: EXPIRES }, image: undefined },
    { path: 'a.jpg', location: { url: urlOf('images/a.jpg'), expires: EXPIRES }, image: undefined },
  ]);
  expect(locator.calls).toEqual([
    { key: 'images/missing.svg', contentType: 'image/svg+xml', attachment: true },
    { key: 'images/a.jpg', contentType: 'image/jpeg', attachment: false },
  ]);
});

test('signs a general content type for a key without a known extension', async () => {
  const mapping = createPathMapping({ routes: [{ path: '{name}', key: '{name}.bin' }] });
  const { located, locator } = locate({ paths: ['a'], describe: false }, { mapping });
  await located;
  expect(locator.calls).toMatchObject([{ key: 'a.bin', contentType: 'application/octet-stream' }]);
});

test('returns the error of each path that has no location', async () => {
  const { located } = locate({ paths: ['a//b.jpg', 'a.pdf', 'missing.jpg', 'a.jpg', ''] });
  expect(await located).toMatchObject([
    { path: 'a//b.jpg', error: { code: 'invalid-path' } },
    { path: 'a.pdf', error: { code: 'unknown-path' } },
    { path: 'missing.jpg', error: { code: 'image-not-found' } },
    { path: 'a.jpg', location: { url: urlOf('images/a.jpg') } },
    { path: '', error: { code: 'invalid-path' } },
  ]);
});

test('wraps an unexpected error', async () => {
  const cause = new Error('unexpected');
  const store = { describe: () => Promise.reject(cause) };
  const { located } = locate({ paths: ['a.jpg'] }, { store });
  expect(await located).toMatchObject([{ path: 'a.jpg', error: { code: 'internal', cause } }]);
});

test('fails every image after an abort with the reason, without a call to the store', async () => {
  const reason = new ImageError('store-timeout', 'Late.');
  const signal = AbortSignal.abort(reason);
  const store = { describe: () => Promise.reject(new Error('asked')) };
  const { located, locator } = locate({ paths: ['a.jpg', 'a//b.jpg'], signal }, { store });
  expect(await located).toMatchObject([
    { path: 'a.jpg', error: reason },
    { path: 'a//b.jpg', error: { code: 'invalid-path' } },
  ]);
  expect(locator.calls).toEqual([]);
});

test('passes the signal to the store and the locator', async () => {
  const { signal } = new AbortController();
  const signals: unknown[] = [];
  const memory = createMemoryImageStore(IMAGES);
  const store: LocateImagesDependencies['store'] = {
    describe: (key, options) => {
      signals.push(options?.signal);
      return memory.describe(key);
    },
  };
  const locator: ImageLocator = {
    locate: async (_, options) => {
      signals.push(options.signal);
      return { url: '', expires: 0 };
    },
  };
  await locate({ paths: ['a.jpg'], signal }, { store, locator }).located;
  expect(signals).toEqual([signal, signal]);
});

describe('with many paths', () => {
  /** A store whose calls wait until the test resolves them. */
  const createWaitingStore = () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    let active = 0;
    let calls = 0;
    return {
      waiting,
      most: () => most,
      calls: () => calls,
      describe: async () => {
        calls++;
        active++;
        most = Math.max(most, active);
        await new Promise<void>((resolve) => waiting.push(resolve));
        active--;
        return { ...IMAGE, size: 10, contentEncoding: undefined, cacheControl: undefined, contentType: undefined };
      },
    };
  };
  const paths = Array.from({ length: 120 }, (_, index) => `${index}.jpg`);

  test('has at most 50 requests to the store in flight, and returns the images in order', async () => {
    const store = createWaitingStore();
    const { located } = locate({ paths }, { store });
    let done = false;
    const all = located.finally(() => {
      done = true;
    });
    while (!done) {
      // The last of the waiting requests is answered first, so that the images become known out of order.
      store.waiting.pop()?.();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect((await all).map(({ path }) => path)).toEqual(paths);
    expect(store.most()).toBe(50);
  });

  test('starts with no other image while its reader waits', async () => {
    const store = createWaitingStore();
    const locateImages = createLocateImages({ mapping: createPathMapping(), store, locator: createTestLocator() });
    const images = locateImages({ paths, describe: true });
    const first = images.next();
    while (store.waiting.length > 0) {
      store.waiting.shift()?.();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    expect(await first).toMatchObject({ value: { path: '0.jpg' } });
    expect(store.calls()).toBe(50);
    const second = images.next();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(store.calls()).toBe(51);
    expect(await second).toMatchObject({ value: { path: '1.jpg' } });
    await images.return();
  });
});
