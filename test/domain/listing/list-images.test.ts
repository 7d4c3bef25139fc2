import { describe, expect, test } from 'vitest';
import {
  createListImages,
  createPathMapping,
  IDENTITY_ROUTE,
  ImageError,
  type ImageIndex,
  type ListedImage,
  type ListingPart,
  type ListOptions,
  type ListRequest,
  type Mapping,
} from '../../../src/index.ts';

const PARTNERS = {
  path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}',
  key: 'partners/{id}/original.{ext}',
};
const BOTH: Mapping = { routes: [PARTNERS, IDENTITY_ROUTE] };

type Call = ListOptions & { readonly keyPrefix: string };

/** An image index over sorted keys. `calls` has the calls that it received. */
const createIndex = (keys: readonly string[], maxPage = 1_000): ImageIndex & { readonly calls: Call[] } => {
  const calls: Call[] = [];
  return {
    calls,
    list: async (keyPrefix, options) => {
      calls.push({ keyPrefix, ...options });
      if (options.signal?.aborted) throw options.signal.reason;
      const found = keys.filter((key) => key.startsWith(keyPrefix));
      const start = Number(options.token?.slice(1) ?? 0);
      const end = start + Math.min(options.limit, maxPage);
      return {
        images: found.slice(start, end).map((key) => ({ key, size: key.length, etag: '"e"', lastModified: 1_000 })),
        next: end < found.length ? `t${end}` : undefined,
      };
    },
  };
};

const partsOf = async (
  mapping: Mapping,
  index: ImageIndex,
  request: Partial<ListRequest> = {},
): Promise<readonly ListingPart[]> => {
  const listImages = createListImages({ mapping: createPathMapping(mapping), index });
  const parts: ListingPart[] = [];
  for await (const part of listImages({ prefix: '', limit: 1_000, ...request })) parts.push(part);
  return parts;
};

const pathsOf = (parts: readonly ListingPart[]): readonly string[] =>
  parts.flatMap(({ images }) => images.map(({ path }) => path));

describe('a listing', () => {
  test('has the path in URL form, the size, the ETag and the time of each image', async () => {
    const index = createIndex(['a b/ü+.jpg', 'c.png']);
    expect(await partsOf({}, index)).toEqual([
      {
        images: [
          { path: 'a%20b/%C3%BC%2B.jpg', size: 10, etag: '"e"', lastModified: 1_000 },
          { path: 'c.png', size: 5, etag: '"e"', lastModified: 1_000 },
        ],
        next: null,
        listed: 2,
        skipped: 0,
        calls: 1,
      },
    ]);
  });

  test('leaves out an ETag and a time that are not safe to send', async () => {
    const index: ImageIndex = {
      list: async () => ({
        images: [
          { key: 'a.jpg', size: 1, etag: '"a"\r\nx: y', lastModified: -1 },
          { key: 'b.jpg', size: 1, etag: undefined, lastModified: undefined },
        ],
        next: undefined,
      }),
    };
    const [part] = await partsOf({}, index);
    const expected: Partial<ListedImage> = { etag: undefined, lastModified: undefined };
    expect(part?.images).toEqual([
      { path: 'a.jpg', size: 1, ...expected },
      { path: 'b.jpg', size: 1, ...expected },
    ]);
  });

  test('has the first path of each key that has the prefix, and skips other keys', async () => {
    const keys = ['partners/67286576/original.jpeg', 'partners/67286577/notes.txt', 'partners/67286577/x.jpeg'];
    const index = createIndex(keys);
    const list = (prefix: string) => partsOf(BOTH, index, { prefix });
    const partner = 'partnerimages/67/28/67286576.jpeg';
    expect(pathsOf(await list(''))).toEqual([partner, 'partners/67286577/x.jpeg']);
    expect(await list('')).toMatchObject([{ listed: 2, skipped: 1 }]);
    expect(pathsOf(await list('partners/'))).toEqual(['partners/67286576/original.jpeg', 'partners/67286577/x.jpeg']);
    expect(pathsOf(await list('/partnerimages/67'))).toEqual([partner]);
    expect(await list('partnerimages/67/')).toMatchObject([
      { listed: 0, skipped: 0 },
      { listed: 1, skipped: 2 },
    ]);
  });

  test('skips the images of routes that drop names', async () => {
    const lossy = { path: 'thumbs/{size}/{id}.{ext:image}', key: 'all/{id}.{ext}', lossy: true };
    const index = createIndex(['all/x.png', 'k/y.png']);
    const other = { path: '{id}.{ext}', key: 'k/{id}.{ext}' };
    expect(await partsOf({ routes: [lossy, other] }, index)).toMatchObject([{ listed: 1, skipped: 0 }]);
    expect(index.calls).toMatchObject([{ keyPrefix: 'k/' }]);
    expect(await partsOf({ routes: [lossy] }, index)).toEqual([
      { images: [], next: null, listed: 0, skipped: 0, calls: 0 },
    ]);
  });

  test('asks for the key prefixes in the order of their bytes, and for none if no path has the prefix', async () => {
    const index = createIndex(['partnerimages/67/28/a.jpg', 'partners/67286576/original.jpeg']);
    const parts = await partsOf(BOTH, index, { prefix: 'partnerimages/67/28/' });
    expect(pathsOf(parts)).toEqual(['partnerimages/67/28/a.jpg', 'partnerimages/67/28/67286576.jpeg']);
    expect(index.calls.map(({ keyPrefix }) => keyPrefix)).toEqual(['partnerimages/67/28/', 'partners/6728']);
    const none = await partsOf({ routes: [PARTNERS] }, index, { prefix: 'x' });
    expect(none).toEqual([{ images: [], next: null, listed: 0, skipped: 0, calls: 0 }]);
    expect(index.calls).toHaveLength(2);
  });
});

