import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { Integration, LocalGatewayOptions, StartResponse } from '../../../src/adapters/local-gateway/server.ts';
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

/** Sends a request without normalizing the path. */
const send = async (
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

/** A function that returns its event as the body. */
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
) => JSON.parse(String((await send(gateway, path, headers, method, body)).body));

describe.each(['buffered', 'stream'] as const)('the service behind the local gateway, %s', (mode) => {
  const images = new Map([['a b.jpg', IMAGE]]);
  const start = (options: Partial<LocalGatewayOptions> = {}) =>
    startGateway({ integration: integrate(createService({ images }), mode), ...options });

  test('returns the bytes of the image', async () => {
    await using gateway = await start();
    const { status, headers, body } = await send(gateway, '/dev/a%20b.jpg');
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
  ])('answers %s with %j without a body and with status %i', async (method, headers, status) => {
    await using gateway = await start();
    const reply = await send(gateway, '/dev/a%20b.jpg', { ...KEY, ...headers }, method);
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
  ])('answers %s with %j with status %i', async (path, headers, status) => {
    await using gateway = await start();
    expect((await send(gateway, path, { ...KEY, ...headers })).status).toBe(status);
  });

  test.each([
    ['no key', {}],
    ['another key', { 'x-api-key': `${API_KEY}x` }],
    ['an empty key', { 'x-api-key': '' }],
  ])('rejects %s with 403 and does not call the function', async (_, headers) => {
    const service = createService({ images });
    await using gateway = await startGateway({ integration: integrate(service, mode) });
    const { status, headers: answered, body } = await send(gateway, '/dev/a%20b.jpg', headers);
    expect([status, String(body), answered['x-amzn-errortype']]).toEqual([
      403,
      '{"message":"Forbidden"}',
      'ForbiddenException',
    ]);
    expect(service.records).toHaveLength(0);
  });

  test.each(['/', '/prod/a%20b.jpg', '/devx/a', '//dev/a'])(
    'rejects the path %s, which is not below the stage, with 403',
    async (path) => {
      await using gateway = await start();
      expect((await send(gateway, path)).status).toBe(403);
    },
  );

  test('rejects a request target that is not a path with 403', async () => {
    await using gateway = await start({ openPreflight: true });
    expect((await send(gateway, '*', KEY, 'OPTIONS')).status).toBe(403);
  });

  test('accepts a preflight without a key only with openPreflight', async () => {
    await using closed = await start();
    await using open = await start({ openPreflight: true });
    expect((await send(closed, '/dev/a%20b.jpg', {}, 'OPTIONS')).status).toBe(403);
    expect((await send(open, '/dev/a%20b.jpg', {}, 'OPTIONS')).status).toBe(204);
    expect((await send(open, '/dev/a%20b.jpg', {})).status).toBe(403);
  });
});

describe('the event', () => {
  test('has the fields of an API Gateway event', async () => {
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
  ])(
    'has for %s the path %j, the resource %s and the parameters %j',
    async (target, path, resource, pathParameters) => {
      await using gateway = await startGateway({ integration: echo });
      expect(await eventOf(gateway, target)).toMatchObject({
        path,
        resource,
        pathParameters,
        queryStringParameters: null,
      });
    },
  );

  test('has the body as base64', async () => {
    await using gateway = await startGateway({ integration: echo });
    expect(await eventOf(gateway, '/dev/a', KEY, 'POST', Buffer.from([0, 255]))).toMatchObject({
      httpMethod: 'POST',
      body: 'AP8=',
      isBase64Encoded: true,
    });
  });
});

describe('limits', () => {
  test('rejects more than 10,240 bytes of headers with 431', async () => {
    await using gateway = await startGateway({ integration: echo });
    expect((await send(gateway, '/dev/a', { ...KEY, big: 'x'.repeat(9_900) })).status).toBe(200);
    expect((await send(gateway, '/dev/a', { ...KEY, big: 'x'.repeat(10_240) })).status).toBe(431);
    expect((await send(gateway, `/dev/${'a'.repeat(10_240)}`)).status).toBe(431);
  });

  test('rejects a body of more than 10 MiB with 413', async () => {
    await using gateway = await startGateway({ integration: returning({ statusCode: 200 }) });
    expect((await send(gateway, '/dev/a', KEY, 'POST', Buffer.alloc(10 * 1024 * 1024))).status).toBe(200);
    const { status, body } = await send(gateway, '/dev/a', KEY, 'POST', Buffer.alloc(10 * 1024 * 1024 + 1));
    expect([status, String(body)]).toEqual([413, '{"message":"Request Too Long"}']);
  });

  test.each<[string, Integration]>([
    ['buffered', { mode: 'buffered', invoke: () => new Promise(() => undefined) }],
    ['streamed', { mode: 'stream', invoke: () => new Promise(() => undefined) }],
  ])('answers 504 if a %s response does not start in time', async (_, integration) => {
    await using gateway = await startGateway({ integration, timeout: 20 });
    const { status, body } = await send(gateway, '/dev/a');
    expect([status, String(body)]).toEqual([504, '{"message":"Endpoint request timed out"}']);
  });

  test('drops a buffered response that arrives after the 504', async () => {
    const late = Promise.withResolvers<object>();
    const results = [late.promise, Promise.resolve({ statusCode: 200 })];
    const integration: Integration = { mode: 'buffered', invoke: async () => results.shift() };
    await using gateway = await startGateway({ integration, timeout: 20 });
    expect((await send(gateway, '/dev/a')).status).toBe(504);
    late.resolve({ statusCode: 204 });
    expect((await send(gateway, '/dev/a')).status).toBe(200);
    expect(gateway.failures).toEqual([]);
  });

  test('reports a client that disconnects while it sends its body, and serves the next client', async () => {
    const failure = Promise.withResolvers<unknown>();
    await using gateway = await startGateway({ integration: echo, onFailure: failure.resolve });
    const socket = connect(Number(new URL(gateway.origin).port), '127.0.0.1');
    socket.end(`POST /dev/a HTTP/1.1\r\nhost: x\r\nx-api-key: ${API_KEY}\r\ncontent-length: 10\r\n\r\n01234`);
    expect(await failure.promise).toMatchObject({ code: 'ECONNRESET' });
    expect((await send(gateway, '/dev/a')).status).toBe(200);
  });

  test('passes the remaining time to the function', async () => {
    const times: number[] = [];
    const integration: Integration = {
      mode: 'buffered',
      invoke: async (_, context) => {
        times.push(context.getRemainingTimeInMillis());
        return { statusCode: 200 };
      },
    };
    await using gateway = await startGateway({ integration });
    await send(gateway, '/dev/a');
    expect(times[0]).toBeGreaterThan(28_000);
    expect(times[0]).toBeLessThanOrEqual(29_000);
  });
});

