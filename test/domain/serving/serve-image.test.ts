import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryImageStore, type MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { createPathMapping, ImageError } from '../../../src/domain/index.ts';
import type { ImageStore } from '../../../src/domain/serving/ports.ts';
import { createServeImage, type ImageOutcome, type ImageRequest } from '../../../src/domain/serving/serve-image.ts';

const IMAGE: MemoryImage = {
  bytes: Buffer.from('0123456789'),
  etag: '"v1"',
  lastModified: Date.UTC(2026, 0, 1),
  contentType: 'image/jpeg',
};
const REQUEST: ImageRequest = { method: 'GET', path: 'a.jpg', conditions: {}, range: undefined };

let images: Map<string, MemoryImage>;
let calls: string[];
let time: number;

beforeEach(() => {
  images = new Map([['images/a.jpg', IMAGE]]);
  calls = [];
  // Not 0: the phases are differences.
  time = 1_000;
});

/** Wraps a store and records the calls to it. */
const recording = (store: ImageStore): ImageStore => ({
  describe: (key, options) => {
    calls.push('describe');
    return store.describe(key, options);
  },
  open: (key, options = {}) => {
    const { range, etag } = options;
    calls.push(`open ${JSON.stringify({ range, etag })}`);
    return store.open(key, options);
  },
});

const serve = (request: Partial<ImageRequest>, store: ImageStore = createMemoryImageStore(images)) =>
  createServeImage({
    mapping: createPathMapping({ prefix: 'images' }),
    store: recording(store),
    clock: () => time++,
    cacheControl: 'private',
  })({
    ...REQUEST,
    ...request,
  });

const bytesOf = async (outcome: ImageOutcome): Promise<string> => {
  if (outcome.kind !== 'image' || outcome.body === undefined) throw new Error('no body');
  return (await buffer(outcome.body as Readable)).toString();
};

describe('GET', () => {
  test('returns the image with one call to the store', async () => {
    const outcome = await serve({});
    const { key, route } = outcome;
    expect(outcome).toMatchObject({
      kind: 'image',
      image: {
        size: 10,
        contentType: 'image/jpeg',
        cacheControl: 'private',
        etag: '"v1"',
        lastModified: Date.UTC(2026, 0, 1),
      },
      range: undefined,
    });
    expect(await bytesOf(outcome)).toBe('0123456789');
    expect({ key, route, calls }).toEqual({ key: 'images/a.jpg', route: '{path+}.{ext:image}', calls: ['open {}'] });
  });

  test('returns a range with one call to the store', async () => {
    const outcome = await serve({ range: 'bytes=2-4' });
    expect(outcome).toMatchObject({ kind: 'image', image: { size: 10 }, range: { first: 2, last: 4 } });
    expect(await bytesOf(outcome)).toBe('234');
    expect(calls).toEqual(['open {"range":{"first":2,"last":4}}']);
  });

  test('returns the whole image for several ranges', async () => {
    expect(await bytesOf(await serve({ range: 'bytes=0-1,3-4' }))).toBe('0123456789');
  });

  test('does not open an image that has not changed', async () => {
    const outcome = await serve({ conditions: { ifNoneMatch: '"v1"' } });
    expect(outcome).toMatchObject({
      kind: 'not-modified',
      image: { etag: '"v1"', contentType: 'image/jpeg', cacheControl: 'private' },
    });
    expect(calls).toEqual(['describe']);
  });

  test('opens the version that it described', async () => {
    const outcome = await serve({ conditions: { ifNoneMatch: '"v0"' }, range: 'bytes=0-0' });
    expect(await bytesOf(outcome)).toBe('0');
    expect(calls).toEqual(['describe', 'open {"range":{"first":0,"last":0},"etag":"\\"v1\\""}']);
  });

  test('does not describe the image for an If-Range without a Range', async () => {
    await serve({ conditions: { ifRange: '"v1"' } });
    expect(calls).toEqual(['open {}']);
  });

  test('returns the metadata of the opened version if a weak ETag could not pin the described one', async () => {
    images.set('images/a.jpg', { ...IMAGE, etag: 'W/"v1"' });
    const store = createMemoryImageStore(images);
    const describe = async (key: string) => ({ ...(await store.describe(key)), size: 99 });
    const outcome = await serve({ conditions: { ifNoneMatch: '"v0"' } }, { ...store, describe });
    expect(outcome).toMatchObject({ kind: 'image', image: { size: 10 } });
  });

  test.each([
    ['"v1"', '01'],
    ['"v0"', '0123456789'],
    ['Thu, 01 Jan 2026 00:00:00 GMT', '0123456789'],
  ])('returns for a Range with If-Range %s the bytes %j', async (ifRange, bytes) => {
    const outcome = await serve({ conditions: { ifRange }, range: 'bytes=0-1' });
    expect(await bytesOf(outcome)).toBe(bytes);
  });

  test.each([['W/"v1"'], ['nonsense']])('does not pin the version if the ETag is %s', async (etag) => {
    images.set('images/a.jpg', { ...IMAGE, etag });
    expect((await serve({ conditions: { ifNoneMatch: '"other"' } })).kind).toBe('image');
    expect(calls).toEqual(['describe', 'open {}']);
  });
});

