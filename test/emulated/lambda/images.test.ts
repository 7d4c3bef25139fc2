import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_BUFFERED_BYTES } from '../../../src/adapters/api-gateway/handler.ts';
import { type AwsOrigin, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { createObject } from '../../support/aws-origin/s3-service.ts';
import { proxyEvent } from '../../support/events.ts';
import { type Answer, readAnswer } from '../../support/lambda-runtime/gateway-answer.ts';
import { type LambdaFunction, type Mode, startFunction } from '../../support/lambda-runtime/lambda-function.ts';

const SMALL = randomBytes(5_000);
const LARGEST = randomBytes(MAX_BUFFERED_BYTES);
const LARGE = randomBytes(25_000_000);
const JPEG = 'image/jpeg';
const ETAG = '"9b2cf535f27731c974343645a3985328"';
const LAST_MODIFIED = 'Wed, 12 Oct 2022 17:50:00 GMT';

let origin: AwsOrigin;

beforeAll(async () => {
  origin = await startAwsOrigin();
  const headers = { 'Content-Type': JPEG, ETag: ETAG, 'Last-Modified': LAST_MODIFIED };
  const objects = new Map([
    ['a/small.jpeg', createObject(SMALL, headers)],
    ['a/empty.jpeg', createObject(Buffer.alloc(0), headers)],
    ['a/largest.jpeg', createObject(LARGEST, headers)],
    ['a/large.jpeg', createObject(LARGE, headers)],
  ]);
  origin.buckets.set('pictures', { owner: '111111111111', objects });
});

afterAll(() => origin.close());

const start = (mode: Mode): Promise<LambdaFunction> =>
  startFunction(mode, { ENVIRONMENT: 'test', IMAGES_BUCKET: 'pictures', ...origin.environment });

// One process serves all requests of a mode one after another, as in Lambda.
describe.each<Mode>(['streaming', 'buffered'])('the %s function', (mode) => {
  let lambda: LambdaFunction;

  beforeAll(async () => {
    lambda = await start(mode);
  });

  afterAll(() => lambda.stop());

  const request = async (method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    readAnswer(await lambda.invoke(proxyEvent(path, { method, headers })));

  it('answers GET with the bytes of the object', async () => {
    const { status, headers, body } = await request('GET', 'a/small.jpeg');
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toEqual({
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=3600',
      'content-length': '5000',
      'content-type': JPEG,
      etag: ETAG,
      'last-modified': LAST_MODIFIED,
      'server-timing': expect.stringMatching(/^map;dur=[\d.]+, store;dur=[\d.]+$/),
      vary: 'x-api-key',
      'x-content-type-options': 'nosniff',
      'x-image-size': '5000',
      'x-request-id': 'request-1',
    });
    expect(body.equals(SMALL)).toBe(true);
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    const head = await request('HEAD', 'a/small.jpeg');
    const get = await request('GET', 'a/small.jpeg');
    const withoutTiming = (headers: Headers) => [...headers].filter(([name]) => name !== 'server-timing');
    expect(head.status).toBe(200);
    expect(withoutTiming(head.headers)).toEqual(withoutTiming(get.headers));
    expect(head.body).toHaveLength(0);
  });

  it('answers 304 if If-None-Match lists the ETag', async () => {
    const { status, headers, body } = await request('GET', 'a/small.jpeg', { 'If-None-Match': `"other", ${ETAG}` });
    expect(status).toBe(304);
    expect(headers.get('etag')).toBe(ETAG);
    expect(body).toHaveLength(0);
  });

  it.each([
    ['bytes=5-14', 5, 15],
    ['bytes=4990-', 4990, 5000],
    ['bytes=-7', 4993, 5000],
  ])('answers 206 with the requested range (%s)', async (range, start, end) => {
    const { status, headers, body } = await request('GET', 'a/small.jpeg', { Range: range });
    expect(status).toBe(206);
    expect(headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/5000`);
    expect(body.equals(SMALL.subarray(start, end))).toBe(true);
  });

  it('answers 416 with the size for a range past the end', async () => {
    const { status, headers, body } = await request('GET', 'a/small.jpeg', { Range: 'bytes=5000-' });
    expect(status).toBe(416);
    expect(headers.get('content-range')).toBe('bytes */5000');
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'range-not-satisfiable', status: 416 });
  });

  it('answers 404 with a problem for a missing object', async () => {
    const { status, headers, body } = await request('GET', 'a/missing.jpeg');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'image-not-found', status: 404, retryable: false });
  });

  it('answers 200 without a body for an empty object', async () => {
    const { status, headers, body } = await request('GET', 'a/empty.jpeg');
    expect(status).toBe(200);
    expect(headers.get('content-length')).toBe('0');
    expect(headers.get('content-type')).toBe(JPEG);
    expect(body).toHaveLength(0);
  });

  it('answers OPTIONS with 204 and the allowed methods', async () => {
    const { status, headers, body } = await request('OPTIONS', 'a/small.jpeg');
    expect(status).toBe(204);
    expect(headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(body).toHaveLength(0);
  });

  it('serves the largest image that fits into a buffered response', async () => {
    const { status, body } = await request('GET', 'a/largest.jpeg');
    expect(status).toBe(200);
    expect(body.equals(LARGEST)).toBe(true);
  });

  if (mode === 'streaming') {
    it('serves an image of 25 MB', async () => {
      const { status, body } = await request('GET', 'a/large.jpeg');
      expect(status).toBe(200);
      expect(body.equals(LARGE)).toBe(true);
    });
  } else {
    it('answers 413 with the size limit for an image of 25 MB', async () => {
      const { status, body } = await request('GET', 'a/large.jpeg');
      expect(status).toBe(413);
      expect(JSON.parse(body.toString())).toMatchObject({
        code: 'image-too-large',
        detail: expect.stringContaining(`${MAX_BUFFERED_BYTES}`),
      });
    });

    it('serves a range of an image that is too large as a whole', async () => {
      const { status, body } = await request('GET', 'a/large.jpeg', { Range: 'bytes=20000000-20999999' });
      expect(status).toBe(206);
      expect(body.equals(LARGE.subarray(20_000_000, 21_000_000))).toBe(true);
    });
  }
});
