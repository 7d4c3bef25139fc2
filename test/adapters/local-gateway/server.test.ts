import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { Integration, LocalGatewayOptions, StartResponse } from '../../../src/adapters/local-gateway/server.ts';
import type { MemoryImage } from '../../../src/adapters/memory-image-store.ts';
import { GATEWAY_PROBLEMS } from '../../../src/contract/gateway-problems.ts';
import { embed, propertiesOf } from '../../infra/embedding.ts';
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
      'x-amzn-remapped-content-length': '12',
      'x-image-size': '12',
      vary: 'x-api-key',
      etag: '"v1"',
      'x-amzn-requestid': headers['x-request-id'],
    });
    expect([headers['content-length'], headers['transfer-encoding']]).toEqual(
      mode === 'buffered' ? ['12', undefined] : [undefined, 'chunked'],
    );
  });

  test('passes Content-Range and X-Image-Size of a range, and renames its Content-Length', async () => {
    await using gateway = await start();
    const { headers, body } = await send(gateway, '/dev/a%20b.jpg', { ...KEY, range: 'bytes=2-3' });
    expect(body).toEqual(IMAGE.bytes.subarray(2, 4));
    expect(headers).toMatchObject({
      'content-range': 'bytes 2-3/12',
      'x-image-size': '12',
      'x-amzn-remapped-content-length': '2',
    });
  });

  test('answers HEAD with the size in X-Image-Size, and without the Content-Length of the image', async () => {
    await using gateway = await start();
    const { headers } = await send(gateway, '/dev/a%20b.jpg', KEY, 'HEAD');
    expect(headers).toMatchObject({ 'x-image-size': '12', 'x-amzn-remapped-content-length': '12' });
    expect(headers['content-length']).toBe(mode === 'buffered' ? '0' : undefined);
  });

  test('answers 304 with the Content-Type of the image and without a length', async () => {
    await using gateway = await start();
    const { headers } = await send(gateway, '/dev/a%20b.jpg', { ...KEY, 'if-none-match': '"v1"' });
    expect(headers).toMatchObject({ 'content-type': 'image/jpeg', vary: 'x-api-key' });
    expect(Object.keys(headers).filter((name) => /content-length|transfer-encoding/.test(name))).toEqual([]);
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
    const { status, body } = await send(gateway, '/dev/a%20b.jpg', headers);
    expect([status, JSON.parse(String(body)).code]).toEqual([403, 'forbidden']);
    expect(service.records).toHaveLength(0);
  });

  test.each(['/', '/prod/a%20b.jpg', '/devx/a', '//dev/a'])(
    'rejects the path %s, which is not below the stage, with the 403 of AWS',
    async (path) => {
      await using gateway = await start();
      const { status, headers, body } = await send(gateway, path);
      expect([status, String(body), headers['x-amzn-errortype']]).toEqual([
        403,
        '{"message":"Forbidden"}',
        'ForbiddenException',
      ]);
    },
  );

  test('rejects a request target that is not a path with 403', async () => {
    await using gateway = await start({ corsOrigins: ['*'] });
    expect((await send(gateway, '*', KEY, 'OPTIONS')).status).toBe(403);
  });

  test('rejects a preflight request without a key with 403 if no CORS origins are configured', async () => {
    await using gateway = await start();
    expect((await send(gateway, '/dev/a%20b.jpg', {}, 'OPTIONS')).status).toBe(403);
  });

  test.each<[readonly string[], string | undefined, string | undefined]>([
    [['https://x', 'https://y'], 'https://y', 'https://y'],
    [['https://x'], 'https://z', undefined],
    [['https://x'], undefined, undefined],
    [['*'], 'https://z', '*'],
  ])(
    'with the CORS origins %j, answers a preflight request from %j without the function and allows %j',
    async (corsOrigins, origin, allowed) => {
      const service = createService({ images, corsOrigins });
      await using gateway = await startGateway({ integration: integrate(service, mode), corsOrigins });
      const given = origin === undefined ? {} : { origin };
      const { status, headers, body } = await send(gateway, '/dev/a%20b.jpg', given, 'OPTIONS');
      expect([status, body.length]).toEqual([204, 0]);
      expect(headers).toMatchObject({
        'access-control-allow-methods': 'GET, HEAD',
        'access-control-allow-headers': expect.stringContaining('x-api-key'),
        'access-control-max-age': '86400',
        vary: 'Origin',
      });
      expect(headers['access-control-allow-origin']).toBe(allowed);
      expect(service.records).toHaveLength(0);
      expect((await send(gateway, '/dev/a%20b.jpg', given)).status).toBe(403);
    },
  );
});

