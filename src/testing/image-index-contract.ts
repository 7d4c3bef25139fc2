import fc from 'fast-check';
import { quote } from '../domain/errors.ts';
import type { ImageIndex, IndexedImage, IndexPage } from '../domain/listing/ports.ts';
import type { ImageStore } from '../domain/serving/ports.ts';
import { type ContractCheck, createContract } from './contract.ts';
import { expectEqual, expectThat, failure } from './expectations.ts';
import type { FilledStore } from './image-store-contract.ts';
import { ODD_KEYS } from './odd-keys.ts';
import { sampleBytes } from './sample-bytes.ts';

/** An index under test, with the store whose images it lists. */
export interface FilledIndex extends FilledStore {
  readonly index: ImageIndex;
}

/** One claim about every `ImageIndex`. */
export type ImageIndexCheck = ContractCheck<FilledIndex>;

export interface ImageIndexCheckOptions {
  /** Number of generated buckets for each property. By default, fast-check decides. */
  readonly numRuns?: number;
}

/**
 * Returns the contract of the port `ImageIndex` as checks for any test runner, like `imageStoreChecks`. Each check adds
 * its images below another folder.
 *
 * @param leftOut maps the name of a check to the reason why it is left out.
 * @throws Error if `leftOut` contains an unknown name.
 */
export const imageIndexChecks = (
  leftOut: Readonly<Record<string, string>> = {},
  options: ImageIndexCheckOptions = {},
): readonly ImageIndexCheck[] =>
  createContract(
    { port: 'ImageIndex', source: 'imageIndexChecks', checks: [...CHECKS, ...propertiesOf(options)], createSubject },
    leftOut,
  );

/** The index and the helpers that a check uses. */
interface Subject {
  readonly index: ImageIndex;
  readonly store: ImageStore;
  /** Key of a folder that no other check uses. Ends with a slash. */
  readonly folder: string;
  /** Stores an image below the folder. Returns its key. */
  put(name: string, bytes?: Uint8Array): Promise<string>;
  /** Stores images below the folder, in an order that is not the order of a listing. */
  putAll(names: readonly string[]): Promise<void>;
  /** Lists all pages, and returns the keys without the folder. The limits are used in turns. */
  list(prefix: string, limits?: readonly number[]): Promise<readonly string[]>;
}

const createSubject = ({ index, store, put }: FilledIndex): Subject => {
  const folder = `contract-${Math.random().toString(36).slice(2)}/`;
  const putBelow = async (name: string, bytes: Uint8Array = sampleBytes(1)) => {
    await put(folder + name, bytes);
    return folder + name;
  };
  return {
    index,
    store,
    folder,
    put: putBelow,
    putAll: async (names) => {
      for (const name of names.toReversed()) await putBelow(name);
    },
    list: async (prefix, limits) => {
      const images = await listAll(index, folder + prefix, limits);
      expectEqual(
        'keys outside the folder',
        images.filter(({ key }) => !key.startsWith(folder)),
        [],
      );
      return images.map(({ key }) => key.slice(folder.length));
    },
  };
};

/** Lists all pages. */
const listAll = async (
  index: ImageIndex,
  keyPrefix: string,
  limits: readonly number[] = [1000],
): Promise<readonly IndexedImage[]> => {
  const images: IndexedImage[] = [];
  let token: string | undefined;
  for (let calls = 0; calls < MAX_CALLS; calls++) {
    const limit = limits[calls % limits.length] as number;
    const page = await index.list(keyPrefix, { limit, token });
    expectThat(`a page has at most ${limit} images`, page.images.length <= limit, page.images.length);
    images.push(...page.images);
    token = page.next;
    if (token === undefined) return images;
  }
  throw failure('the last page', `none in ${MAX_CALLS} pages`, 'a page without a next one');
};

/** More pages than any check needs. */
const MAX_CALLS = 1_000;

/** In the order of their UTF-8 bytes. Sorted by UTF-16 units, by names of folders, or by a locale, the order differs. */
const IN_ORDER: readonly string[] = [
  'B',
  'a-b',
  'a.jpeg',
  'a/b',
  'a/b.jpeg',
  'a/c/d',
  'a0',
  'aB',
  'a\u0301',
  'b',
  '\u00e1',
  '\ue000',
  '\uff5e',
  '\u{1f600}',
  '\u{10ffff}',
];