describe('a page', () => {
  const keys = Array.from({ length: 26 }, (_, index) => `k/${String.fromCharCode(97 + index)}.jpg`);

  test('asks the index for at most as many keys as it still needs', async () => {
    const index = createIndex(['a.jpg', 'b.txt', 'c.jpg', 'd.jpg', 'e.jpg'], 2);
    const { signal } = new AbortController();
    const parts = await partsOf({}, index, { limit: 4, signal });
    expect(pathsOf(parts)).toEqual(['a.jpg', 'c.jpg', 'd.jpg', 'e.jpg']);
    expect(index.calls).toEqual([
      { keyPrefix: '', limit: 4, token: undefined, signal },
      { keyPrefix: '', limit: 3, token: 't2', signal },
      { keyPrefix: '', limit: 1, token: 't4', signal },
    ]);
    expect(parts.map(({ listed, skipped, calls }) => [listed, skipped, calls])).toEqual([
      [1, 1, 1],
      [3, 1, 2],
      [4, 1, 3],
    ]);
  });

  test('continues after any part of an earlier page', async () => {
    const index = createIndex(keys, 7);
    const parts = await partsOf({}, index, { limit: 20 });
    expect(parts).toHaveLength(3);
    for (const [number, { next }] of parts.entries()) {
      const rest = await partsOf({}, index, { cursor: next ?? '' });
      expect(pathsOf(rest)).toEqual(keys.slice(Math.min(20, 7 * (number + 1))));
      expect(rest.at(-1)?.next).toBeNull();
    }
  });

  test('continues with the next key prefix', async () => {
    const index = createIndex(['partnerimages/67/28/a.jpg', 'partners/67286576/original.jpeg']);
    const [first] = await partsOf(BOTH, index, { prefix: 'partnerimages/67/28/', limit: 1 });
    expect(first).toMatchObject({ images: [{ path: 'partnerimages/67/28/a.jpg' }], next: expect.any(String) });
    const cursor = first?.next ?? '';
    const rest = await partsOf(BOTH, index, { prefix: 'partnerimages/67/28/', limit: 1, cursor });
    expect(rest).toMatchObject([{ images: [{ path: 'partnerimages/67/28/67286576.jpeg' }], next: null }]);
    expect(index.calls[1]).toMatchObject({ keyPrefix: 'partners/6728', token: undefined });
  });

  test('ends after 20 calls, even without images', async () => {
    const skipped = Array.from({ length: 30 }, (_, index) => `k/${index}.txt`);
    const index = createIndex([...skipped, 'k/x.jpg'], 1);
    const parts = await partsOf({}, index);
    expect(parts).toHaveLength(20);
    expect(parts.at(-1)).toMatchObject({ images: [], next: expect.any(String), listed: 0, skipped: 20, calls: 20 });
    const rest = await partsOf({}, index, { cursor: parts.at(-1)?.next ?? '' });
    expect(pathsOf(rest)).toEqual(['k/x.jpg']);
    expect(rest.at(-1)).toMatchObject({ next: null, skipped: 10, calls: 11 });
  });

  test.each([
    [1, 20],
    [20_000, 20],
    [20_001, 21],
    [100_000, 100],
  ])('with the limit %i ends after %i calls', async (limit, calls) => {
    const index: ImageIndex = { list: async () => ({ images: [], next: 'more' }) };
    expect((await partsOf({}, index, { limit })).at(-1)).toMatchObject({ calls, next: expect.any(String) });
  });
});

