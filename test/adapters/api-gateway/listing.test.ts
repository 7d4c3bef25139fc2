import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_BUFFERED_BYTES } from '../../../src/adapters/api-gateway/handler.ts';
import { createPage } from '../../../src/adapters/api-gateway/listing.ts';
import { readEvent } from '../../../src/adapters/api-gateway/request.ts';
import { createMemoryImageIndex } from '../../../src/adapters/memory-image-index.ts';
import type { MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { createPathMapping, ImageError } from '../../../src/domain/index.ts';
import { createListImages } from '../../../src/domain/listing/list-images.ts';
import type { ImageIndex, IndexedImage } from '../../../src/domain/listing/ports.ts';
import { type Answer, CONTEXT, MODES } from '../../support/answers.ts';
import { type EventChanges, proxyEvent } from '../../support/events.ts';
import { createService, type Service, type ServiceOptions } from '../../support/service.ts';

const IMAGE: MemoryImage = {
  bytes: Buffer.from('0123456789'),
  etag: '"v1"',
  lastModified: Date.UTC(2026, 0, 1, 12, 30, 5, 678),
  contentType: 'image/jpeg',
};
const LINES = { Accept: 'application/x-ndjson' };

interface Line {
  readonly path?: string;
  readonly next?: string | null;
}

const parse = (answer: Answer) => JSON.parse(String(answer.body));
const linesOf = ({ body }: Answer): readonly Line[] =>
  String(body)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
/** The path of each image in a page of either format. */
const pathsOf = (answer: Answer): readonly (string | undefined)[] =>
  answer.headers['Content-Type'] === 'application/json'
    ? parse(answer).images.map(({ path }: Line) => path)
    : linesOf(answer)
        .slice(0, -1)
        .map(({ path }) => path);
const nextOf = (answer: Answer): string | null =>
  answer.headers['Content-Type'] === 'application/json' ? parse(answer).next : (linesOf(answer).at(-1)?.next ?? null);

/** An index whose pages are these, one after the other; an error is thrown in place of a page. */
const createPages = (pages: readonly (readonly string[] | Error)[]): ImageIndex => ({
  list: async (_prefix, { token = '0' }) => {
    const page = pages[Number(token)];
    if (page === undefined || page instanceof Error) throw page;
    const number = Number(token) + 1;
    return { images: page.map(toIndexed), next: number < pages.length ? String(number) : undefined };
  },
});
const toIndexed = (key: string): IndexedImage => ({ key, size: 1, etag: undefined, lastModified: undefined });

describe.each(Object.entries(MODES))('%s', (mode, run) => {
  let service: Service;

  const start = (options: ServiceOptions = {}) => {
    const images = new Map([
      ['a.jpg', IMAGE],
      ['b c+%/ü.jpg', IMAGE],
      ['notes.txt', IMAGE],
      ['z.jpg', { ...IMAGE, etag: 'invalid', lastModified: -1 }],
    ]);
    service = createService({ images, listing: 'on', ...options });
  };
  const list = (query?: Record<string, string>, changes: EventChanges = {}) =>
    run(service, proxyEvent('', { ...changes, ...(query && { query }) }));

  beforeEach(() => start());

  test('answers GET / with the images in JSON', async () => {
    const answer = await list();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toEqual({
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      Vary: 'x-api-key',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': 'request-1',
      'Server-Timing': expect.stringMatching(/^map;dur=0\.0, store;dur=\d+\.\d$/),
    });
    expect(parse(answer)).toEqual({
      images: [
        { path: 'a.jpg', size: 10, etag: '"v1"', lastModified: '2026-01-01T12:30:05Z' },
        { path: 'b%20c%2B%25/%C3%BC.jpg', size: 10, etag: '"v1"', lastModified: '2026-01-01T12:30:05Z' },
        { path: 'z.jpg', size: 10 },
      ],
      next: null,
    });
  });

  test('answers one image per line and a last line with the cursor if Accept names application/x-ndjson', async () => {
    const answer = await list({ limit: '1' }, { headers: LINES });
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' },
    });
    expect(linesOf(answer)).toEqual([
      { path: 'a.jpg', size: 10, etag: '"v1"', lastModified: '2026-01-01T12:30:05Z' },
      { next: expect.any(String) },
    ]);
    expect(linesOf(await list({ cursor: nextOf(answer) ?? '' }, { headers: LINES })).at(-1)).toEqual({ next: null });
  });

  test.each([
    ['application/x-ndjson', 'application/x-ndjson'],
    ['text/html, Application/X-NDJSON;q=0.5', 'application/x-ndjson'],
    ['application/x-ndjson;q=0', 'application/json'],
    ['application/x-ndjson; q=0.000, */*', 'application/json'],
    ['application/*', 'application/json'],
    ['*/*', 'application/json'],
    ['image/avif', 'application/json'],
    ['', 'application/json'],
  ])('answers Accept: %s with %s', async (accept, contentType) => {
    expect((await list({}, { headers: { accept } })).headers['Content-Type']).toBe(contentType);
  });

  test('links to the next page, relative to the request, with prefix and limit', async () => {
    expect((await list()).headers).not.toHaveProperty('Link');
    const first = await list({ limit: '1' });
    expect(first.headers['Link']).toBe(`<?limit=1&cursor=${nextOf(first)}>; rel="next"`);
    const [, target = ''] = /^<(.*)>/.exec(first.headers['Link'] ?? '') ?? [];
    const { search, pathname } = new URL(target, 'https://api.example/prod/');
    expect(pathname).toBe('/prod/');
    const second = await list(Object.fromEntries(new URLSearchParams(search)));
    expect(pathsOf(second)).toEqual(['b%20c%2B%25/%C3%BC.jpg']);
  });

  test.each(['b c+', 'b c%2B%25', 'b%20c%2b%25/%C3%BC', '/b c'])(
    'keeps the prefix %j in the link, decoded once like a path',
    async (prefix) => {
      start({ index: createPages([['b c+%/ü.jpg'], []]) });
      const { headers } = await list({ prefix, limit: '1' });
      const [, target = ''] = /^<\?(.*)>/.exec(headers['Link'] ?? '') ?? [];
      expect(new URLSearchParams(target).get('prefix')).toBe(prefix);
      expect(target).not.toMatch(/[^\w%.~&=!*'()-]/);
      expect(pathsOf(await list({ prefix }))).toEqual(['b%20c%2B%25/%C3%BC.jpg']);
    },
  );

  test('leaves out a link that would exceed the limit of headers', async () => {
    // The percent signs are encoded again.
    const prefix = '%C3%BC'.repeat(500);
    start({ index: createPages([[`${'ü'.repeat(500)}.jpg`], []]) });
    const answer = await list({ prefix, limit: '1' });
    expect(answer.statusCode).toBe(200);
    expect(nextOf(answer)).toEqual(expect.any(String));
    expect(answer.headers).not.toHaveProperty('Link');
  });

  test('answers HEAD with the headers of GET and no body', async () => {
    const { 'Server-Timing': _, ...headers } = (await list({ limit: '1' })).headers;
    const head = await list({ limit: '1' }, { method: 'HEAD' });
    expect(head).toMatchObject({ statusCode: 200, headers, body: Buffer.alloc(0) });
    const lines = await list({}, { method: 'HEAD', headers: LINES });
    expect([lines.headers['Content-Type'], lines.body.length]).toEqual(['application/x-ndjson', 0]);
    expect(service.records.map(({ bytes }) => bytes)).toEqual([expect.any(Number), 0, 0]);
  });

  test('answers OPTIONS with the methods of every path', async () => {
    const { statusCode, headers } = await list(undefined, { method: 'OPTIONS' });
    expect([statusCode, headers['Allow']]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });

  test.each<[Record<string, string>, string]>([
    [
      { limit: '0' },
      'The limit is "0", but must be a whole number from 1 to 10000, or to 100000 with Accept: application/x-ndjson.',
    ],
    [{ limit: '10001' }, 'The limit is "10001", but'],
    [{ limit: '-1' }, 'The limit is "-1", but'],
    [{ limit: '1.5' }, 'The limit is "1.5", but'],
    [{ limit: '1e3' }, 'The limit is "1e3", but'],
    [{ limit: ' 7' }, 'The limit is " 7", but'],
    [{ limit: '' }, 'The limit is "", but'],
    [{ limit: 'many' }, 'The limit is "many", but'],
    [{ limit: '9'.repeat(400) }, 'The limit is "99'],
    [{ prefix: 'a%' }, 'The prefix has a percent escape that is not UTF-8'],
    [{ prefix: 'a%2' }, 'The prefix has a percent escape that is not UTF-8'],
    [{ prefix: '%ff' }, 'The prefix has a percent escape that is not UTF-8'],
    [{ prefix: 'a%2Fb' }, 'The prefix has an encoded slash'],
    [{ prefix: 'a//b' }, 'The prefix has an empty segment'],
    [{ prefix: 'a/../b' }, 'The prefix has a "." or ".." segment'],
    [{ prefix: '\ud800' }, 'The prefix is not well-formed Unicode'],
    [{ prefx: 'a' }, 'The parameter "prefx" is unknown. The parameters of a listing are prefix, limit, cursor.'],
    [{ __proto__x: 'a' }, 'The parameter "__proto__x" is unknown.'],
  ])('rejects the query %j with invalid-request', async (query, detail) => {
    const answer = await list(query);
    expect([answer.statusCode, answer.headers['Content-Type']]).toEqual([400, 'application/problem+json']);
    expect(parse(answer)).toMatchObject({ code: 'invalid-request', detail: expect.stringContaining(detail) });
    expect(service.records).toMatchObject([{ status: 400, code: 'invalid-request' }]);
    expect(service.records[0]?.phases).not.toHaveProperty('store');
  });

  test('rejects a parameter that occurs twice', async () => {
    const event = { ...proxyEvent(''), multiValueQueryStringParameters: { prefix: ['a', 'b'] } };
    expect(parse(await run(service, event))).toMatchObject({
      code: 'invalid-request',
      detail: 'The parameter prefix occurs 2 times. Send it once.',
    });
  });

  test('allows a limit of 100,000 lines', async () => {
    expect((await list({ limit: '100000' }, { headers: LINES })).statusCode).toBe(200);
    expect((await list({ limit: '100001' }, { headers: LINES })).statusCode).toBe(400);
    expect((await list({ limit: '10000' })).statusCode).toBe(200);
  });

  test.each([['x'], [''], ['MS4wLjA'], ['é'], ['%']])('rejects the cursor %j with invalid-cursor', async (cursor) => {
    const answer = await list({ cursor });
    expect(answer.statusCode).toBe(400);
    expect(parse(answer)).toMatchObject({ code: 'invalid-cursor', retryable: false });
  });

  test('rejects the cursor of another prefix, and of another mapping', async () => {
    const cursor = nextOf(await list({ limit: '1' })) ?? '';
    expect((await list({ cursor })).statusCode).toBe(200);
    expect(parse(await list({ cursor, prefix: 'a' }))).toMatchObject({ code: 'invalid-cursor' });
    start({ mapping: { routes: [{ path: '{p+}', key: '{p+}' }] } });
    expect(parse(await list({ cursor }))).toMatchObject({ code: 'invalid-cursor' });
  });

  test.each([
    ['store-throttled', 503],
    ['store-forbidden', 502],
    ['role-refused', 502],
    ['store-unavailable', 502],
    ['store-timeout', 504],
  ] as const)('answers %s with %i if the first call of the store fails', async (code, status) => {
    start({ index: createPages([new ImageError(code, 'Told.')]) });
    for (const headers of [{}, LINES]) {
      const answer = await list({}, { headers });
      expect([answer.statusCode, answer.headers['Content-Type']]).toEqual([status, 'application/problem+json']);
      expect(parse(answer)).toMatchObject({ code });
    }
    expect(service.records).toMatchObject([
      { status, code, phases: { store: expect.any(Number) } },
      { status, code },
    ]);
  });

  test('answers internal for an unexpected error of the index', async () => {
    start({ index: createPages([new Error('unexpected')]) });
    expect(parse(await list())).toMatchObject({ status: 500, code: 'internal', detail: 'The service failed.' });
  });

  test('reports a failure after the first call: as a problem, or in a stream of lines as a truncated page', async () => {
    const error = new ImageError('store-throttled', 'Told.');
    start({ index: createPages([['a.jpg'], error]) });
    expect(await list()).toMatchObject({ statusCode: 503 });
    const lines = await list({}, { headers: LINES });
    if (mode === 'buffered') expect(lines.statusCode).toBe(503);
    else {
      expect(lines).toMatchObject({ statusCode: 200, failure: error });
      expect(linesOf(lines)).toEqual([{ path: 'a.jpg', size: 1 }]);
    }
    expect(service.records).toMatchObject([{ code: 'store-throttled' }, { code: 'store-throttled', error }]);
  });

  test('reports an unexpected error after the first call as internal', async () => {
    start({ index: createPages([['a.jpg'], new TypeError('unexpected')]) });
    await list({}, { headers: LINES });
    expect(service.records).toMatchObject([{ code: 'internal', error: { cause: expect.any(TypeError) } }]);
  });

  test('ends a page at the deadline, with a cursor that continues it', async () => {
    const stuck: ImageIndex = {
      list: (_prefix, { token, signal }) =>
        token === undefined
          ? Promise.resolve({ images: [toIndexed('a.jpg')], next: 't' })
          : new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    };
    start({ index: stuck, answerTimeout: 30 });
    const answer = await list();
    expect(pathsOf(answer)).toEqual(['a.jpg']);
    expect(nextOf(answer)).toEqual(expect.any(String));
    expect(service.records).toMatchObject([{ status: 200, code: undefined, images: 1, calls: 1 }]);
  });

  test('answers store-timeout if the store says nothing until the deadline', async () => {
    const silent: ImageIndex = {
      list: (_prefix, { signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    };
    start({ index: silent, answerTimeout: 20 });
    expect(parse(await list())).toMatchObject({
      code: 'store-timeout',
      detail: 'Timed out while waiting for the image store.',
    });
  });

  test('logs the number of images, of skipped keys and of calls, and neither cursor nor prefix', async () => {
    start({ index: createPages([['secret-a.jpg', 'x.txt'], ['secret-b.jpg']]) });
    const cursor = nextOf(await list({ prefix: 'secret', limit: '1' }));
    await list({ prefix: 'secret' }, { headers: LINES });
    expect(service.records).toMatchObject([
      { method: 'GET', path: '', status: 200, images: 1, skipped: 1, calls: 1 },
      { images: 2, skipped: 1, calls: 2, bytes: expect.any(Number), phases: { store: expect.any(Number) } },
    ]);
    expect(cursor).toEqual(expect.any(String));
    expect(JSON.stringify(service.records)).not.toMatch(new RegExp(`secret|${cursor}`));
  });

  test('skips the images of routes that lose a part of the name, and counts them', async () => {
    const routes = [
      { path: 'thumbs/{size}/{name}.jpg', key: '{name}.jpg', lossy: true },
      { path: 'icons/{name}', key: '{name}.png' },
    ];
    start({ mapping: { routes }, index: createPages([['a.jpg', 'b.png', 'c.jpg']]) });
    expect(pathsOf(await list())).toEqual(['icons/b']);
    expect(service.records).toMatchObject([{ images: 1, skipped: 2 }]);
  });

  test('lists nothing without asking the store if no path can have the prefix', async () => {
    const index: ImageIndex = { list: () => Promise.reject(new Error('asked')) };
    start({ index, mapping: { routes: [{ path: 'p/{name}', key: '{name}' }] } });
    expect(parse(await list({ prefix: 'q/' }))).toEqual({ images: [], next: null });
  });

  test('gives every image once, for any limits and both formats', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `k/${String(index).padStart(2, '0')}.jpg`);
    start({ index: createMemoryImageIndex(new Map(keys.map((key) => [key, IMAGE]))) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.boolean()), { minLength: 1 }),
        async (pages) => {
          const found: unknown[] = [];
          let cursor: string | null = null;
          for (let number = 0; number === 0 || cursor !== null; number++) {
            const [limit, isLines] = pages[number % pages.length] ?? [1, false];
            const query: Record<string, string> = { limit: String(limit), ...(cursor === null ? {} : { cursor }) };
            const answer: Answer = await list(query, { headers: isLines ? LINES : {} });
            expect(pathsOf(answer).length).toBeLessThanOrEqual(limit);
            found.push(...pathsOf(answer));
            cursor = nextOf(answer);
          }
          expect(found).toEqual(keys);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('is off by default: GET / is answered with path-missing', async () => {
    start({ listing: 'off' });
    expect(parse(await list({ prefix: 'a' }))).toMatchObject({ status: 400, code: 'path-missing' });
  });
});

test('a stream of lines ends before its size limit, and its cursor continues', async () => {
  const names = Array.from({ length: 90 }, (_, index) => `${index}${'ü'.repeat(300)}.jpg`);
  const parts = [names.slice(0, 30), names.slice(30, 60), names.slice(60)];
  const listImages = createListImages({ mapping: createPathMapping(), index: createPages(parts) });
  const read = async (cursor?: string) => {
    const event = proxyEvent('', { headers: LINES, query: { limit: '100000', ...(cursor && { cursor }) } });
    const request = readEvent(event, { awsRequestId: 'invocation-1', traceHeader: undefined });
    // A part has 56 kB of images, and 16 kB are reserved.
    const { signal } = new AbortController();
    const page = await createPage(request, { listImages, signal, maxBytes: 140_000, streams: true, onPart: () => {} });
    let text = '';
    for await (const chunk of page.chunks) text += chunk;
    expect(text.length).toBeLessThan(140_000);
    return linesOf({ statusCode: 200, headers: {}, body: Buffer.from(text) });
  };
  const first = await read();
  const rest = await read(first.at(-1)?.next ?? '');
  expect([first.length, rest.length]).toEqual([61, 31]);
  expect(rest.at(-1)).toEqual({ next: null });
});

describe('a page that would be larger than a buffered response', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `${index}${'ü'.repeat(500)}.jpg`);
  const start = (index: ImageIndex) => createService({ listing: 'on', index });
  const get = async (service: Service, query: Record<string, string>, headers = {}) => {
    const result = await service.buffered(proxyEvent('', { query, headers }), CONTEXT);
    const body = Buffer.from(result.body, 'base64');
    expect(body.length).toBeLessThanOrEqual(MAX_BUFFERED_BYTES);
    return { ...result, body };
  };

  test.each([
    ['JSON', {}],
    ['lines', LINES],
  ])('ends before it, in %s, and the next page continues', async (_, headers) => {
    // Each image has 3 kB, so a part has 1.5 MB.
    const parts = [0, 1, 2, 3].map((number) => names(500).map((name) => `${number}/${name}`));
    const service = start(createPages(parts));
    const first = await get(service, { limit: '10000' }, headers);
    expect(pathsOf(first)).toHaveLength(1_500);
    const second = await get(service, { limit: '10000', cursor: nextOf(first) ?? '' }, headers);
    expect(pathsOf(second)).toHaveLength(500);
    expect(nextOf(second)).toBeNull();
    expect(service.records.map(({ images, calls }) => [images, calls])).toEqual([
      [1_500, 3],
      [500, 1],
    ]);
  });

  test('asks for fewer images if not even the first part fits', async () => {
    const keys = names(4_000);
    const index = createMemoryImageIndex(new Map(keys.map((key) => [key, IMAGE])));
    const service = start(index);
    const found: unknown[] = [];
    let cursor: string | null = null;
    do {
      const answer = await get(service, { limit: '4000', ...(cursor === null ? {} : { cursor }) });
      found.push(...pathsOf(answer));
      cursor = nextOf(answer);
    } while (cursor !== null);
    expect(found).toHaveLength(4_000);
    expect(new Set(found).size).toBe(4_000);
  });
});
