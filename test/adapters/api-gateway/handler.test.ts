import { once } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { MAX_BUFFERED_BYTES } from '../../../src/adapters/api-gateway/handler.ts';
import { createMemoryImageStore, type MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { ImageError, type ImageErrorCode } from '../../../src/domain/index.ts';
import { resolveRange } from '../../../src/domain/serving/byte-range.ts';
import type { ImageBody, ImageInfo, ImageStore, OpenImage, OpenOptions } from '../../../src/domain/serving/ports.ts';
import { CONTEXT, MODES } from '../../support/answers.ts';
import { type Break, createBreakingImageStore } from '../../support/breaking-image-store.ts';
import { proxyEvent } from '../../support/events.ts';
import { createService, type Service, type ServiceOptions } from '../../support/service.ts';

const BYTES = Buffer.from('0123456789');
const IMAGE: MemoryImage = {
  bytes: BYTES,
  etag: '"v1"',
  lastModified: Date.UTC(2026, 0, 1),
  contentType: 'image/jpeg',
};
const SVG: MemoryImage = { ...IMAGE, contentType: 'image/svg+xml' };
const INFO: ImageInfo = {
  size: 10,
  etag: '"v1"',
  lastModified: 0,
  contentType: undefined,
  contentEncoding: undefined,
  cacheControl: undefined,
};

const failing = (error: unknown): ImageStore => ({
  describe: () => Promise.reject(error),
  open: () => Promise.reject(error),
});

/** A store with one image of 10 bytes that has this body. */
const withBody = (body: ImageBody, info: Partial<ImageInfo> = {}): ImageStore => ({
  describe: async () => ({ ...INFO, ...info }),
  open: async (): Promise<OpenImage> => ({ info: { ...INFO, ...info }, range: undefined, body }),
});

describe.each(Object.entries(MODES))('%s', (_, run) => {
  let images: Map<string, MemoryImage>;
  let service: Service;

  const start = (options: ServiceOptions = {}) => {
    service = createService({ images, ...options });
  };
  const send = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    run(service, proxyEvent(path, { method, headers }));

  beforeEach(() => {
    images = new Map([
      ['a.jpg', IMAGE],
      ['a.svg', SVG],
      ['empty.png', { ...IMAGE, bytes: Buffer.alloc(0), contentType: 'text/plain', cacheControl: 'no-cache' }],
    ]);
    start();
  });

  test('answers GET with the bytes and all headers', async () => {
    const { statusCode, headers, body } = await send('a.jpg');
    expect(statusCode).toBe(200);
    expect(body).toEqual(BYTES);
    expect(headers).toEqual({
      'Content-Type': 'image/jpeg',
      'Content-Length': '10',
      'X-Image-Size': '10',
      'Cache-Control': 'private, max-age=3600',
      ETag: '"v1"',
      'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'Accept-Ranges': 'bytes',
      Vary: 'x-api-key',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': 'request-1',
      'Server-Timing': expect.stringMatching(/^map;dur=\d+\.\d, store;dur=\d+\.\d$/),
    });
  });

  test('answers HEAD with the headers of GET and no body', async () => {
    const get = await send('a.jpg');
    const head = await send('a.jpg', {}, 'HEAD');
    const timing = { 'Server-Timing': expect.any(String) };
    expect({ ...head, headers: { ...head.headers, ...timing } }).toEqual({
      ...get,
      headers: { ...get.headers, ...timing },
      body: Buffer.alloc(0),
    });
  });

  test('sends the Content-Encoding of a compressed image', async () => {
    images.set('a.svg', { ...SVG, contentEncoding: 'gzip' });
    expect((await send('a.svg')).headers).toMatchObject({
      'Content-Type': 'image/svg+xml',
      'Content-Encoding': 'gzip',
    });
    expect((await send('a.svg', {}, 'HEAD')).headers['Content-Encoding']).toBe('gzip');
    expect((await send('a.jpg')).headers).not.toHaveProperty('Content-Encoding');
  });

  test('answers a Range with 206 and the requested bytes', async () => {
    const { statusCode, headers, body } = await send('a.jpg', { range: 'bytes=-3' });
    expect([statusCode, String(body)]).toEqual([206, '789']);
    expect(headers).toMatchObject({
      'Content-Range': 'bytes 7-9/10',
      'Content-Length': '3',
      'X-Image-Size': '10',
      'Content-Type': 'image/jpeg',
      ETag: '"v1"',
    });
  });

  test('answers If-None-Match with 304, the headers of the image and no body if the ETag matches', async () => {
    const { statusCode, headers, body } = await send('a.jpg', { 'If-None-Match': 'W/"v1"' });
    expect([statusCode, body.length]).toEqual([304, 0]);
    expect(headers).toMatchObject({
      ETag: '"v1"',
      'Cache-Control': 'private, max-age=3600',
      'Content-Type': 'image/jpeg',
    });
    expect(headers).not.toHaveProperty('Content-Length');
    expect(headers).not.toHaveProperty('X-Image-Size');
  });

  test('sends an empty image with the type of its extension if the store has no image type', async () => {
    const { statusCode, headers, body } = await send('empty.png');
    expect([statusCode, body.length]).toEqual([200, 0]);
    expect(headers).toMatchObject({ 'Content-Length': '0', 'Content-Type': 'image/png', 'Cache-Control': 'no-cache' });
  });

  test.each(['GET', 'HEAD'])('sends a sandbox policy with SVG only, for %s', async (method) => {
    expect((await send('a.svg', {}, method)).headers).toMatchObject({
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    });
    expect((await send('a.jpg', {}, method)).headers).not.toHaveProperty('Content-Security-Policy');
  });

  test('answers OPTIONS with 204 and the allowed methods', async () => {
    const { statusCode, headers, body } = await send('a.jpg', { origin: 'https://x' }, 'OPTIONS');
    expect([statusCode, body.length]).toEqual([204, 0]);
    expect(headers).toEqual({
      Allow: 'GET, HEAD, OPTIONS',
      'Cache-Control': 'no-store',
      Vary: 'x-api-key',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': 'request-1',
      'Server-Timing': 'map;dur=0.0, store;dur=0.0',
    });
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'get'])('answers %s with 405', async (method) => {
    const { statusCode, headers, body } = await send('a.jpg', {}, method);
    expect([statusCode, headers['Allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
    expect(JSON.parse(String(body))).toMatchObject({
      code: 'method-not-allowed',
      detail: 'Use one of GET, HEAD, OPTIONS.',
    });
  });

  test.each([
    ['', 400, 'path-missing', false, 'no-store'],
    ['a//b.jpg', 400, 'invalid-path', false, 'no-store'],
    ['a.jpg/', 400, 'invalid-path', false, 'no-store'],
    ['a.pdf', 404, 'unknown-path', false, 'no-store'],
    ['b.jpg', 404, 'image-not-found', false, 'private, max-age=10'],
  ])('answers the path %j with a problem: %i %s', async (path, status, code, retryable, caching) => {
    const { statusCode, headers, body } = await send(path);
    expect(statusCode).toBe(status);
    expect(headers).toMatchObject({
      'Content-Type': 'application/problem+json',
      'Cache-Control': caching,
      'Content-Length': String(body.length),
    });
    expect(JSON.parse(String(body))).toEqual({
      type: `urn:images-api:problem:${code}`,
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
      requestId: 'request-1',
      retryable,
    });
    const head = await send(path, {}, 'HEAD');
    expect(head).toMatchObject({ statusCode, headers: { 'Content-Type': 'application/problem+json' } });
    expect(head.body).toHaveLength(0);
  });

  test.each([
    ['image-archived', 409, false],
    ['store-forbidden', 502, false],
    ['role-refused', 502, false],
    ['store-misconfigured', 502, false],
    ['store-unavailable', 502, true],
    ['store-throttled', 503, true],
    ['store-timeout', 504, true],
    ['internal', 500, true],
  ] as [ImageErrorCode, number, boolean][])('answers %s with %i', async (code, status, retryable) => {
    start({ store: failing(new ImageError(code, 'Told.')) });
    const { statusCode, headers, body } = await send('a.jpg');
    expect([statusCode, headers['Cache-Control'], headers['Retry-After']]).toEqual([
      status,
      'no-store',
      code === 'store-throttled' ? '1' : undefined,
    ]);
    expect(JSON.parse(String(body))).toMatchObject({ code, status, retryable, detail: 'Told.' });
  });

  test.each([
    ['', 'GET'],
    ['a//b.jpg', 'GET'],
    ['a.pdf', 'GET'],
    ['a.jpg', 'POST'],
    ['a.jpg', 'OPTIONS'],
  ])('logs no time of the store for the path %j and the method %s, which never ask it', async (path, method) => {
    const { headers } = await send(path, {}, method);
    expect(headers['Server-Timing']).toMatch(/store;dur=0\.0$/);
    expect(service.records).toHaveLength(1);
    expect(service.records[0]?.phases).not.toHaveProperty('store');
  });

  test('answers 412 if If-Match does not match, and 416 with the size if the range is outside the image', async () => {
    expect((await send('a.jpg', { 'if-match': '"v0"' })).statusCode).toBe(412);
    const { statusCode, headers } = await send('a.jpg', { range: 'bytes=10-' });
    expect([statusCode, headers['Content-Range']]).toEqual([416, 'bytes */10']);
  });

  test('logs each request, and the cold start only once', async () => {
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1');
    onTestFinished(() => void vi.unstubAllEnvs());
    await send('a.jpg', { range: 'bytes=0-3' });
    await send('b.jpg');
    const phases = { map: expect.any(Number), store: expect.any(Number), send: expect.any(Number) };
    const common = {
      requestId: 'request-1',
      extendedRequestId: 'JKJaXmPLvHcESHA=',
      awsRequestId: 'invocation-1',
      traceId: '1-5759e988-bd862e3fe1be46a994272793',
      apiKeyId: 'key-1',
      method: 'GET',
      route: '{path+}.{ext:image}',
      phases,
    };
    expect(service.records).toEqual([
      {
        ...common,
        path: 'a.jpg',
        key: 'a.jpg',
        status: 206,
        code: undefined,
        bytes: 4,
        coldStart: true,
        error: undefined,
      },
      {
        ...common,
        path: 'b.jpg',
        key: 'b.jpg',
        status: 404,
        code: 'image-not-found',
        bytes: expect.any(Number),
        coldStart: false,
        error: expect.any(ImageError),
      },
    ]);
    expect(JSON.stringify(service.records)).not.toContain('the-value-of-the-key');
  });

  test.each([
    ['ends early', () => Readable.from([BYTES.subarray(0, 5)])],
    ['is longer', () => Readable.from([Buffer.alloc(11)])],
    ['fails', () => Readable.from(failHalfway())],
  ])('reports store-unavailable, not a complete image, if the body %s', async (_case, body) => {
    const source = body();
    start({ store: withBody(source) });
    const answer = await send('a.jpg');
    expect(source.destroyed).toBe(true);
    const code = 'store-unavailable';
    expect(service.records).toMatchObject([{ code, error: { code } }]);
    if ('failure' in answer) expect(answer.failure).toMatchObject({ code });
    else expect(answer).toMatchObject({ statusCode: 502, headers: { 'Content-Type': 'application/problem+json' } });
    expect(answer.body.length).not.toBe(BYTES.length);
  });

  test('logs the code of the ImageError with which a body fails', async () => {
    const weak = { etag: undefined };
    start({ store: withBody(Readable.from(failHalfway(new ImageError('store-timeout', 'Late.'))), weak) });
    await send('a.jpg');
    expect(service.records).toMatchObject([{ code: 'store-timeout' }]);
  });

  describe('with CORS origins', () => {
    test.each([
      [['https://x', 'https://y'], 'https://y', 'https://y'],
      [['https://x'], 'https://z', undefined],
      [['https://x'], undefined, undefined],
      [['*'], 'https://z', '*'],
      [['*'], undefined, '*'],
    ])('configured as %j, a request from %j gets the allowed origin %j', async (corsOrigins, origin, allowed) => {
      start({ corsOrigins });
      const { headers } = await send('a.jpg', origin === undefined ? {} : { Origin: origin });
      expect(headers['Access-Control-Allow-Origin']).toBe(allowed);
      expect('Access-Control-Expose-Headers' in headers).toBe(allowed !== undefined);
    });
  });

  describe.each([
    ['x-api-key', []],
    ['Origin, x-api-key', ['https://x']],
    ['Origin, x-api-key', ['*']],
  ])('sends Vary: %s with the CORS origins %j', (vary, corsOrigins) => {
    test.each([
      [200, 'GET', 'a.jpg', {}],
      [200, 'HEAD', 'a.jpg', {}],
      [206, 'GET', 'a.jpg', { range: 'bytes=0-3' }],
      [304, 'GET', 'a.jpg', { 'if-none-match': '"v1"' }],
      [404, 'GET', 'b.jpg', {}],
      [404, 'HEAD', 'b.jpg', {}],
      [400, 'GET', '', {}],
    ])('in the %i response to %s %j', async (status, method, path, headers) => {
      start({ corsOrigins });
      const answer = await send(path, headers, method);
      expect([answer.statusCode, answer.headers['Vary']]).toEqual([status, vary]);
    });
  });
});

async function* failHalfway(error: Error = new Error('ECONNRESET')): AsyncGenerator<Buffer> {
  yield BYTES.subarray(0, 5);
  throw error;
}

/** A body that sends these bytes and then stalls. */
const stalling = (bytes: Buffer = Buffer.alloc(0)) => {
  let sent = bytes.length === 0;
  return new Readable({
    read() {
      if (!sent) this.push(bytes);
      sent = true;
    },
  });
};

describe('the deadline', () => {
  const open = async (body: Readable) => ({ info: INFO, range: undefined, body });

  test.each(Object.entries(MODES))(
    'ends a request with store-timeout if the store has not answered, %s',
    async (_, run) => {
      const late = Promise.withResolvers<OpenImage>();
      const store = { ...withBody(Readable.from([])), open: () => late.promise };
      const service = createService({ store, answerTimeout: 20 });
      const { statusCode, body } = await run(service, proxyEvent('a.jpg'));
      expect([statusCode, JSON.parse(String(body))]).toMatchObject([504, { code: 'store-timeout', retryable: true }]);
      expect(service.records).toMatchObject([{ status: 504, code: 'store-timeout', key: 'a.jpg' }]);
      const opened = stalling();
      late.resolve(await open(opened));
      await new Promise(setImmediate);
      expect(opened.destroyed).toBe(true);
    },
  );

  test('ends a buffered response with 504 if the image does not arrive completely', async () => {
    const body = stalling(BYTES.subarray(0, 5));
    const { statusCode } = await createService({ store: withBody(body), answerTimeout: 20 }).buffered(
      proxyEvent('a.jpg'),
      CONTEXT,
    );
    expect([statusCode, body.destroyed]).toEqual([504, true]);
  });

  test.each([1_020, 500])('passes before the function times out, with %i ms remaining', async (milliseconds) => {
    const context = { ...CONTEXT, getRemainingTimeInMillis: () => milliseconds };
    const { statusCode } = await createService({ store: withBody(stalling()) }).buffered(proxyEvent('a.jpg'), context);
    expect(statusCode).toBe(504);
  });

  test('interrupts a streamed response before the function times out', async () => {
    const body = stalling(BYTES.subarray(0, 5));
    const service = createService({ store: withBody(body), answerTimeout: 10 });
    const end = performance.now() + 1_050;
    const context = { ...CONTEXT, getRemainingTimeInMillis: () => end - performance.now() };
    const output = new PassThrough();
    const streaming = service.streaming(proxyEvent('a.jpg'), context, () => output);
    await expect(streaming).rejects.toMatchObject({ code: 'store-timeout' });
    expect(body.destroyed).toBe(true);
    expect(service.records).toMatchObject([{ status: 200, code: 'store-timeout', bytes: 5 }]);
  });
});

test('logs how often an image was resumed', async () => {
  const store = createMemoryImageStore(new Map([['a.jpg', IMAGE]]));
  const breaks: Break[] = [
    { after: 3, by: 'an error' },
    { after: 2, by: 'ending short' },
  ];
  const service = createService({ store: createBreakingImageStore(store, breaks) });
  await service.buffered(proxyEvent('a.jpg'), CONTEXT);
  expect(service.records).toMatchObject([{ status: 200, resumes: 2 }]);
});

describe('a buffered response', () => {
  const ofSize = (size: number): Service =>
    createService({ images: new Map([['a.jpg', { ...IMAGE, bytes: Buffer.alloc(size, 1) }]]) });

  test('with the largest image fits into the payload limit of Lambda', async () => {
    const result = await ofSize(MAX_BUFFERED_BYTES).buffered(proxyEvent('a.jpg'), CONTEXT);
    expect(result.statusCode).toBe(200);
    expect(JSON.stringify(result).length).toBeLessThan(6 * 1024 * 1024 + 100);
  });

  test('with a larger image is a 413, and a range of it is a 206', async () => {
    const service = ofSize(MAX_BUFFERED_BYTES + 1);
    expect((await service.buffered(proxyEvent('a.jpg'), CONTEXT)).statusCode).toBe(413);
    const range = await service.buffered(proxyEvent('a.jpg', { headers: { range: 'bytes=0-99' } }), CONTEXT);
    expect(range.statusCode).toBe(206);
  });
});

describe.each([
  ['buffered', MAX_BUFFERED_BYTES],
  ['streaming', 200_000_000],
] as const)('the largest %s response', (mode, limit) => {
  /** A store with one image of this size. It counts the reads of its bodies, and each read fails. */
  const unreadStore = (size: number) => {
    let reads = 0;
    const bodies: Readable[] = [];
    const open = async (_key: string, { range: asked }: OpenOptions = {}): Promise<OpenImage> => {
      const range = asked && resolveRange(asked, size);
      const body = new Readable({
        read() {
          reads++;
          this.destroy(new Error('read'));
        },
      });
      bodies.push(body);
      return { info: { ...INFO, size, etag: undefined }, range, body };
    };
    return { open, describe: async () => ({ ...INFO, size, etag: undefined }), bodies, reads: () => reads };
  };

  /** Returns the status and the body of the response. A streamed response has its status before the body is read. */
  const statusOf = async (store: ImageStore, headers: Record<string, string> = {}, method = 'GET') => {
    const service = createService({ store });
    const event = proxyEvent('a.jpg', { method, headers });
    if (mode === 'buffered') {
      const { statusCode, body } = await service.buffered(event, CONTEXT);
      return { status: statusCode, body };
    }
    const output = new PassThrough();
    const written = buffer(output).catch(() => Buffer.alloc(0));
    let status = 0;
    await service
      .streaming(event, CONTEXT, (prelude) => {
        status = prelude.statusCode;
        return output;
      })
      .catch(() => output.destroy());
    return { status, body: String(await written) };
  };

  test(`has ${limit} bytes; a longer one is a 413 that states the limit, and its body is destroyed unread`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -3, max: 1_000_000 }), async (excess) => {
        const store = unreadStore(limit + excess);
        const { status, body } = await statusOf(store);
        expect(status).toBe(excess > 0 ? 413 : mode === 'buffered' ? 502 : 200);
        expect(store.bodies.map(({ destroyed }) => destroyed)).toEqual([true]);
        if (excess <= 0) return;
        expect(store.reads()).toBe(0);
        expect(JSON.parse(body)).toMatchObject({
          code: 'image-too-large',
          retryable: false,
          detail: `The response would have ${limit + excess} bytes, but the limit is ${limit}. Fetch the image in parts with Range.`,
        });
      }),
      { numRuns: 30 },
    );
  });

  test('is a limit for ranges as well', async () => {
    const store = unreadStore(2 * limit);
    expect((await statusOf(store, { range: `bytes=1-${limit + 1}` })).status).toBe(413);
    // The read of the buffered body fails.
    expect((await statusOf(store, { range: `bytes=1-${limit}` })).status).toBe(mode === 'buffered' ? 502 : 206);
  });

  test('is no limit for HEAD', async () => {
    expect((await statusOf(unreadStore(2 * limit), {}, 'HEAD')).status).toBe(200);
  });
});

