import { describe, expect, it } from 'vitest';
import { createMemoryImageIndex } from '../../src/adapters/memory-image-index.ts';
import { createMemoryImageStore, type MemoryImage } from '../../src/adapters/memory-image-store.ts';
import type { ImageIndex, IndexedImage, ListOptions } from '../../src/domain/listing/ports.ts';
import { type FilledIndex, type ImageIndexCheck, imageIndexChecks } from '../../src/testing/index.ts';

type Images = ReadonlyMap<string, MemoryImage>;

/** Returns a function that creates memory indexes with a defect. */
const indexesWith =
  (defect: (index: ImageIndex, images: Images) => ImageIndex['list']) => async (): Promise<FilledIndex> => {
    const images = new Map<string, MemoryImage>();
    let version = 0;
    return {
      index: { list: defect(createMemoryImageIndex(images), images) },
      store: createMemoryImageStore(images),
      put: async (key, bytes) => {
        images.set(key, { bytes, etag: `"${++version}"`, lastModified: Date.now(), contentType: 'image/jpeg' });
      },
    };
  };

/** Changes the images of each page. */
const withImages =
  (change: (images: readonly IndexedImage[], options: ListOptions) => readonly IndexedImage[]) =>
  ({ list }: ImageIndex): ImageIndex['list'] =>
  async (keyPrefix, options) => {
    const page = await list(keyPrefix, options);
    return { ...page, images: change(page.images, options) };
  };

/** Lists all images on one page, sorted by `compare`. */
const sortedBy =
  (compare: (one: string, other: string) => number) =>
  (_index: ImageIndex, images: Images): ImageIndex['list'] =>
  async (keyPrefix) => ({
    images: [...images]
      .filter(([key]) => key.startsWith(keyPrefix))
      .sort(([one], [other]) => compare(one, other))
      .map(([key, { bytes, etag, lastModified }]) => ({ key, size: bytes.length, etag, lastModified })),
    next: undefined,
  });

interface Defect {
  readonly title: string;
  readonly createIndex: () => Promise<FilledIndex>;
  /** Name of a check that finds the defect. */
  readonly check: string;
  /** Part of the message of that check. */
  readonly message: string;
}

const PROPERTY = 'lists each key of a bucket once, in order, for any prefix and any page sizes';
const ORDER = 'lists keys in the order of their UTF-8 bytes';

