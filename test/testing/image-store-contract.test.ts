import { describe, expect, it } from 'vitest';
import { createMemoryImageStore, type MemoryImage } from '../../src/adapters/memory-image-store.ts';
import { ImageError } from '../../src/domain/errors.ts';
import type { ImageBody, ImageStore } from '../../src/domain/serving/ports.ts';
import { type FilledStore, type ImageStoreCheck, imageStoreChecks } from '../../src/testing/index.ts';

/** Returns a function that creates memory stores with a defect. */
const storesWith =
  (defect: (store: ImageStore, images: Map<string, MemoryImage>) => ImageStore, contentType = 'image/jpeg') =>
  async (): Promise<FilledStore> => {
    const images = new Map<string, MemoryImage>();
    let version = 0;
    return {
      store: defect(createMemoryImageStore(images), images),
      put: async (key, bytes) => {
        images.set(key, { bytes, etag: `"${++version}"`, lastModified: Date.now(), contentType });
      },
    };
  };

/** Wraps a store and changes its bodies. */
const withBodies = (store: ImageStore, change: (body: ImageBody) => ImageBody): ImageStore => ({
  ...store,
  open: async (key, options) => {
    const opened = await store.open(key, options);
    return { ...opened, body: change(opened.body) };
  },
});

/** Wraps a body and changes its chunks. */
const mapChunks = (body: ImageBody, change: (chunk: Uint8Array) => unknown): ImageBody => ({
  destroy: (error) => body.destroy(error),
  async *[Symbol.asyncIterator]() {
    for await (const chunk of body) yield change(chunk) as Uint8Array;
  },
});

/** Wraps a store and changes its errors. */
const withError = (store: ImageStore, change: (error: ImageError, key: string) => unknown): ImageStore => ({
  describe: (key) => store.describe(key).catch((error) => Promise.reject(change(error, key))),
  open: (key, options) => store.open(key, options).catch((error) => Promise.reject(change(error, key))),
});

interface Defect {
  readonly title: string;
  readonly createStore: () => Promise<FilledStore>;
  /** Name of a check that finds the defect. */
  readonly check: string;
  /** Start or part of the message of that check. */
  readonly message: string;
}

const DEFECTS: readonly Defect[] = [
  {
    title: 'describes a size that is one byte too large',
    createStore: storesWith((store) => ({
      ...store,
      describe: async (key) => {
        const info = await store.describe(key);
        return { ...info, size: info.size + 1 };
      },
    })),
    check: 'describes size, type, ETag and time of an image',
    message:
      'size and type: expected {"contentType":"image/jpeg","size":1234}, found {"contentType":"image/jpeg","size":1235}',
  },
  {
    title: 'describes no content type',
    createStore: storesWith((store) => store, ''),
    check: 'reads an image of 0 bytes',
    message: 'size and type: expected {"contentType":"image/jpeg","size":0}, found {"contentType":"","size":0}',
  },
  {
    title: 'has weak ETags',
    createStore: storesWith((store) => ({
      ...store,
      describe: async (key) => ({ ...(await store.describe(key)), etag: 'W/"1"' }),
    })),
    check: 'describes size, type, ETag and time of an image',
    message: 'the ETag is strong: expected this to be true, found "W/\\"1\\""',
  },
  {
    title: 'returns different info from open and describe',
    createStore: storesWith((store) => ({
      ...store,
      open: async (key, options) => {
        const opened = await store.open(key, options);
        return { ...opened, info: { ...opened.info, cacheControl: 'no-store' } };
      },
    })),
    check: 'returns the same info from describe, open and open with a range',
    message: 'the info of open: expected {"contentType":"image/jpeg","etag":"\\"1\\"",',
  },
  {
    title: 'changes a byte',
    createStore: storesWith((store) =>
      withBodies(store, (body) =>
        mapChunks(body, (chunk) => chunk.map((byte, index) => (index === 0 ? byte ^ 1 : byte))),
      ),
    ),
    check: 'reads the bytes of an image unchanged, in chunks of type Uint8Array',
    message: 'byte 0 of 300000: expected ',
  },
  {
    title: 'returns chunks of text',
    createStore: storesWith((store) => withBodies(store, (body) => mapChunks(body, String))),
    check: 'reads the bytes of an image unchanged, in chunks of type Uint8Array',
    message: 'the type of a chunk: expected Uint8Array, found string',
  },
  {
    title: 'loses a byte',
    createStore: storesWith((store) => withBodies(store, (body) => mapChunks(body, (chunk) => chunk.subarray(1)))),
    check: 'opens the version with the given ETag, whole or in part',
    message: 'the bytes: expected 100, found 99 bytes',
  },
  {
    title: 'returns the same body from each open',
    createStore: storesWith((store) => {
      const opened = new Map<string, ReturnType<ImageStore['open']>>();
      return {
        ...store,
        open: (key, options) => {
          if (options !== undefined) return store.open(key, options);
          opened.set(key, opened.get(key) ?? store.open(key));
          return opened.get(key) as ReturnType<ImageStore['open']>;
        },
      };
    }),
    check: 'keeps serving after bodies are destroyed before and while they are read',
    message: 'Premature close',
  },
  {
    title: 'ignores ranges',
    createStore: storesWith((store) => ({
      ...store,
      open: (key, options) => store.open(key, { etag: options?.etag }),
    })),
    check: 'reads bytes 2 to 5 of 100 for bytes=2-5',
    message: 'the range: expected {"first":2,"last":5}, found undefined',
  },
  {
    title: 'opens unsatisfiable ranges',
    createStore: storesWith((store) => ({
      ...store,
      open: (key, options) => store.open(key, options).catch(() => store.open(key)),
    })),
    check: 'rejects bytes=-0 of 100 bytes, with the size',
    message: 'the outcome: expected an ImageError, found an image',
  },
  {
    title: 'ignores ETags',
    createStore: storesWith((store) => ({
      ...store,
      open: (key, options) => store.open(key, { range: options?.range }),
    })),
    check: 'rejects another ETag, and does so before an unsatisfiable range',
    message: 'the outcome: expected an ImageError, found an image',
  },
  {
    title: 'checks the range before the ETag',
    createStore: storesWith((store) => ({
      ...store,
      open: async (key, options) => {
        await store.open(key, { range: options?.range });
        return store.open(key, options);
      },
    })),
    check: 'rejects another ETag, and does so before an unsatisfiable range',
    message: 'the code of the error: expected "precondition-failed", found "range-not-satisfiable"',
  },
  {
    title: 'keeps the ETag of an image that is replaced',
    createStore: storesWith((store) => ({
      describe: async (key) => ({ ...(await store.describe(key)), etag: '"1"' }),
      open: (key, { range } = {}) => store.open(key, { range }),
    })),
    check: 'serves a replaced image under another ETag',
    message: 'the ETag changed: expected this to be true, found "\\"1\\""',
  },
  {
    title: 'finds an image under every key',
    createStore: storesWith((store, images) => {
      const found = (key: string) => (images.has(key) ? key : ([...images.keys()][0] ?? key));
      return {
        describe: (key) => store.describe(found(key)),
        open: (key, options) => store.open(found(key), options),
      };
    }),
    check: 'finds no image under "folder" if there is one under "folder/image.jpeg"',
    message: 'the outcome: expected an ImageError, found an image',
  },
  {
    title: 'finds no image',
    createStore: storesWith(() => createMemoryImageStore(new Map())),
    check: 'reads an image under the key "odd/hash#tag.jpeg"',
    message: 'There is no image at this path.',
  },
  {
    title: 'rejects with an error that is not an ImageError',
    createStore: storesWith((store) => withError(store, () => new TypeError('broken'))),
    check: 'finds no image under "missing.jpeg" if there is one under "folder/image.jpeg"',
    message: 'the code of the error: expected "image-not-found", found "TypeError: broken"',
  },
  {
    title: 'rejects ranges without the size',
    createStore: storesWith((store) => withError(store, ({ code, message }) => new ImageError(code, message))),
    check: 'rejects bytes=100- of 100 bytes, with the size',
    message:
      'code and size: expected {"code":"range-not-satisfiable","size":100}, found {"code":"range-not-satisfiable"}',
  },
  {
    title: 'includes the key in its messages',
    createStore: storesWith((store) => withError(store, ({ code }, key) => new ImageError(code, `No image at ${key}`))),
    check: 'rejects with an ImageError whose message does not contain the key',
    message:
      'the message does not contain the key: expected this to be true, found "No image at secret-folder/missing.jpeg"',
  },
];