describe('a streamed response', () => {
  const endless = () =>
    new Readable({
      read() {
        this.push(Buffer.alloc(65_536));
      },
    });

  test('starts with a write, so a response without a body sends its headers', async () => {
    const output = new PassThrough();
    const writes: unknown[] = [];
    output.write = ((chunk: unknown) => writes.push(chunk) > 0) as typeof output.write;
    await createService({}).streaming(proxyEvent('a', { method: 'OPTIONS' }), CONTEXT, () => output);
    expect(writes).toEqual(['']);
    expect(output.writableEnded).toBe(true);
  });

  test('destroys the body if the client has disconnected before the response starts', async () => {
    const source = endless();
    const output = new PassThrough();
    output.destroy();
    await new Promise((resolve) => output.once('close', resolve));
    await createService({ store: withBody(source, { size: 10_000_000 }) }).streaming(
      proxyEvent('a.jpg'),
      CONTEXT,
      () => output,
    );
    expect(source.destroyed).toBe(true);
  });

  test('reads the image no faster than the client reads the response', async () => {
    const source = endless();
    const output = new PassThrough({ highWaterMark: 1 });
    const service = createService({ store: withBody(source, { size: 10_000_000 }) });
    const done = service.streaming(proxyEvent('a.jpg'), CONTEXT, () => output);
    await new Promise((resolve) => output.once('readable', resolve));
    expect(output.readableLength + output.writableLength).toBeLessThan(200_000);
    output.destroy();
    await done;
  });

  test.each([
    [
      'while it waits for the client',
      (output: Writable) => new Promise((resolve) => output.once('pause', resolve)),
      endless,
    ],
    ['while it waits for the store', async () => undefined, () => new Readable({ read: () => undefined })],
  ])('destroys the body if the client disconnects %s', async (_, until, body) => {
    const source = body();
    const output = new PassThrough({ highWaterMark: 1 });
    const service = createService({ store: withBody(source, { size: 10_000_000 }) });
    const started = Promise.withResolvers<void>();
    const done = service.streaming(proxyEvent('a.jpg'), CONTEXT, () => {
      started.resolve();
      return output;
    });
    await started.promise;
    await Promise.race([until(output), new Promise(setImmediate)]);
    output.destroy();
    await done;
    expect(source.destroyed).toBe(true);
    expect(service.records).toMatchObject([{ status: 200, code: undefined, error: undefined }]);
  });
});

