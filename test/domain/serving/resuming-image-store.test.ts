import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryImageStore, type MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { createWatchdog } from '../../../src/adapters/watchdog.ts';
import { ImageError, type ImageErrorCode } from '../../../src/domain/errors.ts';
import type {
  CreateWatchdog,
  ImageBody,
  ImageStore,
  OpenOptions,
  Watchdog,
} from '../../../src/domain/serving/ports.ts';
import {
  createResumingImageStore,
  type ResumingImageStoreOptions,
} from '../../../src/domain/serving/resuming-image-store.ts';
import { type FilledStore, imageStoreChecks } from '../../../src/testing/index.ts';
import { type Break, createBreakingImageStore } from '../../support/breaking-image-store.ts';
import { makeBytes, readBytes } from '../../support/image-bytes.ts';

const KEY = 'image.jpeg';
const BYTES = makeBytes(100);
const ERROR: Break = { after: 30, by: 'an error' };

const memory = (image: Partial<MemoryImage> = {}) =>
  createMemoryImageStore(new Map([[KEY, { bytes: BYTES, etag: '"v1"', lastModified: 0, ...image }]]));

/** What is asked of `store`, as it is asked. */
const watched = (store: ImageStore) => {
  const asked: OpenOptions[] = [];
  return {
    asked,
    describe: store.describe,
    open: (key: string, options?: OpenOptions) => {
      asked.push({ range: options?.range, etag: options?.etag });
      return store.open(key, options);
    },
  };
};

const resuming = (store: ImageStore, options: Partial<ResumingImageStoreOptions> = {}) =>
  createResumingImageStore({
    store,
    clock: () => performance.now(),
    createWatchdog,
    idleTimeout: 20,
    resumeBudget: 60_000,
    ...options,
  });

/** What a reader gets until the end, or until the body rejects. */
const readUntil = async (store: ImageStore, options?: OpenOptions) => {
  let resumes = 0;
  const onResume = () => {
    resumes++;
  };
  const { body } = await store.open(KEY, { ...options, onResume });
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), error: undefined, resumes };
  } catch (error) {
    return { bytes: Buffer.concat(chunks), error, resumes };
  }
};

const createStore = async (): Promise<FilledStore> => {
  const images = new Map<string, MemoryImage>();
  let version = 0;
  const store = createMemoryImageStore(images);
  return {
    store: {
      describe: resuming(store).describe,
      // The first body of each image breaks twice.
      open: (key, options) => {
        const breaking = createBreakingImageStore(
          store,
          [
            { after: 1, by: 'an error' },
            { after: 70_000, by: 'ending short' },
          ],
          65_536,
        );
        return resuming(breaking).open(key, options);
      },
    },
    put: async (key, bytes) => {
      images.set(key, { bytes, etag: `"${++version}"`, lastModified: Date.now(), contentType: 'image/jpeg' });
    },
  };
};

describe('createResumingImageStore over a store whose bodies break', () => {
  for (const { name, run } of imageStoreChecks()) it(name, () => run(createStore));
});