const outcomeOf = ({ run }: ImageStoreCheck, createStore: () => Promise<FilledStore>): Promise<unknown> =>
  run(createStore).then(
    () => 'passed',
    (error: Error) => error.message,
  );

describe('imageStoreChecks', () => {
  it.each(DEFECTS)('fails for a store that $title', async ({ createStore, check, message }) => {
    const found = imageStoreChecks().filter(({ name }) => name === check);
    expect(found).toHaveLength(1);
    for (const one of found) expect(await outcomeOf(one, createStore)).toContain(message);
  });

  it('returns checks with unique names that pass without a defect and fail for at least one defect', async () => {
    const checks = imageStoreChecks();
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
    for (const check of checks) {
      expect(check.leftOut).toBeUndefined();
      expect([
        check.name,
        await outcomeOf(
          check,
          storesWith((store) => store),
        ),
      ]).toEqual([check.name, 'passed']);
      const outcomes = await Promise.all(DEFECTS.map(({ createStore }) => outcomeOf(check, createStore)));
      expect([check.name, outcomes.some((outcome) => outcome !== 'passed')]).toEqual([check.name, true]);
    }
  });

  it('marks a check that is left out with its reason', () => {
    const name = 'reads an image of 0 bytes';
    const checks = imageStoreChecks({ [name]: 'the emulator refuses it' });
    expect(checks).toHaveLength(imageStoreChecks().length);
    expect(checks.filter(({ leftOut }) => leftOut !== undefined)).toMatchObject([
      { name, leftOut: 'the emulator refuses it' },
    ]);
  });

  it('throws if an unknown check is left out', () => {
    expect(() => imageStoreChecks({ 'reads minds': 'too hard' })).toThrow(
      'The contract of ImageStore has no check "reads minds"; imageStoreChecks() lists the names.',
    );
  });

  it('ends the store after each check, whether it passes or fails', async () => {
    for (const defect of [(store: ImageStore) => store, () => createMemoryImageStore(new Map())]) {
      let ends = 0;
      const createStore = async () => ({
        ...(await storesWith(defect)()),
        end: async () => {
          ends++;
        },
      });
      for (const check of imageStoreChecks().slice(0, 3)) await outcomeOf(check, createStore);
      expect(ends).toBe(3);
    }
  });
});