describe('a slow client', () => {
  /** A body that is larger than all buffers between store and client. */
  const endless = () =>
    new Readable({
      read() {
        this.push(Buffer.alloc(65_536));
      },
    });
  const large = { size: 50_000_000 };
  const contextOf = (milliseconds: number) => {
    const end = performance.now() + milliseconds;
    return { ...CONTEXT, getRemainingTimeInMillis: () => end - performance.now() };
  };

  test('is cancelled before the function times out, with a log line', async () => {
    const body = endless();
    const service = createService({ store: withBody(body, large) });
    const output = new PassThrough();
    const streaming = service.streaming(proxyEvent('a.jpg'), contextOf(1_300), () => output);
    await expect(streaming).rejects.toMatchObject({ code: 'client-timeout' });
    expect(body.destroyed).toBe(true);
    expect(service.records).toMatchObject([
      {
        status: 200,
        code: 'client-timeout',
        bytes: expect.any(Number),
        error: { message: 'The client was still reading when the function ran out of time.' },
      },
    ]);
  });

  test('is cancelled after the idle timeout, long before the deadline', async () => {
    const body = endless();
    const service = createService({ store: withBody(body, large), clientIdleTimeout: 30 });
    const streaming = service.streaming(proxyEvent('a.jpg'), CONTEXT, () => new PassThrough());
    await expect(streaming).rejects.toMatchObject({ message: 'The client left sent bytes unread for 30 ms.' });
    expect(body.destroyed).toBe(true);
    expect(service.records).toMatchObject([{ status: 200, code: 'client-timeout' }]);
  });

  test('is cancelled even if only the end of the response is left', async () => {
    const bytes = Buffer.alloc(100_000);
    const store = withBody(Readable.from([bytes]), { size: bytes.length });
    const service = createService({ store, clientIdleTimeout: 30 });
    const stuck = new Writable({ write: () => undefined });
    await expect(service.streaming(proxyEvent('a.jpg'), CONTEXT, () => stuck)).rejects.toMatchObject({
      code: 'client-timeout',
    });
    // After the end the runtime client could not report the failure.
    expect(stuck.writableEnded).toBe(false);
  });

  test('gets the whole image if it keeps reading', async () => {
    const bytes = Buffer.alloc(400_000, 1);
    const memory = createMemoryImageStore(new Map([['a.jpg', { ...IMAGE, bytes }]]));
    const service = createService({ store: createBreakingImageStore(memory, [], 20_000), clientIdleTimeout: 200 });
    let received = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => {
        received += chunk.length;
        setTimeout(done, 20);
      },
    });
    await service.streaming(proxyEvent('a.jpg'), CONTEXT, () => slow);
    expect(received).toBe(bytes.length);
    expect(service.records).toMatchObject([{ status: 200, code: undefined }]);
  });
});

