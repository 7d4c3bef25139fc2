import { quote } from '../domain/errors.ts';
import { formatRange, type RequestedRange } from '../domain/serving/byte-range.ts';
import type { ImageBody, ImageInfo, ImageStore, OpenImage, OpenOptions } from '../domain/serving/ports.ts';
import { type ContractCheck, createContract } from './contract.ts';
import { expectEqual, expectThat, failure } from './expectations.ts';
import { ODD_KEYS } from './odd-keys.ts';
import { sampleBytes } from './sample-bytes.ts';

/** A store under test, and a function that adds images to it. */
export interface FilledStore {
  readonly store: ImageStore;
  /** Stores an image of type image/jpeg under a key. Replaces an existing image. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Releases the resources of the store. Called after each check. */
  end?(): Promise<void>;
}

/** One claim about every `ImageStore`. */
export type ImageStoreCheck = ContractCheck<FilledStore>;

/**
 * Returns the contract of the port `ImageStore` as checks for any test runner:
 *
 *     for (const { name, run } of imageStoreChecks()) test(name, () => run(createStore));
 *
 * @param leftOut maps the name of a check to the reason why it is left out. The check stays in the list with its
 * reason, so that a runner can report it as skipped.
 * @throws Error if `leftOut` contains an unknown name.
 */
export const imageStoreChecks = (leftOut: Readonly<Record<string, string>> = {}): readonly ImageStoreCheck[] =>
  createContract({ port: 'ImageStore', source: 'imageStoreChecks', checks: CHECKS, createSubject }, leftOut);

/** The store and the helpers that a check uses. */
interface Subject {
  readonly store: ImageStore;
  /** Stores bytes under `key`, by default a key that no other image has. Returns the key. */
  put(bytes: Uint8Array, key?: string): Promise<string>;
  /** Opens an image and reads it to its end. */
  read(key: string, options?: OpenOptions): Promise<Omit<OpenImage, 'body'> & { readonly bytes: Uint8Array }>;
}

const createSubject = ({ store, put }: FilledStore): Subject => {
  let count = 0;
  return {
    store,
    put: async (bytes, key = `images/${++count}.jpeg`) => {
      await put(key, bytes);
      return key;
    },
    read: async (key, options) => {
      const { info, range, body } = await store.open(key, options);
      return { info, range, bytes: await readBytes(body) };
    },
  };
};

/** Ranges of an image of 100 bytes. */
const SATISFIABLE: readonly { range: RequestedRange; first: number; last: number }[] = [
  { range: { first: 0, last: 0 }, first: 0, last: 0 },
  { range: { first: 2, last: 5 }, first: 2, last: 5 },
  { range: { first: 99, last: 99 }, first: 99, last: 99 },
  { range: { first: 0 }, first: 0, last: 99 },
  { range: { first: 90 }, first: 90, last: 99 },
  { range: { first: 90, last: 5000 }, first: 90, last: 99 },
  { range: { first: 90, last: Number.MAX_SAFE_INTEGER }, first: 90, last: 99 },
  { range: { suffix: 1 }, first: 99, last: 99 },
  { range: { suffix: 30 }, first: 70, last: 99 },
  { range: { suffix: 100 }, first: 0, last: 99 },
  { range: { suffix: 5000 }, first: 0, last: 99 },
];

const UNSATISFIABLE: readonly { size: number; range: RequestedRange }[] = [
  { size: 100, range: { first: 100 } },
  { size: 100, range: { first: 100, last: 200 } },
  { size: 100, range: { first: Number.MAX_SAFE_INTEGER } },
  { size: 100, range: { suffix: 0 } },
  { size: 0, range: { first: 0 } },
  { size: 0, range: { first: 0, last: 0 } },
  { size: 0, range: { suffix: 1 } },
];

const MISSING_KEYS: readonly string[] = [
  'missing.jpeg',
  'missing/folder/image.jpeg',
  'folder',
  'folder/',
  'folder/image.jpeg/',
  'folder/image.jpeg/more.jpeg',
  'folder/image',
  'older/image.jpeg',
];

