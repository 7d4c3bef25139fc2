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

/** Wraps a store and records the options of each open. */
const recording = (store: ImageStore) => {
  const opens: OpenOptions[] = [];
  return {
    opens,
    describe: store.describe,
    open: (key: string, options?: OpenOptions) => {
      opens.push({ range: options?.range, etag: options?.etag });
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

/** Reads a body until its end or its error. Returns what was read. */
const readAll = async (store: ImageStore, options?: OpenOptions) => {
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
      // The first body fails after 1 byte, and the next one ends early.
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

describe('createResumingImageStore with interrupted bodies', () => {
  for (const { name, run } of imageStoreChecks()) it(name, () => run(createStore));
});

describe('an interrupted body', () => {
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

  it('returns each byte once, or a part of them and an error, but never a part without an error', async () => {
    await fc.assert(
      fc.asyncProperty(
        breaks,
        ranges,
        fc.integer({ min: 1, max: 40 }),
        fc.nat(4),
        async (broken, range, size, resumes) => {
          const store = recording(createBreakingImageStore(memory(), broken, size));
          const { bytes, error } = await readAll(resuming(store, { resumes, idleTimeout: 1 }), { range });
          const whole = range === undefined ? BYTES : BYTES.subarray(range.first, range.last + 1);
          expect(bytes).toEqual(whole.subarray(0, bytes.length));
          expect(store.opens.length).toBeLessThanOrEqual(1 + resumes);
          if (error === undefined) expect(bytes).toEqual(whole);
          else expect(store.opens).toHaveLength(1 + resumes);
          if (broken.length <= resumes) expect(error).toBeUndefined();
        },
      ),
    );
  });

  it.each<Break['by']>(['an error', 'ending short', 'stalling'])(
    'is resumed at the next byte of the same version after %s',
    async (by) => {
      const store = recording(
        createBreakingImageStore(memory(), [
          { after: 30, by },
          { after: 5, by },
        ]),
      );
      expect(await readAll(resuming(store))).toEqual({ bytes: BYTES, error: undefined, resumes: 2 });
      expect(store.opens).toEqual([
        {},
        { range: { first: 30, last: 99 }, etag: '"v1"' },
        { range: { first: 35, last: 99 }, etag: '"v1"' },
      ]);
    },
  );

  it('is resumed to the end of the requested range', async () => {
    const store = recording(createBreakingImageStore(memory(), [{ after: 3, by: 'an error' }]));
    const { bytes } = await readAll(resuming(store), { range: { suffix: 10 } });
    expect(bytes).toEqual(BYTES.subarray(90));
    expect(store.opens[1]).toEqual({ range: { first: 93, last: 99 }, etag: '"v1"' });
  });

  it('is resumed if it fails before its last byte', async () => {
    const store = recording(createBreakingImageStore(memory(), [{ after: 99, by: 'an error' }]));
    expect(await readAll(resuming(store))).toEqual({ bytes: BYTES, error: undefined, resumes: 1 });
  });

  it('names the announced length if it ends short and cannot be resumed', async () => {
    const store = createBreakingImageStore(memory(), [{ after: 5, by: 'ending short' }]);
    const { error } = await readAll(resuming(store, { resumes: 0 }), { range: { first: 10, last: 29 } });
    expect(error).toMatchObject({ message: 'The store announced 20 bytes but sent a different number.' });
  });

  it('is destroyed before the rest is requested if it ends short', async () => {
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
    const { bytes } = await readAll(
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

  it('is complete if it fails after its last byte', async () => {
    const store = recording(createBreakingImageStore(memory(), [{ after: 100, by: 'an error' }]));
    expect(await readAll(resuming(store))).toEqual({ bytes: BYTES, error: undefined, resumes: 0 });
  });

  it('rejects with the cause if it is interrupted a fourth time', async () => {
    const store = recording(createBreakingImageStore(memory(), Array(5).fill({ after: 20, by: 'an error' })));
    const { bytes, error } = await readAll(resuming(store));
    expect(bytes).toEqual(BYTES.subarray(0, 80));
    expect(error).toMatchObject({ code: 'store-unavailable', cause: new Error('the connection was reset') });
    expect(store.opens).toHaveLength(4);
  });

  it('rejects with store-timeout if it stalls and cannot be resumed', async () => {
    const store = createBreakingImageStore(memory(), [{ after: 20, by: 'stalling' }]);
    expect((await readAll(resuming(store, { resumes: 0 }))).error).toMatchObject({ code: 'store-timeout' });
  });

  it.each([undefined, 'W/"weak"'])('rejects if no strong ETag identifies the version: %j', async (etag) => {
    const store = recording(createBreakingImageStore(memory({ etag: etag as string }), [ERROR]));
    const { bytes, error } = await readAll(resuming(store));
    expect(bytes).toEqual(BYTES.subarray(0, 30));
    expect(error).toMatchObject({ code: 'store-unavailable' });
    expect(store.opens).toHaveLength(1);
  });

  it.each<ImageErrorCode>(['precondition-failed', 'image-not-found', 'range-not-satisfiable'])(
    'rejects with store-unavailable if the image has changed and the store answers %s',
    async (code) => {
      const store = failingOnResume(new ImageError(code, 'no'));
      const { bytes, error } = await readAll(resuming(store));
      expect(bytes).toEqual(BYTES.subarray(0, 30));
      expect(error).toMatchObject({
        code: 'store-unavailable',
        message: 'The image changed while it was read.',
        cause: { code },
      });
    },
  );

  it.each<ImageErrorCode>(['store-forbidden', 'store-throttled', 'store-timeout'])(
    'rejects with the error of the store if the request for the rest fails with %s',
    async (code) => {
      expect((await readAll(resuming(failingOnResume(new ImageError(code, 'no'))))).error).toMatchObject({ code });
    },
  );

  it.each<[name: string, rest: (options: OpenOptions) => OpenOptions, etag: string]>([
    ['the whole image', () => ({}), '"v1"'],
    ['another part', () => ({ range: { first: 31, last: 99 } }), '"v1"'],
    ['fewer bytes', () => ({ range: { first: 30, last: 98 } }), '"v1"'],
    ['the rest of another version', ({ range }) => ({ range }), '"v2"'],
  ])('rejects without reading further if the store ignores the options and returns %s', async (_, rest, etag) => {
    const broken = createBreakingImageStore(memory(), [ERROR]);
    let wrongBody: Readable | undefined;
    const { bytes, error } = await readAll(
      resuming({
        ...broken,
        open: async (key, options) => {
          if (options?.etag === undefined) return broken.open(key);
          const opened = await memory({ etag }).open(key, rest(options));
          wrongBody = opened.body as Readable;
          return opened;
        },
      }),
    );
    expect(bytes).toEqual(BYTES.subarray(0, 30));
    expect(error).toMatchObject({ code: 'store-unavailable' });
    expect(wrongBody?.destroyed).toBe(true);
  });
});

describe('reading and destroying a body', () => {
  it('a reader may be slower than the idle timeout if the store is not', async () => {
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

  it('a reader that stops early destroys the body of the store', async () => {
    const inner = Readable.from([BYTES.subarray(0, 50), BYTES.subarray(50)]);
    const { body } = await resuming(withBody(inner)).open(KEY);
    for await (const chunk of body) if (chunk.length > 0) break;
    expect(inner.destroyed).toBe(true);
  });

  it('destroying an unread body destroys the body of the store immediately', async () => {
    const inner = Readable.from([BYTES]);
    const { body } = await resuming(withBody(inner)).open(KEY);
    body.destroy(new ImageError('internal', 'no'));
    expect([inner.destroyed, inner.errored]).toEqual([true, null]);
    await expect(readBytes(body)).rejects.toThrow(ImageError);
  });

  it('destroying a body rejects a pending read with the error and resumes nothing', async () => {
    const store = recording(createBreakingImageStore(memory(), [{ after: 0, by: 'stalling' }]));
    const { body } = await resuming(store, { idleTimeout: 60_000 }).open(KEY);
    const reading = readBytes(body);
    body.destroy(new ImageError('store-timeout', 'too late'));
    await expect(reading).rejects.toMatchObject({ code: 'store-timeout', message: 'too late' });
    expect(store.opens).toHaveLength(1);
  });

  it('destroying a body during the request for the rest rejects immediately and destroys the late rest', async () => {
    const broken = createBreakingImageStore(memory(), [ERROR]);
    const rest = Readable.from([BYTES]);
    const requested = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const store = resuming({
      ...broken,
      open: async (key, options) => {
        const opened = await broken.open(key, options);
        if (options?.etag === undefined) return opened;
        requested.resolve();
        await answered.promise;
        return { ...opened, body: rest };
      },
    });
    const { body } = await store.open(KEY);
    const reading = readBytes(body);
    await requested.promise;
    body.destroy(new ImageError('store-timeout', 'too late'));
    await expect(reading).rejects.toMatchObject({ code: 'store-timeout', message: 'too late' });
    answered.resolve();
    await new Promise(setImmediate);
    expect(rest.destroyed).toBe(true);
  });
});

describe('destroying the body when the rest arrives', () => {
  it.each([0, 1, 2, 3, 4, 5])(
    'rejects the read and destroys the rest, %i microtasks after its arrival',
    async (ticks) => {
      const broken = createBreakingImageStore(memory(), [ERROR]);
      const rest = new Readable({ read: () => undefined });
      let destroy: () => void = () => {};
      const store: ImageStore = {
        ...broken,
        open: async (key, options) => {
          if (options?.etag === undefined) return broken.open(key, options);
          const opened = await memory().open(key, options);
          const arrival = Promise.withResolvers<void>();
          setImmediate(async () => {
            arrival.resolve();
            for (let tick = 0; tick < ticks; tick++) await undefined;
            destroy();
          });
          await arrival.promise;
          return { ...opened, body: rest };
        },
      };
      const { body } = await resuming(store, { idleTimeout: 60_000 }).open(KEY);
      const reason = new ImageError('store-timeout', 'destroyed');
      destroy = () => body.destroy(reason);
      await expect(readBytes(body)).rejects.toBe(reason);
      await new Promise(setImmediate);
      expect(rest.destroyed).toBe(true);
    },
  );
});

describe('the resume budget', () => {
  /** A store whose bodies stall after 10 bytes each. A request for the rest takes `delay` ms of a fake clock. */
  const brownOut = (delay: number, stall: number) => {
    let time = 0;
    const store = recording(createBreakingImageStore(memory(), Array(9).fill({ after: 10, by: 'stalling' })));
    const limits: number[] = [];
    const options: Partial<ResumingImageStoreOptions> = {
      resumes: 9,
      clock: () => time,
      createWatchdog: (watchdogOptions) => {
        const watchdog = createWatchdog(watchdogOptions);
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
      open: async (key, openOptions) => {
        if (openOptions?.etag !== undefined) time += delay;
        return store.open(key, openOptions);
      },
    };
    return { slow, options, opens: store.opens, limits, time: () => time };
  };

  it('limits the total wait for the store while an image is resumed', async () => {
    const { slow, options, opens, limits, time } = brownOut(4_000, 10_000);
    const { bytes, error } = await readAll(resuming(slow, { ...options, idleTimeout: 10_000, resumeBudget: 20_000 }));
    // The first 10 s stalled do not count: 4 s to reopen, 10 s stalled, 4 s to reopen, and the remaining 2 s.
    expect(time()).toBe(30_000);
    expect(error).toMatchObject({ code: 'store-timeout' });
    expect(bytes).toEqual(BYTES.subarray(0, 30));
    expect(opens).toHaveLength(3);
    expect(limits.filter((limit) => limit !== 10_000)).toEqual([20_000, 6_000, 2_000, 2_000, 2_000]);
  });

  it('leaves a read at least a second', async () => {
    const { slow, options, limits } = brownOut(9_900, 20);
    await readAll(resuming(slow, { ...options, idleTimeout: 10_000, resumeBudget: 10_000 }));
    expect(limits).toContain(1_000);
    // The rest of the budget after the first 9.9 s.
    expect(limits).not.toContain(100);
  });

  it('resumes a stalled body even if the idle timeout is longer than the budget', async () => {
    const store = createBreakingImageStore(memory(), [{ after: 10, by: 'stalling' }]);
    const { error, resumes } = await readAll(resuming(store, { idleTimeout: 40, resumeBudget: 30 }));
    expect([error, resumes]).toEqual([undefined, 1]);
  });

  it('cancels a request for the rest that takes longer than the remaining budget', async () => {
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
    const { error } = await readAll(resuming(store, { resumeBudget: 10 }));
    expect(error).toMatchObject({ code: 'store-timeout' });
    expect(signal?.aborted).toBe(true);
  });

  it('does not count the waits of an image that is not interrupted', async () => {
    const store = createBreakingImageStore(memory(), []);
    expect(await readAll(resuming(store, { resumeBudget: 1 }))).toMatchObject({ bytes: BYTES, error: undefined });
  });
});

describe('a signal that aborts', () => {
  const reason = new ImageError('store-timeout', 'deadline');

  it('rejects a pending read with its reason, destroys the body and resumes nothing', async () => {
    const controller = new AbortController();
    const inner = new Readable({ read: () => undefined });
    const store = recording(withBody(inner));
    const { body } = await resuming(store, { idleTimeout: 60_000 }).open(KEY, { signal: controller.signal });
    const reading = readBytes(body);
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect([inner.destroyed, store.opens.length]).toEqual([true, 1]);
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

  it('cancels the request for the rest', async () => {
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

/** A store whose body fails after 30 bytes and whose request for the rest rejects with `error`. */
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