describe('a streamed response that cannot start', () => {
  const start = (body: Readable) => createService({ store: withBody(body) });

  test.each([
    ['sends', () => Readable.from([BYTES.subarray(0, 5), BYTES.subarray(5)])],
    ['stalls', () => new Readable({ read: () => undefined })],
  ])('destroys a body that %s and logs the request if the client disconnected first', async (_case, open) => {
    const body = open();
    const service = start(body);
    const output = new PassThrough();
    output.destroy();
    // The output emits 'close' only once, here before the response starts.
    await once(output, 'close');
    await service.streaming(proxyEvent('a.jpg'), CONTEXT, () => output);
    expect(body.destroyed).toBe(true);
    expect(service.records).toMatchObject([{ status: 200, bytes: 0, error: undefined }]);
  });

  test('destroys the body and logs the error if startResponse throws', async () => {
    const body = Readable.from([BYTES]);
    const service = start(body);
    const startResponse = () => {
      throw new Error('too late');
    };
    await expect(service.streaming(proxyEvent('a.jpg'), CONTEXT, startResponse)).rejects.toThrow('too late');
    expect(body.destroyed).toBe(true);
    expect(service.records).toMatchObject([{ bytes: 0, code: 'internal', error: { cause: { message: 'too late' } } }]);
  });
});

test('leaves out malformed metadata of a store', async () => {
  const hostile = {
    etag: '"\r\nx: y"',
    contentType: 'image/png\r\nx: y',
    cacheControl: '\u0000',
    lastModified: Number.POSITIVE_INFINITY,
  };
  const { headers } = await createService({ store: withBody(Readable.from([BYTES]), hostile) }).buffered(
    proxyEvent('a.jpg'),
    CONTEXT,
  );
  expect(headers).toMatchObject({ 'Content-Type': 'image/jpeg', 'Cache-Control': 'private, max-age=3600' });
  expect(headers).not.toHaveProperty('ETag');
  expect(headers).not.toHaveProperty('Last-Modified');
});

test('the memory store serves images that are added to the map later', async () => {
  const images = new Map<string, MemoryImage>();
  const store = createMemoryImageStore(images);
  await expect(store.describe('a')).rejects.toMatchObject({ code: 'image-not-found' });
  images.set('a', IMAGE);
  expect((await store.describe('a')).size).toBe(10);
});
