import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { Integration, LocalGatewayOptions } from '../../../src/adapters/local-gateway/server.ts';
import type { MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { API_KEY, createService, integrate, type RunningGateway, startGateway } from '../../support/service.ts';

const IMAGE: MemoryImage = {
  bytes: Buffer.from('\u0000\u00ff0123456789', 'latin1'),
  etag: '"v1"',
  lastModified: Date.UTC(2026, 0, 1),
};
const KEY = { 'x-api-key': API_KEY };

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A client that sends the path as it is. */
const ask = async (
  gateway: RunningGateway,
  path: string,
  headers: OutgoingHttpHeaders = KEY,
  method = 'GET',
  body?: Buffer,
): Promise<Reply> => {
  const request = httpRequest(gateway.origin, { path, method, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
};

/** A function that answers with what it was called with. */
const echo: Integration = {
  mode: 'buffered',
  invoke: async (event) => ({
    statusCode: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(event),
  }),
};
const returning = (result: unknown): Integration => ({ mode: 'buffered', invoke: async () => result });
const eventOf = async (
  gateway: RunningGateway,
  path: string,
  headers?: OutgoingHttpHeaders,
  method?: string,
  body?: Buffer,
) => JSON.parse(String((await ask(gateway, path, headers, method, body)).body));

describe.each(['buffered', 'stream'] as const)('the service behind it, %s', (mode) => {
  const images = new Map([['a b.jpg', IMAGE]]);
  const start = (options: Partial<LocalGatewayOptions> = {}) =>
    startGateway({ integration: integrate(createService({ images }), mode), ...options });

  test('answers the bytes', async () => {
    await using gateway = await start();
    const { status, headers, body } = await ask(gateway, '/dev/a%20b.jpg');
    expect(status).toBe(200);
    expect(body).toEqual(IMAGE.bytes);
    expect(headers).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': '12',
      etag: '"v1"',
      'x-amzn-requestid': headers['x-request-id'],
    });
  });

  test.each([
    ['HEAD', {}, 200],
    ['GET', { 'if-none-match': '"v1"' }, 304],
    ['OPTIONS', {}, 204],
    ['HEAD', { 'if-none-match': '"v1"' }, 304],
  ])('answers %s with %j without a body: %i', async (method, headers, status) => {
    await using gateway = await start();
    const reply = await ask(gateway, '/dev/a%20b.jpg', { ...KEY, ...headers }, method);
    expect([reply.status, reply.body.length]).toEqual([status, 0]);
    expect(reply.headers['x-request-id']).toBeDefined();
  });

  test.each([
    ['/dev/a%20b.jpg', { range: 'bytes=2-3' }, 206],
    ['/dev/a%20b.jpg', { range: 'bytes=99-' }, 416],
    ['/dev/b.jpg', {}, 404],
    ['/dev/', {}, 400],
    ['/dev', {}, 400],
    ['/dev/a%2Fb.jpg', {}, 400],
    ['/dev/a%20b.jpg/', {}, 400],
    ['/dev/x//a.jpg', {}, 400],
    ['/dev/%2e%2e/a.jpg', {}, 400],
  ])('answers %s with %j: %i', async (path, headers, status) => {
    await using gateway = await start();
    expect((await ask(gateway, path, { ...KEY, ...headers })).status).toBe(status);
  });

  test.each([
    ['no key', {}],
    ['another key', { 'x-api-key': `${API_KEY}x` }],
    ['an empty key', { 'x-api-key': '' }],
  ])('forbids %s, before the function runs', async (_, headers) => {
    const service = createService({ images });
    await using gateway = await startGateway({ integration: integrate(service, mode) });
    const { status, headers: answered, body } = await ask(gateway, '/dev/a%20b.jpg', headers);
    expect([status, String(body), answered['x-amzn-errortype']]).toEqual([
      403,
      '{"message":"Forbidden"}',
      'ForbiddenException',
    ]);
    expect(service.records).toHaveLength(0);
  });

  test.each(['/', '/prod/a%20b.jpg', '/devx/a', '//dev/a'])('forbids what is not below the stage: %s', async (path) => {
    await using gateway = await start();
    expect((await ask(gateway, path)).status).toBe(403);
  });

  test('forbids a target that is not a path', async () => {
    await using gateway = await start({ openPreflight: true });
    expect((await ask(gateway, '*', KEY, 'OPTIONS')).status).toBe(403);
  });

  test('lets a preflight through without a key only where that is asked for', async () => {
    await using closed = await start();
    await using open = await start({ openPreflight: true });
    expect((await ask(closed, '/dev/a%20b.jpg', {}, 'OPTIONS')).status).toBe(403);
    expect((await ask(open, '/dev/a%20b.jpg', {}, 'OPTIONS')).status).toBe(204);
    expect((await ask(open, '/dev/a%20b.jpg', {})).status).toBe(403);
  });
});

describe('the event', () => {
  test('has what API Gateway puts into it', async () => {
    await using gateway = await startGateway({ integration: echo });
    const event = await eventOf(gateway, '/dev/a%20b/c+d/?x=1&x=a+b&y=%C3%BC', {
      ...KEY,
      'X-Mixed': ['1', '2'],
      'User-Agent': 'test',
    });
    expect(event).toMatchObject({
      resource: '/{proxy+}',
      path: '/a%20b/c+d/',
      httpMethod: 'GET',
      headers: { 'x-api-key': API_KEY, 'X-Mixed': '2' },
      multiValueHeaders: { 'X-Mixed': ['1', '2'] },
      queryStringParameters: { x: 'a b', y: 'ü' },
      multiValueQueryStringParameters: { x: ['1', 'a b'], y: ['ü'] },
      pathParameters: { proxy: 'a%20b/c+d' },
      requestContext: {
        resourcePath: '/{proxy+}',
        path: '/dev/a%20b/c+d/',
        stage: 'dev',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        identity: { apiKey: API_KEY, apiKeyId: 'local', sourceIp: '127.0.0.1', userAgent: 'test' },
      },
      body: null,
      isBase64Encoded: false,
    });
  });

  test.each([
    ['/dev', '/', '/', null],
    ['/dev/', '/', '/', null],
    ['/dev//', '//', '/', null],
    ['/dev//a', '//a', '/{proxy+}', { proxy: 'a' }],
    ['/dev/a//b', '/a//b', '/{proxy+}', { proxy: 'a//b' }],
    ['/dev/%2F%zz', '/%2F%zz', '/{proxy+}', { proxy: '%2F%zz' }],
  ])('of %s has the path %j, the resource %s and the parameters %j', async (target, path, resource, pathParameters) => {
    await using gateway = await startGateway({ integration: echo });
    expect(await eventOf(gateway, target)).toMatchObject({
      path,
      resource,
      pathParameters,
      queryStringParameters: null,
    });
  });

  test('has the body, as base64', async () => {
    await using gateway = await startGateway({ integration: echo });
    expect(await eventOf(gateway, '/dev/a', KEY, 'POST', Buffer.from([0, 255]))).toMatchObject({
      httpMethod: 'POST',
      body: 'AP8=',
      isBase64Encoded: true,
    });
  });
});

describe('limits', () => {
  test('refuses more than 10,240 bytes of headers', async () => {
    await using gateway = await startGateway({ integration: echo });
    expect((await ask(gateway, '/dev/a', { ...KEY, big: 'x'.repeat(9_900) })).status).toBe(200);
    expect((await ask(gateway, '/dev/a', { ...KEY, big: 'x'.repeat(10_240) })).status).toBe(431);
    expect((await ask(gateway, `/dev/${'a'.repeat(10_240)}`)).status).toBe(431);
  });

  test('refuses more than 10 MiB of body', async () => {
    await using gateway = await startGateway({ integration: returning({ statusCode: 200 }) });
    expect((await ask(gateway, '/dev/a', KEY, 'POST', Buffer.alloc(10 * 1024 * 1024))).status).toBe(200);
    const { status, body } = await ask(gateway, '/dev/a', KEY, 'POST', Buffer.alloc(10 * 1024 * 1024 + 1));
    expect([status, String(body)]).toEqual([413, '{"message":"Request Too Long"}']);
  });

  test.each<[string, Integration]>([
    ['buffered', { mode: 'buffered', invoke: () => new Promise(() => undefined) }],
    ['streamed', { mode: 'stream', invoke: () => new Promise(() => undefined) }],
  ])('answers 504 when a %s answer does not begin in time', async (_, integration) => {
    await using gateway = await startGateway({ integration, timeout: 20 });
    const { status, body } = await ask(gateway, '/dev/a');
    expect([status, String(body)]).toEqual([504, '{"message":"Endpoint request timed out"}']);
  });

  test('drops a buffered answer that comes after the 504', async () => {
    const late = Promise.withResolvers<object>();
    const results = [late.promise, Promise.resolve({ statusCode: 200 })];
    const integration: Integration = { mode: 'buffered', invoke: async () => results.shift() };
    await using gateway = await startGateway({ integration, timeout: 20 });
    expect((await ask(gateway, '/dev/a')).status).toBe(504);
    late.resolve({ statusCode: 204 });
    expect((await ask(gateway, '/dev/a')).status).toBe(200);
    expect(gateway.failures).toEqual([]);
  });

  test('reports a client that goes away in the middle of its body, and serves the next', async () => {
    const failure = Promise.withResolvers<unknown>();
    await using gateway = await startGateway({ integration: echo, onFailure: failure.resolve });
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    socket.end(`POST /dev/a HTTP/1.1\r\nhost: x\r\nx-api-key: ${API_KEY}\r\ncontent-length: 10\r\n\r\n01234`);
    expect(await failure.promise).toMatchObject({ code: 'ECONNRESET' });
    expect((await ask(gateway, '/dev/a')).status).toBe(200);
  });

  test('tells the function how much time it has', async () => {
    const times: number[] = [];
    const integration: Integration = {
      mode: 'buffered',
      invoke: async (_, context) => {
        times.push(context.getRemainingTimeInMillis());
        return { statusCode: 200 };
      },
    };
    await using gateway = await startGateway({ integration });
    await ask(gateway, '/dev/a');
    expect(times[0]).toBeGreaterThan(28_000);
    expect(times[0]).toBeLessThanOrEqual(29_000);
  });
});

describe('what a buffered function returns', () => {
  test.each([
    ['nothing', undefined],
    ['no object', 'x'],
    ['no status', { body: '' }],
    ['a status that is no number', { statusCode: 'x' }],
    ['a status out of range', { statusCode: 99 }],
    ['a body that is no text', { statusCode: 200, body: 5 }],
    ['headers that are no object', { statusCode: 200, headers: 'x' }],
    ['a header that HTTP refuses', { statusCode: 200, headers: { a: 'x\ny: z' } }],
    ['a name that HTTP refuses', { statusCode: 200, headers: { 'a b': 'x' } }],
    ['too many bytes of headers', { statusCode: 200, headers: { a: 'x'.repeat(10_240) } }],
    ['more than Lambda takes', { statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024 + 100) }],
  ])('is a 502 when it is %s', async (_, result) => {
    await using gateway = await startGateway({ integration: returning(result) });
    const { status, body } = await ask(gateway, '/dev/a');
    expect([status, String(body)]).toEqual([502, '{"message":"Internal server error"}']);
    expect(gateway.failures).toHaveLength(1);
  });

  test('is a 502 when it throws', async () => {
    const error = new Error('thrown');
    await using gateway = await startGateway({
      integration: { mode: 'buffered', invoke: () => Promise.reject(error) },
    });
    expect((await ask(gateway, '/dev/a')).status).toBe(502);
    expect(gateway.failures).toEqual([error]);
  });

  test('gets a content type when it has none, and gives up the headers of the gateway', async () => {
    const headers = { 'Content-Length': 99, Date: 'never', Server: 'me', Connection: 'x', 'X-Other': 'y' };
    await using gateway = await startGateway({ integration: returning({ statusCode: 200, headers, body: 'ab' }) });
    const { headers: answered, body } = await ask(gateway, '/dev/a');
    expect(String(body)).toBe('ab');
    expect(answered).toMatchObject({
      'content-type': 'application/json',
      'content-length': '2',
      'x-amzn-remapped-content-length': '99',
      'x-amzn-remapped-date': 'never',
      'x-amzn-remapped-server': 'me',
      'x-amzn-remapped-connection': 'x',
      'x-other': 'y',
    });
  });

  test.each([
    [['*/*'], 'text/html, image/jpeg', 'bytes'],
    [['*/*'], undefined, 'bytes'],
    [['image/jpeg'], 'image/jpeg;q=1, text/html', 'bytes'],
    [['image/jpeg'], 'text/html, image/jpeg', 'Ynl0ZXM='],
    [['image/jpeg'], undefined, 'Ynl0ZXM='],
    [[], '*/*', 'Ynl0ZXM='],
  ])('is decoded, with %j set and Accept %j, to %s', async (binaryMediaTypes, accept, expected) => {
    const integration = returning({ statusCode: 200, body: 'Ynl0ZXM=', isBase64Encoded: true });
    await using gateway = await startGateway({ integration, binaryMediaTypes });
    const { body } = await ask(gateway, '/dev/a', accept === undefined ? KEY : { ...KEY, accept });
    expect(String(body)).toBe(expected);
  });
});

