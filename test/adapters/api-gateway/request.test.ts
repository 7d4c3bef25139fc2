import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvent } from '../../../src/adapters/api-gateway/request.ts';
import { proxyEvent } from '../../support/events.ts';

const read = (event: unknown, traceHeader?: string) => readEvent(event, { awsRequestId: 'invocation-1', traceHeader });

describe('readEvent', () => {
  test('returns the fields that the service uses, without the value of the API key', () => {
    const request = read(
      proxyEvent('a%20b/c.jpg', { headers: { Range: 'bytes=0-1', 'IF-NONE-MATCH': '"a"', Origin: 'https://x' } }),
    );
    expect(request).toEqual({
      requestId: 'request-1',
      extendedRequestId: 'JKJaXmPLvHcESHA=',
      awsRequestId: 'invocation-1',
      traceId: undefined,
      apiKeyId: 'key-1',
      method: 'GET',
      path: 'a%20b/c.jpg',
      origin: 'https://x',
      isBrowser: true,
      accept: undefined,
      query: new Map(),
      body: { text: '', isBase64: false },
      range: 'bytes=0-1',
      conditions: {
        ifNoneMatch: '"a"',
        ifMatch: undefined,
        ifModifiedSince: undefined,
        ifUnmodifiedSince: undefined,
        ifRange: undefined,
      },
    });
    expect(JSON.stringify(request)).not.toContain('the-value-of-the-key');
  });

  test('reads every condition', () => {
    const names = ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'If-Range'];
    const { conditions } = read(proxyEvent('a', { headers: Object.fromEntries(names.map((name) => [name, name])) }));
    expect(Object.values(conditions).sort()).toEqual(names.sort());
  });

  test('joins the values of one header, and finds headers that are only in one of the two maps', () => {
    const event = {
      headers: { 'If-Match': '"b"', Range: 'bytes=0-1' },
      multiValueHeaders: { 'If-Match': ['"a"', '"b"', 5], 'If-Range': [], Origin: 'x' },
    };
    expect(read(event)).toMatchObject({
      range: 'bytes=0-1',
      origin: undefined,
      conditions: { ifMatch: '"a", "b"', ifRange: undefined },
    });
  });

  test('reads the body and the values of each query parameter, from the maps of one value and of several', () => {
    const event = {
      queryStringParameters: { prefix: 'last', limit: '5', cursor: 7 },
      multiValueQueryStringParameters: { prefix: ['first', 'last', 8], limit: [], other: [9] },
      body: 'e30=',
      isBase64Encoded: true,
    };
    const { query, body } = read(event);
    expect([...query]).toEqual([
      ['prefix', ['first', 'last']],
      ['limit', ['5']],
    ]);
    expect(body).toEqual({ text: 'e30=', isBase64: true });
    expect(read({ body: 5, isBase64Encoded: 'true' }).body).toEqual({ text: '', isBase64: false });
  });

  test.each([
    [{ Origin: 'https://x' }, true],
    [{ 'Sec-Fetch-Site': 'same-origin' }, true],
    [{ Accept: 'image/*' }, false],
  ])('sees in the headers %j whether a browser sent them: %s', (headers, isBrowser) => {
    expect(read(proxyEvent('a.jpg', { headers })).isBrowser).toBe(isBrowser);
  });

  test('joins headers whose names differ only in case', () => {
    const event = { headers: { 'IF-MATCH': '"z"' }, multiValueHeaders: { 'If-Match': ['"a"'], 'if-match': ['"b"'] } };
    expect(read(event).conditions.ifMatch).toBe('"a", "b"');
  });

  test.each([
    ['/a/b.jpg', 'a/b.jpg', 'a/b.jpg'],
    // `proxy` lacks the trailing slash, and `path` contains the base path of a custom domain.
    ['/base/a/', 'a', 'a/'],
    ['/base/a/', 'a/', 'a/'],
    ['/a//b', 'a//b', 'a//b'],
    ['/', undefined, ''],
    [undefined, 'a', 'a'],
    [5, 5, ''],
  ])('combines path %j and proxy %j to %j', (path, proxy, expected) => {
    expect(read({ path, pathParameters: { proxy } }).path).toBe(expected);
  });

  test.each([
    ['request-1', 'request-1'],
    [undefined, 'invocation-1'],
    ['a\r\nb: c', 'invocation-1'],
    ['', 'invocation-1'],
    ['x'.repeat(129), 'invocation-1'],
    [{}, 'invocation-1'],
  ])('reads the request id %j as %j', (requestId, expected) => {
    expect(read({ requestContext: { requestId } }).requestId).toBe(expected);
  });

  test.each([
    [
      'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
      '1-5759e988-bd862e3fe1be46a994272793',
    ],
    ['Parent=53995c3f42cd8ad8;Root=1-5759e988-bd862e3fe1be46a994272793', '1-5759e988-bd862e3fe1be46a994272793'],
    ['Root=1-5759e988\r\nx: y', undefined],
    [`Root=${'a'.repeat(65)}`, undefined],
    ['Parent=1-5759e988', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads the trace id of the header %j as %j', (header, expected) => {
    expect(read({}, header).traceId).toBe(expected);
  });

  test.each([
    ['JKJaXmPLvHcESHA=', 'JKJaXmPLvHcESHA='],
    ['a\nb', undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('reads the extended request id %j as %j', (extendedRequestId, expected) => {
    expect(read({ requestContext: { extendedRequestId } }).extendedRequestId).toBe(expected);
  });

  test('returns values that are safe in headers for any event', () => {
    const map = fc.option(fc.oneof(fc.dictionary(fc.string(), fc.anything()), fc.anything()));
    const events = fc.oneof(
      fc.anything(),
      fc.jsonValue(),
      fc.record(
        {
          path: fc.anything(),
          httpMethod: fc.anything(),
          headers: map,
          multiValueHeaders: map,
          pathParameters: map,
          requestContext: map,
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(events, fc.string(), fc.string(), (event, awsRequestId, traceHeader) => {
        const { method, path, ...request } = readEvent(event, { awsRequestId, traceHeader });
        const { requestId, extendedRequestId, awsRequestId: invocation, traceId } = request;
        expect(requestId).toMatch(/^[\w.:=@-]{1,128}$/);
        expect(method).toMatch(/^[\w.:=@-]{1,128}$/);
        for (const id of [extendedRequestId, invocation, traceId]) expect(id ?? '-').toMatch(/^[\w.:=@-]{1,128}$/);
        expect(typeof path).toBe('string');
      }),
    );
  });
});