const CHECKS: readonly { readonly name: string; check(subject: Subject): Promise<void> }[] = [
  {
    name: 'describes size, type, ETag and time of an image',
    check: async ({ store, put }) => {
      const before = Math.floor(Date.now() / 1000) * 1000;
      const key = await put(sampleBytes(1234));
      const { size, contentType, etag, lastModified } = await store.describe(key);
      expectEqual('size and type', { size, contentType }, { size: 1234, contentType: 'image/jpeg' });
      expectThat('the ETag is strong', etag !== undefined && /^"[\x21\x23-\x7e]+"$/.test(etag), etag);
      // The clock of a file system may be one tick behind, and HTTP dates have whole seconds.
      const isNow = lastModified !== undefined && lastModified > before - 1000 && lastModified <= Date.now() + 1000;
      expectThat('the image was modified just now', isNow, lastModified);
    },
  },
  {
    name: 'returns the same info from describe, open and open with a range',
    check: async ({ store, put, read }) => {
      const key = await put(sampleBytes(100));
      const described = await store.describe(key);
      expectEqual('the info of open', (await read(key)).info, described);
      expectEqual('the info of a range', (await read(key, { range: { first: 10, last: 19 } })).info, described);
      expectEqual('the info of another describe', await store.describe(key), described);
    },
  },
  {
    name: 'reads the bytes of an image unchanged, in chunks of type Uint8Array',
    check: async ({ store, put }) => {
      const bytes = sampleBytes(300_000);
      const { body, range } = await store.open(await put(bytes));
      expectEqual('the range', range, undefined);
      expectBytes(await readBytes(body), bytes);
    },
  },
  {
    name: 'reads all bytes from each of two bodies that are open at the same time',
    check: async ({ put, read }) => {
      const bytes = sampleBytes(5000);
      const key = await put(bytes);
      const [one, other] = await Promise.all([read(key), read(key)]);
      expectBytes(one.bytes, bytes);
      expectBytes(other.bytes, bytes);
    },
  },
  ...SATISFIABLE.map(({ range, first, last }) => ({
    name: `reads bytes ${first} to ${last} of 100 for ${formatRange(range)}`,
    check: async ({ put, read }: Subject) => {
      const bytes = sampleBytes(100);
      const opened = await read(await put(bytes), { range });
      expectEqual('the range', opened.range, { first, last });
      expectEqual('the size', opened.info.size, 100);
      expectBytes(opened.bytes, bytes.subarray(first, last + 1));
    },
  })),
  ...UNSATISFIABLE.map(({ size, range }) => ({
    name: `rejects ${formatRange(range)} of ${size} bytes, with the size`,
    check: async ({ store, put }: Subject) => {
      const error = await rejectionOf(store.open(await put(sampleBytes(size)), { range }));
      expectEqual('code and size', { code: error.code, size: error.size }, { code: 'range-not-satisfiable', size });
    },
  })),
  {
    name: 'reads an image of 0 bytes',
    check: async ({ store, put, read }) => {
      const key = await put(new Uint8Array());
      const { size, contentType } = await store.describe(key);
      expectEqual('size and type', { size, contentType }, { size: 0, contentType: 'image/jpeg' });
      const opened = await read(key);
      expectEqual('size and range', [opened.info.size, opened.range], [0, undefined]);
      expectBytes(opened.bytes, new Uint8Array());
    },
  },
  {
    name: 'opens the version with the given ETag, whole or in part',
    check: async ({ store, put, read }) => {
      const bytes = sampleBytes(100);
      const key = await put(bytes);
      const { etag } = await store.describe(key);
      expectBytes((await read(key, { etag })).bytes, bytes);
      expectBytes((await read(key, { etag, range: { suffix: 1 } })).bytes, bytes.subarray(99));
    },
  },
  {
    name: 'rejects another ETag, and does so before an unsatisfiable range',
    check: async ({ store, put }) => {
      const key = await put(sampleBytes(100));
      await expectRejection('precondition-failed', store.open(key, { etag: '"another"' }));
      await expectRejection('precondition-failed', store.open(key, { etag: '"another"', range: { first: 500 } }));
    },
  },
  {
    name: 'serves a replaced image under another ETag',
    check: async ({ store, put, read }) => {
      const key = await put(sampleBytes(100));
      const { etag } = await store.describe(key);
      await put(sampleBytes(200), key);
      expectBytes((await read(key)).bytes, sampleBytes(200));
      const { etag: replaced } = await store.describe(key);
      expectThat('the ETag changed', replaced !== etag, replaced);
      await expectRejection('precondition-failed', store.open(key, { etag }));
    },
  },
  ...MISSING_KEYS.map((key) => ({
    name: `finds no image under ${quote(key)} if there is one under "folder/image.jpeg"`,
    check: async ({ store, put }: Subject) => {
      await put(sampleBytes(10), 'folder/image.jpeg');
      await expectRejection('image-not-found', store.describe(key));
      await expectRejection('image-not-found', store.open(key));
      await expectRejection('image-not-found', store.open(key, { etag: '"any"', range: { first: 0 } }));
    },
  })),
  {
    name: 'rejects with an ImageError whose message does not contain the key',
    check: async ({ store, put }) => {
      const key = await put(sampleBytes(10), 'secret-folder/secret-name.jpeg');
      for (const attempt of [
        () => store.describe('secret-folder/missing.jpeg'),
        () => store.open('secret-folder/missing.jpeg'),
        () => store.open(key, { etag: '"another"' }),
        () => store.open(key, { range: { first: 10 } }),
      ]) {
        const { name, message } = await rejectionOf(attempt());
        expectEqual('the name of the error', name, 'ImageError');
        expectThat('the message does not contain the key', !/secret|missing/.test(String(message)), message);
      }
    },
  },
  ...ODD_KEYS.map((key) => ({
    name: `reads an image under the key ${quote(key)}`,
    check: async ({ store, put, read }: Subject) => {
      // The bytes are the key itself, so the image of another key would not pass.
      const bytes = new TextEncoder().encode(key);
      await put(bytes, key);
      expectBytes((await read(key)).bytes, bytes);
      expectEqual('the size', (await store.describe(key)).size, bytes.length);
    },
  })),
  {
    name: 'rejects with the reason of a signal that has aborted',
    check: async ({ store, put }) => {
      const key = await put(sampleBytes(10));
      const reason = new Error('deadline');
      const signal = AbortSignal.abort(reason);
      const described = await rejectionOf(store.describe(key, { signal }));
      expectThat('describe rejects with the reason', described === reason, described);
      const opened = await rejectionOf(store.open(key, { signal }));
      expectThat('open rejects with the reason', opened === reason, opened);
    },
  },
  {
    name: 'keeps serving after bodies are destroyed before and while they are read',
    check: async ({ store, put, read }) => {
      const bytes = sampleBytes(300_000);
      const key = await put(bytes);
      (await store.open(key)).body.destroy();
      const { body } = await store.open(key);
      for await (const chunk of body) {
        expectThat('the first chunk has bytes', chunk.length > 0, chunk.length);
        break;
      }
      body.destroy();
      expectBytes((await read(key)).bytes, bytes);
    },
  },
];