describe('a preflight request', () => {
  const preflight = async (acceptsBatches: boolean, path: string) => {
    await using gateway = await startGateway({ integration: echo, corsOrigins: ['*'], acceptsBatches });
    const { status, headers } = await send(gateway, path, { origin: 'https://x' }, 'OPTIONS');
    return [status, headers['access-control-allow-methods'], headers['access-control-allow-headers']];
  };
  const WITH_POST = [204, 'GET, HEAD, POST', expect.stringMatching(/, content-type$/)];
  const WITHOUT_POST = [204, 'GET, HEAD', expect.not.stringContaining('content-type')];

  test.each(['/dev', '/dev/', '/dev/?x=1'])(
    'allows POST and its content type on %s if it accepts batches',
    async (path) => {
      expect(await preflight(true, path)).toEqual(WITH_POST);
      expect(await preflight(false, path)).toEqual(WITHOUT_POST);
    },
  );

  test.each(['/dev/a.jpg', '/dev/a/', '/dev//'])(
    'does not allow POST on %s, even if it accepts batches',
    async (path) => {
      expect(await preflight(true, path)).toEqual(WITHOUT_POST);
    },
  );
});

describe('responses of the gateway itself', () => {
  const failing: Integration = { mode: 'stream', invoke: () => Promise.reject(new Error('thrown')) };
  const silent: Integration = { mode: 'stream', invoke: () => new Promise(() => undefined) };
  const quota = { quota: 1 };
  const throttle = { throttle: { rateLimit: 1, burstLimit: 1 }, now: () => 0 };
  const second = async (gateway: RunningGateway) => {
    await send(gateway, '/dev/a');
    return send(gateway, '/dev/a');
  };
  const CAUSES: Readonly<Record<string, [Partial<LocalGatewayOptions>, (gateway: RunningGateway) => Promise<Reply>]>> =
    {
      forbidden: [{}, (gateway) => send(gateway, '/dev/a', {})],
      throttled: [throttle, second],
      'quota-exceeded': [quota, second],
      'request-too-large': [{}, (gateway) => send(gateway, '/dev/a', KEY, 'POST', Buffer.alloc(10 * 1024 * 1024 + 1))],
      'gateway-timeout': [{ integration: silent, timeout: 20 }, (gateway) => send(gateway, '/dev/a')],
      'gateway-5xx': [{ integration: failing }, (gateway) => send(gateway, '/dev/a')],
    };

  test('cover every problem of API Gateway except those that no request to the local gateway can cause', () => {
    const all = Object.keys(GATEWAY_PROBLEMS).filter((code) => code !== 'not-allowed' && code !== 'gateway-4xx');
    expect(Object.keys(CAUSES).sort()).toEqual(all.sort());
  });

  describe.each(Object.entries(CAUSES))('%s', (code, [options, cause]) => {
    test.each([
      ['without', []],
      ['with', ['https://app.example.com']],
    ])('equals the synthesized response, %s CORS origins', async (_, corsOrigins) => {
      await using gateway = await startGateway({ integration: echo, corsOrigins, ...options });
      const { status, headers, body } = await cause(gateway);
      const deployed = deployedResponses(corsOrigins).filter((response) => response.code === code);
      expect(deployed.length).toBeGreaterThan(0);
      const requestId = String(headers['x-amzn-requestid']);
      for (const response of deployed) {
        expect([status, String(body)]).toEqual([
          response.status,
          response.body.replace('$context.requestId', requestId),
        ]);
        expect(ownHeaders(headers)).toEqual(response.headers(requestId));
      }
    });
  });

  test('has no body for HEAD', async () => {
    await using gateway = await startGateway({ integration: echo });
    const { status, body } = await send(gateway, '/dev/a', {}, 'HEAD');
    expect([status, body.length]).toEqual([403, 0]);
  });
});