const DEFECTS: readonly Defect[] = [
  {
    title: 'sorts by UTF-16 units',
    createIndex: indexesWith(sortedBy((one, other) => (one < other ? -1 : 1))),
    check: ORDER,
    message: 'the keys: expected ["B","a-b"',
  },
  {
    title: 'sorts folders by their names',
    createIndex: indexesWith(
      sortedBy((one, other) =>
        Buffer.from(one.replaceAll('/', '\0')).compare(Buffer.from(other.replaceAll('/', '\0'))),
      ),
    ),
    check: ORDER,
    message: 'found ["B","a/b"',
  },
  {
    title: 'returns more images than the limit',
    createIndex: indexesWith(
      ({ list }) =>
        (keyPrefix, options) =>
          list(keyPrefix, { ...options, limit: options.limit + 1 }),
    ),
    check: ORDER,
    message: 'a page has at most 1 images: expected this to be true, found 2',
  },
  {
    title: 'has a next page after the last one',
    createIndex: indexesWith(({ list }) => async (...request) => {
      const { images, next = 'YQ' } = await list(...request);
      return { images, next };
    }),
    check: 'lists 0 of 5 keys for the prefix "8"',
    message: 'The cursor is malformed',
  },
  {
    title: 'returns empty pages forever',
    createIndex: indexesWith(() => async () => ({ images: [], next: 'next' })),
    check: 'lists 0 of 5 keys for the prefix "8"',
    message: 'the last page: expected a page without a next one, found none in 1000 pages',
  },
  {
    title: 'ends after the first page',
    createIndex: indexesWith(({ list }) => async (...request) => ({ ...(await list(...request)), next: undefined })),
    check: PROPERTY,
    message: 'Property failed after',
  },
  {
    title: 'leaves out the first image of each later page',
    createIndex: indexesWith(withImages((images, { token }) => (token === undefined ? images : images.slice(1)))),
    check: 'lists 3 of 5 keys for the prefix "67/"',
    message: 'the keys in pages of 2',
  },
  {
    title: 'lists only keys in the folder of the prefix',
    createIndex: indexesWith(
      ({ list }) =>
        (keyPrefix, options) =>
          list(keyPrefix.replace(/[^/]$/, '$&/'), options),
    ),
    check: 'lists 3 of 5 keys for the prefix "67/2"',
    message: 'found []',
  },
  {
    title: 'ignores the prefix',
    createIndex: indexesWith(
      ({ list }) =>
        (keyPrefix, options) =>
          list(keyPrefix.replace(/\/.*/, '/'), options),
    ),
    check: 'lists 2 of 5 keys for the prefix "67/28/"',
    message: 'found ["67/28/a.jpeg"',
  },
  {
    title: 'refuses an empty prefix',
    createIndex: indexesWith(
      ({ list }) =>
        (keyPrefix, options) =>
          list(keyPrefix || '/', options),
    ),
    check: 'lists all keys for an empty prefix',
    message: 'found []',
  },
  {
    title: 'lists no ETags',
    createIndex: indexesWith(withImages((images) => images.map((image) => ({ ...image, etag: undefined })))),
    check: 'describes size, ETag and time as the store does',
    message: 'the description of',
  },
  {
    title: 'lists sizes in kilobytes',
    createIndex: indexesWith(
      withImages((images) => images.map((image) => ({ ...image, size: Math.ceil(image.size / 1000) }))),
    ),
    check: 'lists a replaced image once, with its new size and ETag',
    message: 'the images: expected',
  },
  {
    title: 'answers from the first listing',
    createIndex: indexesWith(({ list }) => {
      const pages = new Map<string, ReturnType<ImageIndex['list']>>();
      return async (keyPrefix, options) => {
        const request = JSON.stringify([keyPrefix, options.limit, options.token]);
        pages.set(request, pages.get(request) ?? list(keyPrefix, options));
        return pages.get(request) as ReturnType<ImageIndex['list']>;
      };
    }),
    check: 'lists an image that was added after an earlier listing',
    message: 'the keys: expected ["a.jpeg","b.jpeg"], found ["b.jpeg"]',
  },
  {
    title: 'continues where the last call ended',
    createIndex: indexesWith(({ list }) => {
      let next: string | undefined;
      return async (keyPrefix, { limit, token }) => {
        const page = await list(keyPrefix, { limit, token: token && next });
        next = page.next;
        return page;
      };
    }),
    check: 'returns the same page again for the same token',
    message: 'the pages: expected',
  },
  {
    title: 'has one position for all listings',
    createIndex: indexesWith(({ list }) => {
      let next: string | undefined;
      return async (keyPrefix, { limit, token }) => {
        const page = await list(keyPrefix, { limit, token: token && next }).catch(() => list(keyPrefix, { limit }));
        next = page.next;
        return page;
      };
    }),
    check: 'continues several listings at the same time',
    message: 'the keys: expected',
  },
  {
    title: 'starts again for a malformed token',
    createIndex: indexesWith(
      ({ list }) =>
        (keyPrefix, { limit, token }) =>
          list(keyPrefix, { limit, token }).catch(() => list(keyPrefix, { limit })),
    ),
    check: 'rejects the token "not a token" with invalid-cursor',
    message: 'the outcome: expected an ImageError, found a page',
  },
  {
    title: 'lists the prefix of the token',
    createIndex: indexesWith(({ list }) => {
      const prefixes = new Map<string, string>();
      return async (keyPrefix, { limit, token = '' }) => {
        const page = await list(prefixes.get(token) ?? keyPrefix, { limit, token: token || undefined });
        if (page.next !== undefined) prefixes.set(page.next, keyPrefix);
        return page;
      };
    }),
    check: 'lists no key outside the prefix for a token of another prefix',
    message: 'keys without the prefix: expected []',
  },
  {
    title: 'ignores the signal',
    createIndex: indexesWith(
      ({ list }) =>
        (keyPrefix, { limit, token }) =>
          list(keyPrefix, { limit, token }),
    ),
    check: 'rejects with the reason of a signal that has aborted',
    message: 'the outcome: expected an ImageError, found a page',
  },
  {
    title: 'lists encoded keys',
    createIndex: indexesWith(withImages((images) => images.map((image) => ({ ...image, key: encodeURI(image.key) })))),
    check: 'lists an image under the key "odd/with space.jpeg"',
    message: 'found ["odd/with%20space.jpeg"]',
  },
  {
    title: 'lists nothing',
    createIndex: indexesWith(() => async () => ({ images: [], next: undefined })),
    check: 'lists an image under the key "__proto__"',
    message: 'the keys: expected ["__proto__"], found []',
  },
  {
    title: 'lists everything',
    createIndex: indexesWith(
      ({ list }) =>
        (_keyPrefix, options) =>
          list('', options),
    ),
    check: 'lists 0 of 5 keys for the prefix "*"',
    message: 'the keys: expected [], found [',
  },
];

const outcomeOf = ({ run }: ImageIndexCheck, createIndex: () => Promise<FilledIndex>): Promise<unknown> =>
  run(createIndex).then(
    () => 'passed',
    (error: Error) => error.message,
  );

describe('imageIndexChecks', () => {
  it.each(DEFECTS)('fails for an index that $title', async ({ createIndex, check, message }) => {
    const found = imageIndexChecks().filter(({ name }) => name === check);
    expect(found).toHaveLength(1);
    for (const one of found) expect(await outcomeOf(one, createIndex)).toContain(message);
  });

  it('returns checks with unique names that pass without a defect and fail for at least one defect', async () => {
    const checks = imageIndexChecks({}, { numRuns: 20 });
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
    for (const check of checks) {
      const passed = await outcomeOf(
        check,
        indexesWith(({ list }) => list),
      );
      expect([check.name, check.leftOut, passed]).toEqual([check.name, undefined, 'passed']);
      const outcomes = await Promise.all(DEFECTS.map(({ createIndex }) => outcomeOf(check, createIndex)));
      expect([check.name, outcomes.some((outcome) => outcome !== 'passed')]).toEqual([check.name, true]);
    }
  });

  it('throws if an unknown check is left out', () => {
    expect(() => imageIndexChecks({ 'reads minds': 'too hard' })).toThrow(
      'The contract of ImageIndex has no check "reads minds"; imageIndexChecks() lists the names.',
    );
  });
});