describe('the result of a buffered function', () => {
  test.each([
    ['nothing', undefined],
    ['not an object', 'x'],
    ['an object without a status', { body: '' }],
    ['a status that is not a number', { statusCode: 'x' }],
    ['a status out of range', { statusCode: 99 }],
    ['a body that is not a string', { statusCode: 200, body: 5 }],
    ['headers that are not an object', { statusCode: 200, headers: 'x' }],
    ['an invalid header value', { statusCode: 200, headers: { a: 'x\ny: z' } }],
    ['an invalid header name', { statusCode: 200, headers: { 'a b': 'x' } }],
    ['too many bytes of headers', { statusCode: 200, headers: { a: 'x'.repeat(10_240) } }],
    ['more JSON than Lambda accepts', { statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024 + 100) }],
  ])('becomes a 502 if it is %s', async (_, result) => {
    await using gateway = await startGateway({ integration: returning(result) });
    const { status, body } = await send(gateway, '/dev/a');
    expect([status, String(body)]).toEqual([502, '{"message":"Internal server error"}']);
    expect(gateway.failures).toHaveLength(1);
  });

  test('becomes a 502 if the function throws', async () => {
    const error = new Error('thrown');
    await using gateway = await startGateway({
      integration: { mode: 'buffered', invoke: () => Promise.reject(error) },
    });
    expect((await send(gateway, '/dev/a')).status).toBe(502);
    expect(gateway.failures).toEqual([error]);
  });

  test('gets a default Content-Type, and the headers that API Gateway sets itself are renamed', async () => {
    const headers = { 'Content-Length': 99, Date: 'never', Server: 'me', Connection: 'x', 'X-Other': 'y' };
    await using gateway = await startGateway({ integration: returning({ statusCode: 200, headers, body: 'ab' }) });
    const { headers: answered, body } = await send(gateway, '/dev/a');
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
  ])('with binaryMediaTypes %j and Accept %j is sent as %s', async (binaryMediaTypes, accept, expected) => {
    const integration = returning({ statusCode: 200, body: 'Ynl0ZXM=', isBase64Encoded: true });
    await using gateway = await startGateway({ integration, binaryMediaTypes });
    const { body } = await send(gateway, '/dev/a', accept === undefined ? KEY : { ...KEY, accept });
    expect(String(body)).toBe(expected);
  });
});

describe('the output of a streaming function', () => {
  const streaming = (invoke: (startResponse: StartResponse) => Promise<void>): Integration => ({
    mode: 'stream',
    invoke: (_event, _context, startResponse) => invoke(startResponse),
  });

  test.each<[string, Integration]>([
    ['throws', streaming(async () => Promise.reject(new Error('thrown')))],
    [
      'ends without a write',
      streaming(async (startResponse) => void startResponse({ statusCode: 200, headers: {} }).end()),
    ],
    [
      'sends an invalid status',
      streaming(async (startResponse) => void startResponse({ statusCode: 1, headers: {} }).end('x')),
    ],
    [
      'sends an invalid header value',
      streaming(async (startResponse) => void startResponse({ statusCode: 200, headers: { a: '\n' } }).end('x')),
    ],
  ])('becomes a 502 if the function %s', async (_, integration) => {
    await using gateway = await startGateway({ integration });
    expect((await send(gateway, '/dev/a')).status).toBe(502);
    expect(gateway.failures).toHaveLength(1);
  });

  test('needs no headers', async () => {
    const integration = streaming(async (startResponse) => {
      // JavaScript without a type check can leave out the headers.
      const prelude = { statusCode: 200 } as Parameters<StartResponse>[0];
      startResponse(prelude).end('x');
    });
    await using gateway = await startGateway({ integration });
    const { status, body } = await send(gateway, '/dev/a');
    expect([status, String(body)]).toEqual([200, 'x']);
  });

  test('reaches the client while the function is still writing', async () => {
    const seen = Promise.withResolvers<void>();
    const integration = streaming(async (startResponse) => {
      const output = startResponse({ statusCode: 200, headers: { 'Content-Length': '10' } });
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

  test('is interrupted, not ended, if the function fails in the middle', async () => {
    const integration = streaming(async (startResponse) => {
      startResponse({ statusCode: 200, headers: { 'Content-Length': '10' } }).write('01234');
      throw new Error('interrupted');
    });
    await using gateway = await startGateway({ integration });
    await expect(send(gateway, '/dev/a')).rejects.toThrow(/aborted|socket hang up|ECONNRESET/);
    expect(gateway.failures).toMatchObject([{ message: 'interrupted' }]);
  });

  test('is destroyed if the client disconnects', async () => {
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