/** The gateway responses of a synthesized template, with header names in lower case. */
const deployedResponses = (corsOrigins: readonly string[]) =>
  propertiesOf(embed({ corsOrigins }), 'ApiGateway::GatewayResponse').map((response) => {
    const body = (response['ResponseTemplates'] as Record<string, string>)['application/json'] ?? '';
    const mappings = Object.entries(response['ResponseParameters'] as Record<string, string>);
    return {
      code: JSON.parse(body).code,
      status: Number(response['StatusCode']),
      body,
      headers: (requestId: string) =>
        Object.fromEntries(
          mappings.map(([name, mapping]) => [
            name.replace('gatewayresponse.header.', '').toLowerCase(),
            mapping === 'context.requestId' ? requestId : mapping.slice(1, -1),
          ]),
        ),
    };
  });

/** Headers without those that every HTTP server or API Gateway adds. */
const ownHeaders = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !['content-length', 'connection', 'keep-alive', 'date', 'x-amzn-requestid'].includes(name),
    ),
  );

describe('the limits of the key', () => {
  const limited = (options: Partial<LocalGatewayOptions>) => startGateway({ integration: echo, ...options });
  const statusesOf = async (gateway: RunningGateway, count: number, headers?: OutgoingHttpHeaders) => {
    const statuses: unknown[] = [];
    for (let sent = 0; sent < count; sent++) statuses.push((await send(gateway, '/dev/a', headers)).status);
    return statuses;
  };

  test('are off by default', async () => {
    await using gateway = await startGateway({ integration: echo });
    expect(new Set(await statusesOf(gateway, 20))).toEqual(new Set([200]));
  });

  test('answer 429 throttled after the burst, until the bucket has another token', async () => {
    let time = 0;
    await using gateway = await limited({ throttle: { rateLimit: 2, burstLimit: 3 }, now: () => time });
    expect(await statusesOf(gateway, 4)).toEqual([200, 200, 200, 429]);
    time = 499;
    expect(await statusesOf(gateway, 1)).toEqual([429]);
    time = 500;
    expect(await statusesOf(gateway, 2)).toEqual([200, 429]);
  });

  test('count requests with the key only', async () => {
    await using gateway = await limited({ quota: 1, corsOrigins: ['*'] });
    expect(await statusesOf(gateway, 3, { 'x-api-key': 'another' })).toEqual([403, 403, 403]);
    expect((await send(gateway, '/dev/a', {}, 'OPTIONS')).status).toBe(204);
    expect(await statusesOf(gateway, 2)).toEqual([200, 429]);
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
    expect([status, JSON.parse(String(body)).code]).toEqual([413, 'request-too-large']);
  });

  test.each<[string, Integration]>([
    ['buffered', { mode: 'buffered', invoke: () => new Promise(() => undefined) }],
    ['streamed', { mode: 'stream', invoke: () => new Promise(() => undefined) }],
  ])('answers 504 if a %s response does not start in time', async (_, integration) => {
    await using gateway = await startGateway({ integration, timeout: 20 });
    const { status, body } = await send(gateway, '/dev/a');
    expect([status, JSON.parse(String(body)).code]).toEqual([504, 'gateway-timeout']);
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
    expect([status, JSON.parse(String(body)).code]).toEqual([502, 'gateway-5xx']);
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