describe('HEAD', () => {
  test('describes the whole image, ignores a Range and opens nothing', async () => {
    const outcome = await serve({ method: 'HEAD', range: 'bytes=2-4' });
    expect(outcome).toMatchObject({ kind: 'image', image: { size: 10 }, range: undefined, body: undefined });
    expect(calls).toEqual(['describe']);
  });

  test('evaluates conditions like GET', async () => {
    expect((await serve({ method: 'HEAD', conditions: { ifNoneMatch: '*' } })).kind).toBe('not-modified');
    expect(await serve({ method: 'HEAD', conditions: { ifMatch: '"v0"' } })).toMatchObject({
      error: { code: 'precondition-failed' },
    });
  });
});

describe('an image that is replaced between describe and open', () => {
  /** Replaces the image before each of the first `times` opens. */
  const replacing = (times: number): ImageStore => {
    const store = createMemoryImageStore(images);
    let version = 1;
    return {
      ...store,
      open: (key, options) => {
        if (version <= times) images.set(key, { ...IMAGE, etag: `"v${++version}"` });
        return store.open(key, options);
      },
    };
  };

  test.each([1, 2])('is evaluated again if it is replaced %i times', async (times) => {
    const outcome = await serve({ conditions: { ifNoneMatch: '"v0"' } }, replacing(times));
    expect(outcome).toMatchObject({ kind: 'image', image: { etag: `"v${times + 1}"` } });
  });

  test('fails with store-unavailable if it is replaced three times', async () => {
    const outcome = await serve({ conditions: { ifNoneMatch: '"v0"' } }, replacing(3));
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: {
        code: 'store-unavailable',
        message: 'The image was replaced during each of three attempts to read it.',
        cause: { code: 'precondition-failed' },
      },
    });
    expect(calls.filter((call) => call === 'describe')).toHaveLength(3);
  });

  test('gets the verdict for the newer version', async () => {
    const outcome = await serve({ conditions: { ifNoneMatch: '"v2"' } }, replacing(1));
    expect(outcome.kind).toBe('not-modified');
  });
});

