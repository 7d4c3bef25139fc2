import fc from 'fast-check';
import { createListImages, type ListedImage } from '../domain/listing/list-images.ts';
import type { ImageIndex } from '../domain/listing/ports.ts';
import { compareCodePoints } from '../domain/mapping/code-point-order.ts';
import { formatImagePath, type ImagePath, parseImagePath } from '../domain/mapping/image-path.ts';
import type { PathMapping } from '../domain/mapping/path-mapping.ts';
import { imagePaths, pathsMatching } from './arbitraries.ts';
import { keysNear, type Law, law, resultOf } from './laws.ts';

/** Laws of the listings of every mapping. Their properties are asynchronous: await `fc.assert`. */
export const listingLaws = (mapping: PathMapping): readonly Law[] => {
  const matchingPaths = pathsMatching(mapping);
  const paths = fc.oneof({ weight: 3, arbitrary: matchingPaths }, { weight: 1, arbitrary: imagePaths() });
  const keyOf = (path: ImagePath) => resultOf(() => mapping.keyOf(path), ['unknown-path', 'invalid-path'])?.key;
  const pathIn = (key: string, prefix: string) => mapping.pathsOf(key).find((path) => path.startsWith(prefix));

  const listings: fc.Arbitrary<Listing> = fc
    .record({
      images: fc.array(paths, { maxLength: 8 }),
      otherKeys: fc.array(fc.oneof(keysNear(mapping, matchingPaths), imagePaths()), { maxLength: 4 }),
      prefix: fc.oneof(cutPaths(paths), fc.constant('')),
      limits: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
      parts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
      // An index page may be empty, but not every one.
      indexPages: fc.array(fc.nat({ max: 3 }), { maxLength: 5 }).map((sizes) => [...sizes, 1]),
    })
    .chain((listing) =>
      // Prefixes of unrelated paths are rarely those of an image.
      fc
        .oneof(fc.constant(listing.prefix), ...listing.images.map((path) => cutPaths(fc.constant(path))))
        .map((prefix) => ({ ...listing, prefix })),
    )
    .map(({ images, otherKeys, ...listing }) => ({
      ...listing,
      keys: [...new Set([...images.flatMap((path) => keyOf(path) ?? []), ...otherKeys])].sort(compareCodePoints),
    }));

  return [
    law(
      'the key of every path that starts with a prefix starts with a key prefix',
      fc.tuple(paths, fc.nat()),
      ([path, length]) => {
        const key = keyOf(path);
        // A key of a route that drops names does not lead back to the path.
        if (key === undefined || !mapping.pathsOf(key).includes(path)) return true;
        return mapping.keyPrefixesOf(cut(path, length)).some((prefix) => key.startsWith(prefix));
      },
    ),
    law('no key prefix starts with another, and they are sorted', fc.oneof(cutPaths(paths), fc.string()), (prefix) => {
      const keyPrefixes = mapping.keyPrefixesOf(prefix);
      return keyPrefixes.every((keyPrefix, index) => {
        const [previous] = keyPrefixes.slice(0, index).slice(-1);
        const isCovered = keyPrefixes.some((other) => other !== keyPrefix && keyPrefix.startsWith(other));
        return !isCovered && (previous === undefined || compareCodePoints(previous, keyPrefix) < 0);
      });
    }),
    asyncLaw('all pages together list every image once, in the order of the keys', listings, async (listing) => {
      const listed = await listAll(mapping, listing);
      const expected = listing.keys.flatMap((key) => pathIn(key, listing.prefix) ?? []);
      return JSON.stringify(listed.map(({ path }) => path)) === JSON.stringify(expected.map(formatImagePath));
    }),
    asyncLaw('every listed path starts with the prefix and leads to its key', listings, async (listing) => {
      const listed = await listAll(mapping, listing);
      return listed.every(({ path, size }) => {
        const decoded = parseImagePath(path);
        return decoded.startsWith(listing.prefix) && keyOf(decoded) === listing.keys[size];
      });
    }),
  ];
};

interface Listing {
  /** In the order of their UTF-8 bytes. */
  readonly keys: readonly string[];
  readonly prefix: string;
  /** The limit of each page. The last one applies to all pages after it. */
  readonly limits: readonly number[];
  /** The number of parts after which a page is abandoned. */
  readonly parts: readonly number[];
  /** The number of keys that each call of the image index returns at most, again and again. */
  readonly indexPages: readonly number[];
}

const asyncLaw = <Input>(
  name: string,
  arbitrary: fc.Arbitrary<Input>,
  holds: (input: Input) => Promise<boolean>,
): Law => ({ name, property: fc.asyncProperty(arbitrary, holds) as fc.IRawProperty<unknown> });

/** Starts of paths that end at any character. A segment `.` or `..` at the end is not the start of a path. */
const cutPaths = (paths: fc.Arbitrary<ImagePath>): fc.Arbitrary<string> =>
  fc
    .tuple(paths, fc.nat())
    .map(([path, length]) => cut(path, length))
    .filter((prefix) => !/(?:^|\/)\.{1,2}$/.test(prefix));

const cut = (path: ImagePath, length: number): string => {
  const characters = [...path];
  return characters.slice(0, length % (characters.length + 1)).join('');
};

const listAll = async (mapping: PathMapping, listing: Listing): Promise<readonly ListedImage[]> => {
  const { prefix, limits, parts } = listing;
  const listImages = createListImages({ mapping, index: createIndex(listing) });
  const listed: ListedImage[] = [];
  let next: string | null | undefined;
  for (let page = 0; next !== null; page++) {
    const [limit, maxParts] = [limits[page % limits.length] as number, parts[page % parts.length] as number];
    // A slash in front, because parsing ignores one.
    const request = { prefix: `/${encodePrefix(prefix)}`, limit, cursor: next ?? undefined };
    let [count, images] = [0, 0];
    for await (const part of listImages(request)) {
      listed.push(...part.images);
      next = part.next;
      images += part.images.length;
      count += 1;
      if (count === maxParts) break;
    }
    if (count === 0) throw new Error('The page has no part.');
    if (images > limit) throw new Error(`The page has ${images} images, but its limit is ${limit}.`);
  }
  return listed;
};

const encodePrefix = (prefix: string): string => formatImagePath(prefix as ImagePath);

/** An image index in memory. The size of an image is the number of its key. */
const createIndex = ({ keys, indexPages }: Listing): ImageIndex => {
  let calls = 0;
  return {
    list: async (keyPrefix, { limit, token = '0' }) => {
      const found = keys.flatMap((key, size) =>
        key.startsWith(keyPrefix) ? { key, size, etag: undefined, lastModified: undefined } : [],
      );
      const start = Number(token);
      const end = start + Math.min(limit, indexPages[calls % indexPages.length] as number);
      calls += 1;
      return { images: found.slice(start, end), next: end < found.length ? String(end) : undefined };
    },
  };
};