describe('a signal', () => {
  test('that aborts between two calls ends the page there', async () => {
    const controller = new AbortController();
    const index = createIndex(['a.jpg', 'b.jpg', 'c.jpg'], 1);
    const listImages = createListImages({ mapping: createPathMapping(), index });
    const parts: ListingPart[] = [];
    for await (const part of listImages({ prefix: '', limit: 10, signal: controller.signal })) {
      parts.push(part);
      if (parts.length === 2) controller.abort();
    }
    expect(pathsOf(parts)).toEqual(['a.jpg', 'b.jpg']);
    expect(index.calls).toHaveLength(2);
    expect(pathsOf(await partsOf({}, index, { cursor: parts.at(-1)?.next ?? '' }))).toEqual(['c.jpg']);
  });

  test('that aborts during a later call ends the page before it', async () => {
    const controller = new AbortController();
    const index = createIndex(['a.jpg', 'b.jpg'], 1);
    const aborting: ImageIndex = {
      list: (keyPrefix, options) => {
        if (options.token !== undefined) controller.abort();
        return index.list(keyPrefix, options);
      },
    };
    const parts = await partsOf({}, aborting, { signal: controller.signal });
    expect(pathsOf(parts)).toEqual(['a.jpg']);
    expect(pathsOf(await partsOf({}, index, { cursor: parts.at(-1)?.next ?? '' }))).toEqual(['b.jpg']);
  });

  test('that has aborted before the first part fails the request with its reason', async () => {
    const reason = new ImageError('store-timeout', 'Too late.');
    const index = createIndex(['a.jpg']);
    await expect(partsOf({}, index, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a failure', () => {
  test.each([
    ['a%2Fb', 'invalid-request'],
    ['a//b', 'invalid-request'],
    ['../', 'invalid-request'],
    ['%', 'invalid-request'],
  ])('is reported for the prefix %j before the index is called', async (prefix, code) => {
    const index = createIndex(['a.jpg']);
    await expect(partsOf({}, index, { prefix })).rejects.toMatchObject({ name: 'ImageError', code });
    expect(index.calls).toEqual([]);
  });

  test('is reported for a cursor of another prefix, folder or mapping', async () => {
    const index = createIndex(['a/1.jpg', 'a/2.jpg', 'f/a/1.jpg', 'f/a/2.jpg']);
    const request = { prefix: 'a', limit: 1 };
    const [part] = await partsOf({}, index, request);
    const cursor = part?.next ?? '';
    expect(pathsOf(await partsOf({ routes: [IDENTITY_ROUTE] }, index, { ...request, cursor }))).toEqual(['a/2.jpg']);
    const others: [Mapping, Partial<ListRequest>][] = [
      [{}, { prefix: 'a/', cursor }],
      [{}, { prefix: '', cursor }],
      [{ prefix: 'f' }, { ...request, cursor }],
      [{ routes: [{ path: '{path+}.{ext}', key: '{path+}.{ext}' }] }, { ...request, cursor }],
      [BOTH, { ...request, cursor }],
      [{}, { ...request, cursor: '' }],
      [{}, { ...request, cursor: cursor.slice(1) }],
    ];
    const { length } = index.calls;
    for (const [mapping, other] of others) {
      await expect(partsOf(mapping, index, other)).rejects.toMatchObject({ code: 'invalid-cursor' });
    }
    expect(index.calls).toHaveLength(length);
  });

  test('of the index is reported, also after a part', async () => {
    const failure = new ImageError('store-throttled', 'Slow down.');
    const index = createIndex(['a.jpg', 'b.jpg'], 1);
    const failing: ImageIndex = {
      list: async (keyPrefix, options) => {
        if (options.token !== undefined) throw failure;
        return index.list(keyPrefix, options);
      },
    };
    const { signal } = new AbortController();
    await expect(partsOf({}, failing, { signal })).rejects.toBe(failure);
    await expect(partsOf({}, failing)).rejects.toBe(failure);
  });

  test('that is unexpected is internal', async () => {
    const cause = new Error('Unexpected.');
    const index: ImageIndex = { list: () => Promise.reject(cause) };
    await expect(partsOf({}, index)).rejects.toMatchObject({ code: 'internal', cause });
  });
});