describe('a body that breaks', () => {
  const breaks = fc.array(
    fc.record<Break>({
      after: fc.integer({ min: 0, max: 99 }),
      by: fc.constantFrom('an error', 'ending short', 'stalling'),
    }),
    { maxLength: 5 },
  );
  const ranges = fc.option(
    fc
      .tuple(fc.nat(99), fc.nat(99))
      .map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other) })),
    { nil: undefined },
  );

  it('gives every byte once, or those before its end and an error: never fewer as if they were all', async () => {
    await fc.assert(
      fc.asyncProperty(
        breaks,
        ranges,
        fc.integer({ min: 1, max: 40 }),
        fc.nat(4),
        async (broken, range, size, resumes) => {
          const store = watched(createBreakingImageStore(memory(), broken, size));
          const { bytes, error } = await readUntil(resuming(store, { resumes, idleTimeout: 1 }), { range });
          const whole = range === undefined ? BYTES : BYTES.subarray(range.first, range.last + 1);
          expect(bytes).toEqual(whole.subarray(0, bytes.length));
          expect(store.asked.length).toBeLessThanOrEqual(1 + resumes);
          if (error === undefined) expect(bytes).toEqual(whole);
          else expect(store.asked).toHaveLength(1 + resumes);
          if (broken.length <= resumes) expect(error).toBeUndefined();
        },
      ),
    );
  });

  it.each<Break['by']>(['an error', 'ending short', 'stalling'])(
    'by %s is continued where it stopped, in the version that was opened',
    async (by) => {
      const store = watched(
        createBreakingImageStore(memory(), [
          { after: 30, by },
          { after: 5, by },
        ]),
      );
      expect(await readUntil(resuming(store))).toEqual({ bytes: BYTES, error: undefined, resumes: 2 });
      expect(store.asked).toEqual([
        {},
        { range: { first: 30, last: 99 }, etag: '"v1"' },
        { range: { first: 35, last: 99 }, etag: '"v1"' },
      ]);
    },
  );

  it('in the middle of a part is continued to the end of the part', async () => {
    const store = watched(createBreakingImageStore(memory(), [{ after: 3, by: 'an error' }]));
    const { bytes } = await readUntil(resuming(store), { range: { suffix: 10 } });
    expect(bytes).toEqual(BYTES.subarray(90));
    expect(store.asked[1]).toEqual({ range: { first: 93, last: 99 }, etag: '"v1"' });
  });

  it('before its last byte is resumed', async () => {
    const store = watched(createBreakingImageStore(memory(), [{ after: 99, by: 'an error' }]));
    expect(await readUntil(resuming(store))).toEqual({ bytes: BYTES, error: undefined, resumes: 1 });
  });

  it('after its last byte is whole', async () => {
    const store = watched(createBreakingImageStore(memory(), [{ after: 100, by: 'an error' }]));
    expect(await readUntil(resuming(store))).toEqual({ bytes: BYTES, error: undefined, resumes: 0 });
  });

  it('that ends short and cannot be resumed names the length that was announced', async () => {
    const store = createBreakingImageStore(memory(), [{ after: 5, by: 'ending short' }]);
    const { error } = await readUntil(resuming(store, { resumes: 0 }), { range: { first: 10, last: 29 } });
    expect(error).toMatchObject({ message: 'The store sent a different number of bytes than the 20 it announced.' });
  });

  it('that ends short is destroyed before the rest is requested', async () => {
    let isDestroyed = false;
    const short: ImageBody = {
      destroy: () => {
        isDestroyed = true;
      },
      async *[Symbol.asyncIterator]() {
        yield BYTES.subarray(0, 30);
      },
    };
    const store = memory();
    const states: boolean[] = [];
    const { bytes } = await readUntil(
      resuming({
        ...store,
        open: async (key, options) => {
          if (options?.etag !== undefined) states.push(isDestroyed);
          const opened = await store.open(key, options);
          return options?.etag === undefined ? { ...opened, body: short } : opened;
        },
      }),
    );
    expect([bytes.equals(BYTES), states]).toEqual([true, [true]]);
  });

  it.each<[end: string, read: (body: ImageBody) => unknown]>([
    ['is read to its end', (body) => readBytes(body)],
    ['is destroyed unread', (body) => body.destroy()],
    [
      'is read in part',
      async (body) => {
        for await (const chunk of body) if (chunk.length > 0) break;
      },
    ],
  ])('stops every watchdog when it %s', async (_end, read) => {
    const watchdogs = new Set<Watchdog>();
    const createCounted: CreateWatchdog = (options) => {
      const watchdog = createWatchdog(options);
      const stop = () => {
        watchdogs.delete(counted);
        watchdog.stop();
      };
      const counted: Watchdog = {
        ...watchdog,
        stop,
        abort: (reason) => {
          watchdogs.delete(counted);
          watchdog.abort(reason);
        },
      };
      watchdogs.add(counted);
      return counted;
    };
    const store = createBreakingImageStore(memory(), [ERROR, { after: 3, by: 'stalling' }]);
    const { body } = await resuming(store, { createWatchdog: createCounted }).open(KEY);
    await read(body);
    expect(watchdogs.size).toBe(0);
  });

  it('a fourth time rejects, with the reason', async () => {
    const store = watched(createBreakingImageStore(memory(), Array(5).fill({ after: 20, by: 'an error' })));
    const { bytes, error } = await readUntil(resuming(store));
    expect(bytes).toEqual(BYTES.subarray(0, 80));
    expect(error).toMatchObject({ code: 'store-unavailable', cause: new Error('the connection was reset') });
    expect(store.asked).toHaveLength(4);
  });

  it('rejects with store-timeout when it stalls and cannot be continued', async () => {
    const store = createBreakingImageStore(memory(), [{ after: 20, by: 'stalling' }]);
    expect((await readUntil(resuming(store, { resumes: 0 }))).error).toMatchObject({ code: 'store-timeout' });
  });

  it.each([undefined, 'W/"weak"'])(
    'rejects when nothing says that the rest is of the same image: tag %j',
    async (etag) => {
      const store = watched(createBreakingImageStore(memory({ etag: etag as string }), [ERROR]));
      const { bytes, error } = await readUntil(resuming(store));
      expect(bytes).toEqual(BYTES.subarray(0, 30));
      expect(error).toMatchObject({ code: 'store-unavailable' });
      expect(store.asked).toHaveLength(1);
    },
  );

  it.each<ImageErrorCode>(['precondition-failed', 'image-not-found', 'range-not-satisfiable'])(
    'rejects with store-unavailable when the image has changed meanwhile: %s',
    async (code) => {
      const store = failingOnResume(new ImageError(code, 'no'));
      const { bytes, error } = await readUntil(resuming(store));
      expect(bytes).toEqual(BYTES.subarray(0, 30));
      expect(error).toMatchObject({
        code: 'store-unavailable',
        message: 'The image changed while it was read.',
        cause: { code },
      });
    },
  );

  it.each<ImageErrorCode>(['store-forbidden', 'store-throttled', 'store-timeout'])(
    'rejects as the store does when it will not give the rest: %s',
    async (code) => {
      expect((await readUntil(resuming(failingOnResume(new ImageError(code, 'no'))))).error).toMatchObject({ code });
    },
  );

  it.each<[name: string, rest: (options: OpenOptions) => OpenOptions, etag: string]>([
    ['the whole image', () => ({}), '"v1"'],
    ['another part', () => ({ range: { first: 31, last: 99 } }), '"v1"'],
    ['fewer bytes', () => ({ range: { first: 30, last: 98 } }), '"v1"'],
    ['the rest of another version', ({ range }) => ({ range }), '"v2"'],
  ])('rejects, and reads nothing more, when a store that ignores what it is asked gives %s', async (_, rest, etag) => {
    const broken = createBreakingImageStore(memory(), [ERROR]);
    let given: Readable | undefined;
    const { bytes, error } = await readUntil(
      resuming({
        ...broken,
        open: async (key, options) => {
          if (options?.etag === undefined) return broken.open(key);
          const opened = await memory({ etag }).open(key, rest(options));
          given = opened.body as Readable;
          return opened;
        },
      }),
    );
    expect(bytes).toEqual(BYTES.subarray(0, 30));
    expect(error).toMatchObject({ code: 'store-unavailable' });
    expect(given?.destroyed).toBe(true);
  });
});