const readBytes = async (body: ImageBody): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array)) throw failure('the type of a chunk', typeof chunk, 'Uint8Array');
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let length = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes;
};

/** The properties of an error that the contract checks. */
interface Rejection {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly size?: unknown;
}

/** Returns the error with which `attempt` rejects. Destroys a body that was opened instead. */
const rejectionOf = async (attempt: Promise<OpenImage | ImageInfo>): Promise<Rejection> => {
  const [result, error] = await attempt.then(
    (value) => [value, undefined] as const,
    (reason: Rejection) => [undefined, reason] as const,
  );
  if (result === undefined) return error;
  if ('body' in result) result.body.destroy();
  throw failure('the outcome', 'an image', 'an ImageError');
};

const expectRejection = async (code: string, attempt: Promise<OpenImage | ImageInfo>): Promise<void> => {
  const error = await rejectionOf(attempt);
  // An unexpected error has no code, so its text explains more.
  expectEqual('the code of the error', error.code ?? String(error), code);
};

const expectBytes = (found: Uint8Array, expected: Uint8Array): void => {
  if (found.length !== expected.length) throw failure('the bytes', `${found.length} bytes`, `${expected.length}`);
  const index = found.findIndex((byte, at) => byte !== expected[at]);
  if (index >= 0) throw failure(`byte ${index} of ${found.length}`, `${found[index]}`, `${expected[index]}`);
};