describe('failures', () => {
  const failing = (error: unknown): ImageStore => ({
    describe: () => Promise.reject(error),
    open: () => Promise.reject(error),
  });

  test.each([
    [{ path: '' }, 'path-missing', 'No path is provided!'],
    [{ path: 'a//b.jpg' }, 'invalid-path', 'The path has an empty segment (number 2): remove the extra slash.'],
    [{ path: 'a.pdf' }, 'unknown-path', /^No route matches the path: route 1 expected an image extension/],
    [{ path: 'b.jpg' }, 'image-not-found', 'There is no image at this path.'],
    [{ range: 'bytes=10-' }, 'range-not-satisfiable', 'The range is outside the image, which has 10 bytes.'],
    [
      { conditions: { ifMatch: '"v0"' } },
      'precondition-failed',
      'The image is not the version that the request requires.',
    ],
  ])('the request %j fails with %s', async (request, code, message) => {
    const outcome = await serve(request);
    expect(outcome).toMatchObject({
      kind: 'failed',
      error: { code, message: typeof message === 'string' ? message : expect.stringMatching(message) },
    });
  });

  test.each([{}, { conditions: { ifMatch: '*' } }, { method: 'HEAD' as const }])(
    'the request %j fails with the error of the store',
    async (request) => {
      const error = new ImageError('store-throttled', 'Throttled.');
      expect(await serve(request, failing(error))).toMatchObject({ kind: 'failed', error });
    },
  );

  test('a conditional request fails with the error of the store if open fails after describe', async () => {
    const error = new ImageError('store-timeout', 'Late.');
    const store = { ...createMemoryImageStore(images), open: () => Promise.reject(error) };
    expect(await serve({ conditions: { ifMatch: '*' } }, store)).toMatchObject({ kind: 'failed', error });
  });

  test('an unexpected error becomes internal, with its cause', async () => {
    const cause = new TypeError('surprise');
    expect(await serve({}, failing(cause))).toMatchObject({
      error: { code: 'internal', message: 'The service failed.', cause },
    });
    expect(
      await serve(
        { conditions: { ifMatch: '*' } },
        { ...createMemoryImageStore(images), open: () => Promise.reject(cause) },
      ),
    ).toMatchObject({
      error: { code: 'internal', cause },
    });
  });

  test.each([
    [{ path: 'a//b.jpg' }, undefined],
    [{ path: 'a.pdf' }, undefined],
    [{ path: 'b.jpg' }, 'images/b.jpg'],
  ])('the failed request %j has the key %j, if the key was known', async (request, key) => {
    expect((await serve(request)).key).toBe(key);
  });
});

describe('a signal that aborts', () => {
  const reason = new ImageError('store-timeout', 'deadline');

  test('fails the request with its reason, and destroys an image that arrives later', async () => {
    const controller = new AbortController();
    const late = Promise.withResolvers<void>();
    const body = Readable.from(['0123456789']);
    const store = createMemoryImageStore(images);
    const serving = serve(
      { signal: controller.signal },
      {
        ...store,
        open: async (key) => {
          await late.promise;
          return { ...(await store.open(key)), body };
        },
      },
    );
    controller.abort(reason);
    expect(await serving).toMatchObject({ kind: 'failed', error: reason });
    expect(body.destroyed).toBe(false);
    late.resolve();
    await new Promise(setImmediate);
    expect(body.destroyed).toBe(true);
  });

  test.each<[string, Partial<ImageRequest>]>([
    ['HEAD, which has no body', { method: 'HEAD' }],
    ['an image that has not changed', { conditions: { ifNoneMatch: '"v1"' } }],
  ])('releases nothing for a late result of %s', async (_, request) => {
    const controller = new AbortController();
    const late = Promise.withResolvers<void>();
    const store = createMemoryImageStore(images);
    const rejections: unknown[] = [];
    const onRejection = (error: unknown) => rejections.push(error);
    process.on('unhandledRejection', onRejection);
    const serving = serve(
      { ...request, signal: controller.signal },
      { ...store, describe: (key) => late.promise.then(() => store.describe(key)) },
    );
    controller.abort(reason);
    expect(await serving).toMatchObject({ kind: 'failed', error: reason });
    late.resolve();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    process.off('unhandledRejection', onRejection);
    expect(rejections).toEqual([]);
  });

  test('reaches describe and open', async () => {
    const { signal } = new AbortController();
    const signals: unknown[] = [];
    const store = createMemoryImageStore(images);
    await serve(
      { conditions: { ifMatch: '*' }, signal },
      {
        describe: (key, options) => {
          signals.push(options?.signal);
          return store.describe(key);
        },
        open: (key, options) => {
          signals.push(options?.signal);
          return store.open(key);
        },
      },
    );
    expect(signals).toEqual([signal, signal]);
  });
});

test('measures the milliseconds of the mapping, and of the store if it was asked', async () => {
  const slow: ImageStore = {
    ...createMemoryImageStore(images),
    open: async () => {
      time += 100;
      return {
        info: {
          size: 0,
          etag: undefined,
          lastModified: undefined,
          contentType: undefined,
          contentEncoding: undefined,
          cacheControl: undefined,
        },
        range: undefined,
        body: Readable.from([]),
      };
    },
  };
  expect((await serve({}, slow)).phases).toEqual({ map: 1, store: 101 });
  expect((await serve({ path: 'x' }, slow)).phases).toEqual({ map: 1 });
  expect((await serve({ path: '' }, slow)).phases).toEqual({ map: 1 });
});