const TREE: readonly string[] = ['67/28/a.jpeg', '67/28/b.jpeg', '67/29/a.jpeg', '671.jpeg', '68/28/a.jpeg'];
const PREFIXES: readonly { readonly prefix: string; readonly names: readonly string[] }[] = [
  { prefix: '', names: TREE },
  { prefix: '6', names: TREE },
  { prefix: '67', names: TREE.slice(0, 4) },
  { prefix: '67/', names: TREE.slice(0, 3) },
  { prefix: '67/2', names: TREE.slice(0, 3) },
  { prefix: '67/28/', names: TREE.slice(0, 2) },
  { prefix: '67/28/b.jpeg', names: ['67/28/b.jpeg'] },
  { prefix: '671', names: ['671.jpeg'] },
  { prefix: '67/28/b.jpegs', names: [] },
  { prefix: '67/28/b.jpeg/', names: [] },
  { prefix: '67//', names: [] },
  { prefix: '67/./28', names: [] },
  { prefix: '68/../67', names: [] },
  { prefix: '8', names: [] },
  { prefix: '*', names: [] },
];

const MALFORMED_TOKENS: readonly string[] = ['', '!', 'not a token', 'a'.repeat(2000), '\u0000', '../..'];

const CHECKS: readonly { readonly name: string; check(subject: Subject): Promise<void> }[] = [
  {
    name: 'lists keys in the order of their UTF-8 bytes',
    check: async ({ putAll, list }) => {
      await putAll(IN_ORDER);
      expectEqual('the keys', await list(''), IN_ORDER);
      expectEqual('the keys in pages of 1', await list('', [1]), IN_ORDER);
    },
  },
  ...PREFIXES.map(({ prefix, names }) => ({
    name: `lists ${names.length} of ${TREE.length} keys for the prefix ${quote(prefix)}`,
    check: async ({ putAll, list }: Subject) => {
      await putAll(TREE);
      expectEqual('the keys', await list(prefix), names);
      expectEqual('the keys in pages of 2', await list(prefix, [2]), names);
    },
  })),
  {
    name: 'lists all keys for an empty prefix',
    check: async ({ index, put }) => {
      const keys = [await put('a.jpeg'), await put('b/c.jpeg')];
      const found = (await listAll(index, '')).map(({ key }) => key);
      expectEqual(
        'the keys',
        found.filter((key) => keys.includes(key)),
        keys,
      );
    },
  },
  {
    name: 'describes size, ETag and time as the store does',
    check: async ({ index, store, folder, put }) => {
      for (const size of [0, 1, 1000]) await put(`${size}.jpeg`, sampleBytes(size));
      const images = await listAll(index, folder);
      expectEqual(
        'the sizes',
        images.map(({ size }) => size),
        [0, 1, 1000],
      );
      for (const { key, ...found } of images) {
        const { size, etag, lastModified } = await store.describe(key);
        expectEqual(`the description of ${quote(key)}`, found, { size, etag, lastModified });
      }
    },
  },
  {
    name: 'lists a replaced image once, with its new size and ETag',
    check: async ({ index, store, put }) => {
      const key = await put('a.jpeg', sampleBytes(1));
      await listAll(index, key);
      await put('a.jpeg', sampleBytes(2));
      const { etag } = await store.describe(key);
      const images = await listAll(index, key);
      expectEqual(
        'the images',
        images.map((image) => [image.key, image.size, image.etag]),
        [[key, 2, etag]],
      );
    },
  },
  {
    name: 'lists an image that was added after an earlier listing',
    check: async ({ put, list }) => {
      await put('b.jpeg');
      expectEqual('the keys', await list(''), ['b.jpeg']);
      await put('a.jpeg');
      expectEqual('the keys', await list(''), ['a.jpeg', 'b.jpeg']);
    },
  },
  {
    name: 'returns the same page again for the same token',
    check: async ({ index, folder, putAll }) => {
      await putAll(['1', '2', '3', '4', '5']);
      let token: string | undefined;
      for (let calls = 0; calls === 0 || token !== undefined; calls++) {
        expectThat('the listing ends', calls < 10, `${calls} pages`);
        const options = { limit: 2, token };
        const pages = await Promise.all([index.list(folder, options), index.list(folder, options)]);
        const page = await index.list(folder, options);
        expectEqual('the pages', pages, [page, page]);
        token = page.next;
      }
    },
  },
  {
    name: 'continues several listings at the same time',
    check: async ({ putAll, list }) => {
      await putAll(TREE);
      const found = await Promise.all([list('67/', [1]), list('67/', [1]), list('', [2])]);
      expectEqual('the keys', found, [TREE.slice(0, 3), TREE.slice(0, 3), TREE]);
    },
  },
  ...MALFORMED_TOKENS.map((token) => ({
    name: `rejects the token ${quote(token)} with invalid-cursor`,
    check: async ({ index, folder, put }: Subject) => {
      await put('a.jpeg');
      const { code } = await rejectionOf(index.list(folder, { limit: 1, token }));
      expectEqual('the code of the error', code, 'invalid-cursor');
    },
  })),
  {
    name: 'lists no key outside the prefix for a token of another prefix',
    check: async ({ index, folder, putAll }) => {
      await putAll(['a/1', 'a/2', 'b/1', 'b/2', 'c/1', 'c/2']);
      const { next: token } = await index.list(`${folder}b/`, { limit: 1 });
      expectThat('there is a next page', token !== undefined, token);
      for (const prefix of [`${folder}a/`, `${folder}c/`]) {
        const outcome = await index.list(prefix, { limit: 10, token }).catch((error) => error);
        if ('images' in outcome) {
          const { images } = outcome as IndexPage;
          expectEqual(
            'keys without the prefix',
            images.filter(({ key }) => !key.startsWith(prefix)),
            [],
          );
        } else expectEqual('the code of the error', outcome.code ?? String(outcome), 'invalid-cursor');
      }
    },
  },
  {
    name: 'rejects with the reason of a signal that has aborted',
    check: async ({ index, folder, put }) => {
      await put('a.jpeg');
      const reason = new Error('deadline');
      const found = await rejectionOf(index.list(folder, { limit: 1, signal: AbortSignal.abort(reason) }));
      expectThat('the index rejects with the reason', found === reason, found);
    },
  },
  ...ODD_KEYS.map((name) => ({
    name: `lists an image under the key ${quote(name)}`,
    check: async ({ put, list }: Subject) => {
      await put(name);
      expectEqual('the keys', await list(''), [name]);
      expectEqual('the keys with this prefix', await list(name), [name]);
    },
  })),
];

