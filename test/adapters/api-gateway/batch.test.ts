import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_BUFFERED_BYTES } from '../../../src/adapters/api-gateway/handler.ts';
import type { MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { ImageError } from '../../../src/domain/index.ts';
import type { ImageStore } from '../../../src/domain/serving/ports.ts';
import { type Answer, CONTEXT, MODES } from '../../support/answers.ts';
import { proxyEvent } from '../../support/events.ts';
import { createService, type Service, type ServiceOptions } from '../../support/service.ts';
import { urlOf } from '../../support/test-locator.ts';

const IMAGE: MemoryImage = {
  bytes: Buffer.from('0123456789'),
  etag: '"v1"',
  lastModified: 0,
  contentType: 'image/png',
};

const parse = ({ body }: Answer) => JSON.parse(String(body));
const linesOf = ({ body }: Answer): readonly unknown[] =>
  String(body)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const pathsOf = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `${index}.jpg`);

describe.each(Object.entries(MODES))('%s', (mode, run) => {
  let service: Service;

  const start = (options: ServiceOptions = {}) => {
    const images = new Map([
      ['a.jpg', IMAGE],
      ['ü.svg', { ...IMAGE, contentType: 'image/svg+xml' }],
    ]);
    service = createService({ images, signedLocations: 'on', ...options });
  };
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    run(service, proxyEvent('', { method: 'POST', headers, body: JSON.stringify(body) }));

  beforeEach(() => start());

  test('answers POST / with one line per path in their order, duplicates included, and a last line with their number', async () => {
    const answer = await post({ paths: ['%C3%BC.svg', 'a.jpg', 'missing.jpg', 'a.jpg'] });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toEqual({
      'Content-Type': 'application/x-ndjson',
      'Cache-Control': 'no-store',
      Vary: 'x-api-key',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': 'request-1',
      'Server-Timing': 'map;dur=0.0, store;dur=0.0',
    });
    const located = { url: urlOf('a.jpg'), expires: '2026-01-01T00:05:00Z', size: 10, etag: '"v1"' };
    expect(linesOf(answer)).toEqual([
      { path: '%C3%BC.svg', ...located, url: urlOf('ü.svg'), contentType: 'image/svg+xml' },
      { path: 'a.jpg', ...located, contentType: 'image/png' },
      {
        path: 'missing.jpg',
        problem: {
          type: 'urn:images-api:problem:image-not-found',
          title: 'Image not found',
          status: 404,
          detail: 'There is no image at this path.',
          code: 'image-not-found',
          requestId: 'request-1',
          retryable: false,
        },
      },
      { path: 'a.jpg', ...located, contentType: 'image/png' },
      { count: 4 },
    ]);
  });

  test('leaves out the description if the batch does not want it, and asks no store', async () => {
    const describe = () => Promise.reject(new Error('asked'));
    start({ store: { describe, open: describe } });
    expect(linesOf(await post({ paths: ['missing.jpg', 'a//b.jpg'], describe: false }))).toMatchObject([
      { path: 'missing.jpg', url: urlOf('missing.jpg'), expires: '2026-01-01T00:05:00Z' },
      { path: 'a//b.jpg', problem: { code: 'invalid-path', status: 400 } },
      { count: 2 },
    ]);
    expect(service.records[0]?.phases).not.toHaveProperty('store');
  });

  test('accepts 1,000 paths, and a body that is not encoded in base64', async () => {
    const body = JSON.stringify({ paths: pathsOf(1_000), describe: false });
    const answer = await run(service, { ...proxyEvent('', { method: 'POST' }), body });
    expect(linesOf(answer).at(-1)).toEqual({ count: 1_000 });
  });

  test.each([
    ['a body that is not JSON', '{"paths":', 'The body is not JSON. Send {"paths": ["…"]}.'],
    ['no body', '', 'The request has no body. Send {"paths": ["…"]}.'],
    ['a list', '["a.jpg"]', 'The body is not a JSON object.'],
    ['null', 'null', 'The body is not a JSON object.'],
    ['a text', '"a.jpg"', 'The body is not a JSON object.'],
    ['no paths', '{}', 'The field paths must be a list of 1 to 1000 paths.'],
    ['an empty list', '{"paths":[]}', 'The field paths must be a list of 1 to 1000 paths.'],
    ['paths that are not a list', '{"paths":"a.jpg"}', 'The field paths must be a list of 1 to 1000 paths.'],
    ['a path that is not a text', '{"paths":["a.jpg",5]}', 'Path number 2 of the batch is not a string.'],
    ['a wrong describe', '{"paths":["a.jpg"],"describe":"no"}', 'The field describe must be true or false.'],
    ['a null describe', '{"paths":["a.jpg"],"describe":null}', 'The field describe must be true or false.'],
    ['an unknown field', '{"paths":["a.jpg"],"descibe":false}', 'The field "descibe" is unknown.'],
  ])('rejects %s with invalid-request', async (_, body, detail) => {
    const answer = await run(service, proxyEvent('', { method: 'POST', body }));
    expect(answer.statusCode).toBe(400);
    expect(parse(answer)).toMatchObject({ code: 'invalid-request', detail: expect.stringContaining(detail) });
    expect(service.records).toMatchObject([{ status: 400, code: 'invalid-request' }]);
  });

  test('rejects a body that is not UTF-8', async () => {
    const body = Buffer.from([0x7b, 0xff]).toString('base64');
    const answer = await run(service, { ...proxyEvent('', { method: 'POST' }), body, isBase64Encoded: true });
    expect(parse(answer)).toMatchObject({ code: 'invalid-request', detail: 'The body is not UTF-8.' });
  });

  test('rejects more than 1,000 paths with too-many-paths', async () => {
    const answer = await post({ paths: pathsOf(1_001) });
    expect(answer.statusCode).toBe(413);
    expect(parse(answer)).toMatchObject({
      code: 'too-many-paths',
      detail: 'The batch has 1001 paths, but at most 1000 are allowed.',
    });
  });

  test.each([
    [4_000_000, 400, 'invalid-request'],
    [4_000_001, 413, 'request-too-large'],
  ])('answers a body of %i bytes with %i %s', async (length, status, code) => {
    const answer = await run(service, proxyEvent('', { method: 'POST', body: 'x'.repeat(length) }));
    expect(answer.statusCode).toBe(status);
    expect(parse(answer)).toMatchObject({ code });
  });

  test('echoes any text as the path of its line', async () => {
    const paths = ['', '\u0000', '\ud800', '"\n', '../a.jpg', '__proto__'];
    const lines = linesOf(await post({ paths }));
    expect(lines).toHaveLength(paths.length + 1);
    for (const [index, path] of paths.entries()) expect(lines[index]).toMatchObject({ path, problem: {} });
  });

  test('logs the number of images and of failed paths, and no URL', async () => {
    await post({ paths: ['a.jpg', 'missing.jpg', 'a.jpg'] });
    expect(service.records).toMatchObject([
      {
        method: 'POST',
        path: '',
        status: 200,
        code: undefined,
        images: 2,
        failed: 1,
        phases: { store: expect.any(Number) },
      },
    ]);
    expect(service.records[0]?.bytes).toBeGreaterThan(100);
    expect(JSON.stringify(service.records)).not.toContain('signature');
  });

  test('logs the first failure of the store, but no fault of a path', async () => {
    const throttled = new ImageError('store-throttled', 'Told.');
    let calls = 0;
    const store: ImageStore = {
      open: () => Promise.reject(throttled),
      describe: () => Promise.reject(++calls === 1 ? throttled : new ImageError('store-timeout', 'Late.')),
    };
    start({ store });
    const answer = await post({ paths: ['a//b.jpg', 'a.jpg', 'c.jpg'] });
    expect(linesOf(answer)).toMatchObject([
      { problem: { code: 'invalid-path' } },
      { problem: { code: 'store-throttled', retryable: true } },
      { problem: { code: 'store-timeout', retryable: true } },
      { count: 3 },
    ]);
    expect(service.records).toMatchObject([
      { status: 200, code: 'store-throttled', error: throttled, images: 0, failed: 3 },
    ]);
  });

  test('logs a time of the store if signing fails, so that alarms see a share of failures', async () => {
    const error = new ImageError('role-refused', 'Refused.');
    start({ locator: { locate: () => Promise.reject(error) } });
    await post({ paths: ['a.jpg'], describe: false });
    expect(service.records).toMatchObject([{ code: 'role-refused', phases: { store: expect.any(Number) } }]);
  });

  test('answers every path with a problem that can be retried if the deadline passes before', async () => {
    const never: ImageStore['describe'] = (_key, { signal } = {}) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    start({ store: { describe: never, open: () => never('') as never }, answerTimeout: 20 });
    const context = { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => 1_020 };
    const paths = pathsOf(60);
    const event = proxyEvent('', { method: 'POST', body: JSON.stringify({ paths }) });
    const answer = await run(service, event, context);
    expect(linesOf(answer)).toEqual([
      ...paths.map((path) => ({ path, problem: expect.objectContaining({ code: 'store-timeout', retryable: true }) })),
      { count: 60 },
    ]);
  });

  test.each([
    ['GET', '', 'path-missing', undefined],
    ['PUT', '', 'method-not-allowed', 'GET, HEAD, POST, OPTIONS'],
    ['POST', 'a.jpg', 'method-not-allowed', 'GET, HEAD, OPTIONS'],
  ])('answers %s /%s with %s', async (method, path, code, allow) => {
    const answer = await run(service, proxyEvent(path, { method, body: '{"paths":["a.jpg"]}' }));
    expect(parse(answer)).toMatchObject({ code });
    expect(answer.headers['Allow']).toBe(allow);
  });

  test('answers OPTIONS / with POST among the methods', async () => {
    const { statusCode, headers } = await run(service, proxyEvent('', { method: 'OPTIONS' }));
    expect([statusCode, headers['Allow']]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
  });

  test('is off by default: POST / is answered with 405', async () => {
    start({ signedLocations: 'off' });
    const answer = await post({ paths: ['a.jpg'] });
    expect([answer.statusCode, answer.headers['Allow']]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  test(`answers a batch whose lines are larger than a response with ${mode === 'buffered' ? '413' : 'all of them'}`, async () => {
    const locator = { locate: async () => ({ url: `https://x/${'u'.repeat(MAX_BUFFERED_BYTES / 10)}`, expires: 0 }) };
    start({ locator });
    const answer = await post({ paths: pathsOf(10), describe: false });
    if (mode === 'streaming') expect(linesOf(answer)).toHaveLength(11);
    else {
      expect(parse(answer)).toMatchObject({ status: 413, code: 'too-many-paths' });
      expect(service.records).toMatchObject([{ status: 413, code: 'too-many-paths' }]);
    }
  });
});

const never: ImageStore['describe'] = (_key, { signal } = {}) =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
const batchOf = (count: number) => proxyEvent('', { method: 'POST', body: JSON.stringify({ paths: pathsOf(count) }) });

test('a stream has every line even if they exceed its buffer when the function runs out of time', async () => {
  const store = { describe: never, open: () => Promise.reject(new Error('opened')) };
  const service = createService({ store, signedLocations: 'on' });
  // One second is reserved for reporting, and two for these lines.
  const context = { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => 3_050 };
  const output = new PassThrough();
  const written = buffer(output);
  await service.streaming(batchOf(1_000), context, () => output);
  const lines = linesOf({ statusCode: 200, headers: {}, body: await written });
  expect(lines).toHaveLength(1_001);
  expect(lines.at(-1)).toEqual({ count: 1_000 });
  expect(service.records).toMatchObject([{ status: 200, code: 'store-timeout', failed: 1_000 }]);
});

test('the log has the failure of the store, even if the client then stops reading', async () => {
  const store: ImageStore = {
    describe: () => Promise.reject(new ImageError('store-unavailable', 'Down.')),
    open: () => Promise.reject(new Error('opened')),
  };
  const service = createService({ store, signedLocations: 'on', clientIdleTimeout: 30 });
  const unread = new PassThrough();
  await expect(service.streaming(batchOf(1_000), CONTEXT, () => unread)).rejects.toMatchObject({
    code: 'client-timeout',
  });
  expect(service.records).toMatchObject([{ code: 'store-unavailable' }]);
});

test('requests that are in flight are cancelled if the answer does not fit into a buffered response', async () => {
  let cancelled = 0;
  const store: ImageStore = {
    open: () => Promise.reject(new Error('opened')),
    describe: async (key, { signal } = {}) => {
      signal?.addEventListener('abort', () => cancelled++);
      if (key === '0.jpg')
        return { ...IMAGE, size: 10, contentEncoding: undefined, cacheControl: undefined, contentType: undefined };
      return never(key, { signal });
    },
  };
  const locator = { locate: async () => ({ url: `https://x/${'u'.repeat(MAX_BUFFERED_BYTES)}`, expires: 0 }) };
  const service = createService({ store, locator, signedLocations: 'on' });
  expect(await service.buffered(batchOf(100), CONTEXT)).toMatchObject({ statusCode: 413 });
  expect(cancelled).toBe(50);
});

describe.each(Object.entries(MODES))('redirects, %s', (_, run) => {
  const send = (headers: Record<string, string> = {}, path = 'a.jpg', method = 'GET') => {
    const images = new Map([
      ['a.jpg', { ...IMAGE, cacheControl: 'max-age=9' }],
      ['b.jpg', { ...IMAGE, etag: 'invalid' }],
    ]);
    return run(createService({ images, redirectAbove: 9 }), proxyEvent(path, { method, headers }));
  };

  test('answer a large image with 307, its location, its size and its ETag, and without a body', async () => {
    const answer = await send();
    expect(answer).toMatchObject({ statusCode: 307, body: Buffer.alloc(0) });
    expect(answer.headers).toEqual({
      Location: urlOf('a.jpg'),
      'Cache-Control': 'no-store',
      ETag: '"v1"',
      'X-Image-Size': '10',
      Vary: 'x-api-key',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': 'request-1',
      'Server-Timing': expect.any(String),
    });
    expect((await send({}, 'b.jpg')).headers).not.toHaveProperty('ETag');
  });

  test.each([{ Origin: 'https://x' }, { 'sec-fetch-site': 'same-origin' }])(
    'never answer a browser: %j',
    async (headers) => {
      expect((await send(headers)).statusCode).toBe(200);
    },
  );

  test('never answer HEAD or an unchanged image', async () => {
    expect((await send({}, 'a.jpg', 'HEAD')).statusCode).toBe(200);
    expect((await send({ 'If-None-Match': '"v1"' })).statusCode).toBe(304);
  });
});
