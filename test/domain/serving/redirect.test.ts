import type { Readable } from 'node:stream';
import { beforeEach, expect, test } from 'vitest';
import { createMemoryImageStore, type MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { createPathMapping, ImageError } from '../../../src/domain/index.ts';
import type { ImageBody, ImageStore } from '../../../src/domain/serving/ports.ts';
import { createServeImage, type ImageRequest } from '../../../src/domain/serving/serve-image.ts';
import { createTestLocator, EXPIRES, type TestLocator, urlOf } from '../../support/test-locator.ts';

const IMAGE: MemoryImage = {
  bytes: Buffer.from('0123456789'),
  etag: '"v1"',
  lastModified: 0,
  contentType: 'image/png',
};
const IMAGES = new Map<string, MemoryImage>([
  ['a.jpg', IMAGE],
  ['a.svg', { ...IMAGE, contentType: 'image/svg+xml' }],
]);

let bodies: ImageBody[];
let calls: string[];
let locator: TestLocator;

beforeEach(() => {
  bodies = [];
  calls = [];
  locator = createTestLocator();
});

/** Records the calls and the bodies of a store. */
const recording = (store: ImageStore): ImageStore => ({
  describe: (key, options) => {
    calls.push('describe');
    return store.describe(key, options);
  },
  open: async (key, options) => {
    calls.push('open');
    const opened = await store.open(key, options);
    bodies.push(opened.body);
    return opened;
  },
});

const serve = (above: number, request: Partial<ImageRequest> = {}, store = createMemoryImageStore(IMAGES)) =>
  createServeImage({
    mapping: createPathMapping(),
    store: recording(store),
    clock: () => 0,
    cacheControl: 'private',
    redirect: { above, locator },
  })({ method: 'GET', path: 'a.jpg', conditions: {}, range: undefined, mayRedirect: true, ...request });

const REDIRECT = {
  kind: 'redirect',
  image: { size: 10, contentType: 'image/png', etag: '"v1"' },
  location: { url: urlOf('a.jpg'), expires: EXPIRES },
  key: 'a.jpg',
  route: '{path+}.{ext:image}',
};

test('redirects an image above the limit, and destroys its body unread', async () => {
  expect(await serve(9)).toMatchObject(REDIRECT);
  expect(calls).toEqual(['open']);
  expect(bodies).toHaveLength(1);
  expect((bodies[0] as Readable).destroyed).toBe(true);
  expect(locator.calls).toEqual([{ key: 'a.jpg', contentType: 'image/png', attachment: false }]);
});

test.each([10, 11])(
  'sends an image of 10 bytes itself if the limit is %i, with one call to the store',
  async (above) => {
    const served = await serve(above);
    expect(served).toMatchObject({ kind: 'image', image: { size: 10 } });
    expect(calls).toEqual(['open']);
    expect((bodies[0] as Readable).destroyed).toBe(false);
    expect(locator.calls).toEqual([]);
  },
);

test('decides by the size of the whole image if the request has a range', async () => {
  expect(await serve(9, { range: 'bytes=0-0' })).toMatchObject(REDIRECT);
  expect(await serve(10, { range: 'bytes=0-0' })).toMatchObject({ kind: 'image', range: { first: 0, last: 0 } });
});

test.each<[string, Partial<ImageRequest>, string]>([
  ['HEAD', { method: 'HEAD' }, 'image'],
  ['a client that cannot follow', { mayRedirect: false }, 'image'],
  ['SVG', { path: 'a.svg' }, 'image'],
  ['an image that has not changed', { conditions: { ifNoneMatch: '"v1"' } }, 'not-modified'],
  ['a failed condition', { conditions: { ifMatch: '"v0"' } }, 'failed'],
  ['a missing image', { path: 'b.jpg' }, 'failed'],
  ['a range outside the image', { range: 'bytes=10-' }, 'failed'],
])('never redirects %s', async (_, request, kind) => {
  expect(await serve(0, request)).toMatchObject({ kind });
  expect(locator.calls).toEqual([]);
});

test('redirects a conditional request whose condition is true', async () => {
  expect(await serve(9, { conditions: { ifMatch: '"v1"' } })).toMatchObject(REDIRECT);
  expect(await serve(9, { conditions: { ifRange: '"v0"' }, range: 'bytes=0-0' })).toMatchObject(REDIRECT);
  expect(bodies.every((body) => (body as Readable).destroyed)).toBe(true);
});

test('does not redirect a request that does not say whether its client can follow', async () => {
  const { mayRedirect: _, ...request } = { method: 'GET' as const, path: 'a.jpg', mayRedirect: true };
  const serveImage = createServeImage({
    mapping: createPathMapping(),
    store: createMemoryImageStore(IMAGES),
    clock: () => 0,
    cacheControl: 'private',
    redirect: { above: 0, locator },
  });
  expect(await serveImage({ ...request, conditions: {}, range: undefined })).toMatchObject({ kind: 'image' });
});

test('sends every image itself without a redirect policy, even if the client could follow', async () => {
  const serveImage = createServeImage({
    mapping: createPathMapping(),
    store: createMemoryImageStore(IMAGES),
    clock: () => 0,
    cacheControl: 'private',
  });
  const request: ImageRequest = { method: 'GET', path: 'a.jpg', conditions: {}, range: undefined, mayRedirect: true };
  expect(await serveImage(request)).toMatchObject({ kind: 'image' });
});

test('fails with the error of the locator, and destroys the body', async () => {
  const error = new ImageError('role-refused', 'Refused.');
  locator = { ...locator, locate: () => Promise.reject(error) };
  expect(await serve(9)).toMatchObject({ kind: 'failed', error });
  expect((bodies[0] as Readable).destroyed).toBe(true);
});

test('passes the signal to the locator', async () => {
  const controller = new AbortController();
  const signals: unknown[] = [];
  locator = {
    ...locator,
    locate: async (_, { signal }) => {
      signals.push(signal);
      return { url: '', expires: 0 };
    },
  };
  await serve(9, { signal: controller.signal });
  expect(signals).toEqual([controller.signal]);
});