const propertiesOf = ({ numRuns }: ImageIndexCheckOptions): typeof CHECKS => [
  {
    name: 'lists each key of a bucket once, in order, for any prefix and any page sizes',
    check: async ({ putAll, list }) => {
      let buckets = 0;
      const property = fc.asyncProperty(BUCKETS, LIMITS, PREFIX_CUTS, async (names, limits, { of, length }) => {
        const bucket = `${++buckets}/`;
        const inOrder = names.toSorted(compareUtf8);
        await putAll(inOrder.map((name) => bucket + name));
        // Cut by code points: half of a surrogate pair cannot be the end of a prefix.
        const prefix = [...(names[of % names.length] ?? '')].slice(0, length).join('');
        const expected = inOrder.filter((name) => name.startsWith(prefix));
        const found = await list(bucket + prefix, limits);
        expectEqual(
          'the keys',
          found,
          expected.map((name) => bucket + name),
        );
      });
      await fc.assert(property, numRuns === undefined ? {} : { numRuns });
    },
  },
];

const SEGMENTS = fc
  .string({ unit: fc.constantFrom(...'ab0-.é\ue000～😀'), minLength: 1, maxLength: 3 })
  .filter((segment) => segment !== '.' && segment !== '..');

/** Names of the images of a bucket. No image is also a folder, because file systems cannot have both. */
const BUCKETS = fc
  .uniqueArray(
    fc.array(SEGMENTS, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/')),
    { maxLength: 12 },
  )
  .map((names) => names.filter((name) => !names.some((other) => other.startsWith(`${name}/`))));

const LIMITS = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });

const PREFIX_CUTS = fc.record({ of: fc.nat({ max: 11 }), length: fc.nat({ max: 6 }) });

/** Compares code points, which have the order of their UTF-8 bytes. */
const compareUtf8 = (one: string, other: string): number => {
  const points = [...one];
  const others = [...other];
  const index = points.findIndex((point, at) => point !== others[at]);
  if (index < 0) return points.length - others.length;
  return (points[index]?.codePointAt(0) ?? 0) - (others[index]?.codePointAt(0) ?? -1);
};

/** Returns the error with which `listing` rejects. */
const rejectionOf = async (listing: Promise<IndexPage>): Promise<{ readonly code?: unknown }> =>
  listing.then(
    () => {
      throw failure('the outcome', 'a page', 'an ImageError');
    },
    (error) => error,
  );