describe('a reader', () => {
  it('may take longer than a stall, for as long as the store does not', async () => {
    let [length, resumes] = [0, 0];
    const onResume = () => {
      resumes++;
    };
    const store = resuming(createBreakingImageStore(memory(), [], 50), { idleTimeout: 5 });
    const { body } = await store.open(KEY, { onResume });
    for await (const chunk of body) {
      length += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect([length, resumes]).toEqual([100, 0]);
  });

  it('that stops early gives the body back', async () => {
    const inner = Readable.from([BYTES.subarray(0, 50), BYTES.subarray(50)]);
    const { body } = await resuming(withBody(inner)).open(KEY);
    for await (const chunk of body) if (chunk.length > 0) break;
    expect(inner.destroyed).toBe(true);
  });

  it('that destroys the body unread gives it back at once', async () => {
    const inner = Readable.from([BYTES]);
    const { body } = await resuming(withBody(inner)).open(KEY);
    body.destroy(new ImageError('internal', 'no'));
    expect([inner.destroyed, inner.errored]).toEqual([true, null]);
    await expect(readBytes(body)).rejects.toThrow(ImageError);
  });

  it('that destroys the body while it waits is told why, and nothing is continued', async () => {
    const store = watched(createBreakingImageStore(memory(), [{ after: 0, by: 'stalling' }]));
    const { body } = await resuming(store, { idleTimeout: 60_000 }).open(KEY);
    const reading = readBytes(body);
    body.destroy(new ImageError('store-timeout', 'too late'));
    await expect(reading).rejects.toMatchObject({ code: 'store-timeout', message: 'too late' });
    expect(store.asked).toHaveLength(1);
  });

  it('that destroys the body while the rest is asked for is told at once, and gives the rest back unread', async () => {
    const broken = createBreakingImageStore(memory(), [ERROR]);
    const rest = Readable.from([BYTES]);
    let asked = () => {};
    const asking = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let give = () => {};
    const giving = new Promise<void>((resolve) => {
      give = resolve;
    });
    const store = resuming({
      ...broken,
      open: async (key, options) => {
        const opened = await broken.open(key, options);
        if (options?.etag === undefined) return opened;
        asked();
        await giving;
        return { ...opened, body: rest };
      },
    });
    const { body } = await store.open(KEY);
    const reading = readBytes(body);
    await asking;
    body.destroy(new ImageError('store-timeout', 'too late'));
    await expect(reading).rejects.toMatchObject({ code: 'store-timeout', message: 'too late' });
    give();
    await new Promise(setImmediate);
    expect(rest.destroyed).toBe(true);
  });
});

describe('the resume budget', () => {
  /** Bodies that stall after 10 bytes each, and requests for the rest that take `delay` ms of a clock of their own. */
  const brownOut = (delay: number, stall: number) => {
    let time = 0;
    const store = watched(createBreakingImageStore(memory(), Array(9).fill({ after: 10, by: 'stalling' })));
    const limits: number[] = [];
    const options: Partial<ResumingImageStoreOptions> = {
      resumes: 9,
      clock: () => time,
      createWatchdog: (watched) => {
        const watchdog = createWatchdog(watched);
        return {
          ...watchdog,
          arm: (milliseconds) => {
            limits.push(milliseconds);
            watchdog.arm(0);
          },
          disarm: () => {
            if (watchdog.signal.aborted) time += Math.min(stall, limits.at(-1) ?? 0);
            watchdog.disarm();
          },
        };
      },
    };
    const slow: ImageStore = {
      ...store,
      open: async (key, asked) => {
        if (asked?.etag !== undefined) time += delay;
        return store.open(key, asked);
      },
    };
    return { slow, options, asked: store.asked, limits, time: () => time };
  };

  it('limits all waiting on the store while an image is resumed', async () => {
    const { slow, options, asked, limits, time } = brownOut(4_000, 10_000);
    const { bytes, error } = await readUntil(resuming(slow, { ...options, idleTimeout: 10_000, resumeBudget: 30_000 }));
    // 10 s stalled, 4 s reopening, 10 s stalled, 4 s reopening, and the 2 s that are left.
    expect(time()).toBe(30_000);
    expect(error).toMatchObject({ code: 'store-timeout' });
    expect(bytes).toEqual(BYTES.subarray(0, 30));
    expect(asked).toHaveLength(3);
    expect(limits.filter((limit) => limit !== 10_000)).toEqual([20_000, 6_000, 2_000, 2_000, 2_000]);
  });

  it('cancels a request for the rest that takes longer than what is left', async () => {
    const broken = createBreakingImageStore(memory(), [ERROR]);
    let signal: OpenOptions['signal'];
    const store: ImageStore = {
      ...broken,
      open: (key, options) => {
        if (options?.etag === undefined) return broken.open(key, options);
        signal = options.signal;
        return new Promise(() => {});
      },
    };
    const { error } = await readUntil(resuming(store, { resumeBudget: 10 }));
    expect(error).toMatchObject({ code: 'store-timeout' });
    expect(signal?.aborted).toBe(true);
  });

  it('does not count the waits of an image that is not interrupted', async () => {
    const store = createBreakingImageStore(memory(), []);
    expect(await readUntil(resuming(store, { resumeBudget: 1 }))).toMatchObject({ bytes: BYTES, error: undefined });
  });
});

describe('a signal that aborts', () => {
  const reason = new ImageError('store-timeout', 'deadline');

  it('rejects a waiting read with its reason, destroys the body and resumes nothing', async () => {
    const controller = new AbortController();
    const inner = new Readable({ read: () => undefined });
    const store = watched(withBody(inner));
    const { body } = await resuming(store, { idleTimeout: 60_000 }).open(KEY, { signal: controller.signal });
    const reading = readBytes(body);
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect([inner.destroyed, store.asked.length]).toEqual([true, 1]);
  });

  it('destroys a body that arrives after it', async () => {
    const controller = new AbortController();
    const inner = new Readable({ read: () => undefined });
    const store = withBody(inner);
    const late = resuming({
      ...store,
      open: async (key) => {
        controller.abort(reason);
        return store.open(key);
      },
    });
    const { body } = await late.open(KEY, { signal: controller.signal });
    expect(inner.destroyed).toBe(true);
    await expect(readBytes(body)).rejects.toBe(reason);
  });

  it('destroys a body that is not being read, and fails the next read', async () => {
    const controller = new AbortController();
    const inner = new Readable({ read: () => undefined });
    inner.push(BYTES.subarray(0, 50));
    const { body } = await resuming(withBody(inner), { idleTimeout: 60_000 }).open(KEY, {
      signal: controller.signal,
    });
    const chunks = body[Symbol.asyncIterator]();
    expect((await chunks.next()).value).toHaveLength(50);
    controller.abort(reason);
    expect(inner.destroyed).toBe(true);
    await expect(chunks.next()).rejects.toBe(reason);
  });

  it('reaches the request for the rest', async () => {
    const controller = new AbortController();
    const broken = createBreakingImageStore(memory(), [ERROR]);
    const requested = Promise.withResolvers<OpenOptions['signal']>();
    const store: ImageStore = {
      ...broken,
      open: (key, options) => {
        if (options?.etag === undefined) return broken.open(key, options);
        requested.resolve(options.signal);
        return new Promise(() => {});
      },
    };
    const reading = readBytes((await resuming(store).open(KEY, { signal: controller.signal })).body);
    const signal = await requested.promise;
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(signal?.reason).toBe(reason);
  });
});

/** Breaks after 30 bytes, and gives no rest. */
function failingOnResume(error: ImageError): ImageStore {
  const broken = createBreakingImageStore(memory(), [ERROR]);
  return {
    ...broken,
    open: (key, options) => (options?.etag === undefined ? broken.open(key) : Promise.reject(error)),
  };
}

function withBody(body: Readable): ImageStore {
  const store = memory();
  return { ...store, open: async (key, options) => ({ ...(await store.open(key, options)), body }) };
}