describe('what a streaming function writes', () => {
  const streaming = (
    invoke: (begin: Parameters<Extract<Integration, { mode: 'stream' }>['invoke']>[2]) => Promise<void>,
  ): Integration => ({
    mode: 'stream',
    invoke: (_event, _context, begin) => invoke(begin),
  });

  test.each<[string, Integration]>([
    ['nothing at all', streaming(async () => Promise.reject(new Error('thrown')))],
    [
      'a prelude, and ends without a write',
      streaming(async (begin) => void begin({ statusCode: 200, headers: {} }).end()),
    ],
    ['a status that is none', streaming(async (begin) => void begin({ statusCode: 1, headers: {} }).end('x'))],
    [
      'a header that HTTP refuses',
      streaming(async (begin) => void begin({ statusCode: 200, headers: { a: '\n' } }).end('x')),
    ],
  ])('is a 502 when it is %s', async (_, integration) => {
    await using gateway = await startGateway({ integration });
    expect((await ask(gateway, '/dev/a')).status).toBe(502);
    expect(gateway.failures).toHaveLength(1);
  });

  test('needs no headers', async () => {
    const integration = streaming(async (begin) => {
      // As JavaScript that no compiler checks may call it.
      const prelude = { statusCode: 200 } as Parameters<typeof begin>[0];
      begin(prelude).end('x');
    });
    await using gateway = await startGateway({ integration });
    const { status, body } = await ask(gateway, '/dev/a');
    expect([status, String(body)]).toEqual([200, 'x']);
  });

  test('arrives while the function is still writing', async () => {
    const seen = Promise.withResolvers<void>();
    const integration = streaming(async (begin) => {
      const output = begin({ statusCode: 200, headers: { 'Content-Length': '10' } });
      output.write('01234');
      await seen.promise;
      output.end('56789');
    });
    await using gateway = await startGateway({ integration });
    const request = httpRequest(gateway.origin, { path: '/dev/a', headers: KEY, agent: false }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const [first] = await once(response, 'data');
    expect(String(first)).toBe('01234');
    seen.resolve();
    expect(String(await buffer(response))).toBe('56789');
  });

  test('is broken off when the function fails in the middle, and not ended', async () => {
    const integration = streaming(async (begin) => {
      begin({ statusCode: 200, headers: { 'Content-Length': '10' } }).write('01234');
      throw new Error('broke off');
    });
    await using gateway = await startGateway({ integration });
    await expect(ask(gateway, '/dev/a')).rejects.toThrow(/aborted|socket hang up|ECONNRESET/);
    expect(gateway.failures).toMatchObject([{ message: 'broke off' }]);
  });

  test('ends when the client goes away', async () => {
    const source = new Readable({ read: () => undefined });
    const store = {
      describe: () => Promise.reject(new Error('unused')),
      open: async () => ({
        info: {
          size: 5,
          etag: undefined,
          lastModified: undefined,
          contentType: undefined,
          contentEncoding: undefined,
          cacheControl: undefined,
        },
        range: undefined,
        body: source,
      }),
    };
    await using gateway = await startGateway({ integration: integrate(createService({ store }), 'stream') });
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    socket.write(`GET /dev/a.jpg HTTP/1.1\r\nhost: x\r\nx-api-key: ${API_KEY}\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await once(source, 'close');
    expect(source.destroyed).toBe(true);
  });
});
