import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quote } from '../../src/domain/errors.ts';
import { formatRange, type RequestedRange } from '../../src/domain/serving/byte-range.ts';
import type { ImageStore, OpenImage, OpenOptions } from '../../src/domain/serving/ports.ts';
import { makeBytes, readBytes } from '../support/image-bytes.ts';

/** A store and the way to fill it. */
export interface FilledStore {
  readonly store: ImageStore;
  /** Puts an image of the type image/jpeg under a key, in the place of what was there. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  end?(): Promise<void>;
}

/**
 * What every adapter of the port `ImageStore` does, whatever is behind it.
 *
 * @param leftOut Titles of what is not asked of it, with the reason. Only where what stands behind it is an imitation.
 */
export const describeImageStore = (
  name: string,
  start: () => Promise<FilledStore>,
  leftOut: Readonly<Record<string, string>> = {},
): void => {
  describe(`${name}, as an image store,`, () => {
    let filled: FilledStore;
    let count = 0;
    beforeAll(async () => {
      filled = await start();
    });
    afterAll(() => filled?.end?.());

    const unknown = new Set(Object.keys(leftOut));
    const claim = (title: string, check: () => Promise<void>) => {
      const reason = leftOut[title];
      unknown.delete(title);
      if (reason === undefined) it(title, check);
      else it.skip(`${title} (left out: ${reason})`, check);
    };

    const put = async (bytes: Uint8Array, key = `images/${++count}.jpeg`): Promise<string> => {
      await filled.put(key, bytes);
      return key;
    };
    const openBytes = async (key: string, options?: OpenOptions) => {
      const { info, range, body } = await filled.store.open(key, options);
      return { info, range, bytes: await readBytes(body) };
    };

    claim('tells size, type, tag and time of an image', async () => {
      const before = Math.floor(Date.now() / 1000) * 1000;
      const key = await put(makeBytes(1234));
      const { size, contentType, etag, lastModified = 0 } = await filled.store.describe(key);
      expect({ size, contentType }).toEqual({ size: 1234, contentType: 'image/jpeg' });
      expect(etag).toMatch(/^"[\x21\x23-\x7e]+"$/);
      // A file system's clock may be behind by a tick; those of HTTP have whole seconds.
      expect(lastModified).toBeGreaterThan(before - 1000);
      expect(lastModified).toBeLessThanOrEqual(Date.now() + 1000);
    });

    claim('tells the same of an image by describe, by open and by opening a part', async () => {
      const key = await put(makeBytes(100));
      const described = await filled.store.describe(key);
      expect((await openBytes(key)).info).toEqual(described);
      expect((await openBytes(key, { range: { first: 10, last: 19 } })).info).toEqual(described);
      expect(await filled.store.describe(key)).toEqual(described);
    });

    claim('gives the bytes of an image, unchanged, in parts of type Uint8Array', async () => {
      const bytes = makeBytes(300_000);
      const key = await put(bytes);
      const { body, range } = await filled.store.open(key);
      expect(range).toBeUndefined();
      const chunks: unknown[] = [];
      for await (const chunk of body) chunks.push(chunk);
      expect(chunks.every((chunk) => chunk instanceof Uint8Array)).toBe(true);
      expect(Buffer.concat(chunks as Uint8Array[]).equals(bytes)).toBe(true);
    });

    claim('gives the bytes anew to each that opens the image', async () => {
      const bytes = makeBytes(5000);
      const key = await put(bytes);
      const [one, other] = await Promise.all([openBytes(key), openBytes(key)]);
      expect(one.bytes.equals(bytes)).toBe(true);
      expect(other.bytes.equals(bytes)).toBe(true);
    });

    for (const { range, first, last } of SATISFIABLE) {
      claim(`gives of 100 bytes those from ${first} to ${last} for ${formatRange(range)}`, async () => {
        const bytes = makeBytes(100);
        const opened = await openBytes(await put(bytes), { range });
        expect(opened.range).toEqual({ first, last });
        expect(opened.info.size).toBe(100);
        expect(opened.bytes).toEqual(bytes.subarray(first, last + 1));
      });
    }

    for (const { size, range } of UNSATISFIABLE) {
      claim(`refuses ${formatRange(range)} of ${size} bytes, and tells the size`, async () => {
        const key = await put(makeBytes(size));
        const opening = filled.store.open(key, { range });
        await expect(opening.then(destroyed)).rejects.toMatchObject({ code: 'range-not-satisfiable', size });
      });
    }

    claim('has an image without a byte', async () => {
      const key = await put(new Uint8Array());
      expect(await filled.store.describe(key)).toMatchObject({ size: 0, contentType: 'image/jpeg' });
      expect(await openBytes(key)).toMatchObject({ info: { size: 0 }, range: undefined, bytes: Buffer.alloc(0) });
    });

    claim('opens the version that is asked for, whole or in part', async () => {
      const key = await put(makeBytes(100));
      const { etag } = await filled.store.describe(key);
      expect((await openBytes(key, { etag })).bytes).toEqual(makeBytes(100));
      expect((await openBytes(key, { etag, range: { suffix: 1 } })).bytes).toEqual(makeBytes(100).subarray(99));
    });

    claim('refuses any other version, before it looks at the range', async () => {
      const key = await put(makeBytes(100));
      const refusal = { code: 'precondition-failed' };
      await expect(filled.store.open(key, { etag: '"another"' }).then(destroyed)).rejects.toMatchObject(refusal);
      await expect(
        filled.store.open(key, { etag: '"another"', range: { first: 500 } }).then(destroyed),
      ).rejects.toMatchObject(refusal);
    });

    claim('serves an image that was replaced, under another tag', async () => {
      const key = await put(makeBytes(100));
      const { etag } = await filled.store.describe(key);
      await put(makeBytes(200), key);
      expect((await openBytes(key)).bytes).toEqual(makeBytes(200));
      expect((await filled.store.describe(key)).etag).not.toBe(etag);
      await expect(filled.store.open(key, { etag }).then(destroyed)).rejects.toMatchObject({
        code: 'precondition-failed',
      });
    });

    for (const key of MISSING_KEYS) {
      claim(`has no image under ${quote(key)} when there is one under "folder/image.jpeg"`, async () => {
        await put(makeBytes(10), 'folder/image.jpeg');
        const missing = { code: 'image-not-found' };
        const options = { etag: '"any"', range: { first: 0 } };
        await expect(filled.store.describe(key)).rejects.toMatchObject(missing);
        await expect(filled.store.open(key).then(destroyed)).rejects.toMatchObject(missing);
        await expect(filled.store.open(key, options).then(destroyed)).rejects.toMatchObject(missing);
      });
    }

    claim('names the key in no message', async () => {
      const key = await put(makeBytes(10), 'secret-folder/secret-name.jpeg');
      const failures = await Promise.all([
        filled.store.describe('secret-folder/missing.jpeg').catch(String),
        filled.store.open('secret-folder/missing.jpeg').catch(String),
        filled.store.open(key, { etag: '"another"' }).catch(String),
        filled.store.open(key, { range: { first: 10 } }).catch(String),
      ]);
      for (const failure of failures) {
        expect(failure).toMatch(/^ImageError: /);
        expect(failure).not.toMatch(/secret|missing/);
      }
    });

    for (const key of ODD_KEYS) {
      claim(`has an image under the key ${quote(key)}`, async () => {
        // The key itself is the image, so that one key's image never passes for another's.
        const bytes = Buffer.from(key);
        await put(bytes, key);
        expect((await openBytes(key)).bytes).toEqual(bytes);
        expect((await filled.store.describe(key)).size).toBe(bytes.length);
      });
    }

    claim('goes on serving when bodies are destroyed before and while they are read', async () => {
      const bytes = makeBytes(300_000);
      const key = await put(bytes);
      const unread = await filled.store.open(key);
      unread.body.destroy();
      const halfRead = await filled.store.open(key);
      for await (const chunk of halfRead.body) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      halfRead.body.destroy();
      expect((await openBytes(key)).bytes.equals(bytes)).toBe(true);
    });

    if (unknown.size > 0)
      throw new Error(`The contract has no claim ${[...unknown].map(quote).join(', ')} to leave out.`);
  });
};

/** Of an image of 100 bytes. */
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

/** Letters that URLs, signatures, XML, shells and file systems each hold for their own. */
const ODD_KEYS: readonly string[] = [
  'odd/with space.jpeg',
  'odd/ space at both ends .jpeg',
  'odd/plus+sign.jpeg',
  'odd/percent%.jpeg',
  'odd/percent%20escape.jpeg',
  'odd/percent%2Fslash.jpeg',
  'odd/percent%252520.jpeg',
  'odd/question?mark=1&more.jpeg',
  'odd/hash#tag.jpeg',
  'odd/semi;colon:comma,.jpeg',
  'odd/at@dollar$equals=.jpeg',
  'odd/quote\'double"quote.jpeg',
  'odd/(round)[square]{curly}<angle>.jpeg',
  'odd/back\\slash.jpeg',
  'odd/star*pipe|caret^tick`tilde~bang!.jpeg',
  'odd/&amp;.jpeg',
  'odd/...jpeg',
  'odd/a..b.jpeg',
  'odd/.hidden.jpeg',
  'odd/~/home.jpeg',
  'odd/-dash.jpeg',
  'odd/UPPER.JPEG',
  'odd/Grüße/日本語/🖼️.jpeg',
  'odd/e\u0301 decomposed.jpeg',
  'odd/\u202eright to left.jpeg',
  'odd/\u200bzero width.jpeg',
  'odd/\u{10ffff}.jpeg',
  `odd/${'a'.repeat(250)}.jpeg`,
  `odd/${'deep/'.repeat(150)}image.jpeg`,
  'odd/no extension',
  'constructor',
  '__proto__',
];

/** What was opened against expectation would hold its connection, and fill the report. */
const destroyed = ({ body, ...opened }: OpenImage): Omit<OpenImage, 'body'> => {
  body.destroy();
  return opened;
};
