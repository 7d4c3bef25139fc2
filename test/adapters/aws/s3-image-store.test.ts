import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { S3BucketOptions } from '../../../src/adapters/aws/s3-bucket.ts';
import { createS3ImageStore } from '../../../src/adapters/aws/s3-image-store.ts';
import { ImageError, type ImageErrorCode } from '../../../src/domain/errors.ts';
import { type FilledStore, imageStoreChecks } from '../../../src/testing/index.ts';
import { type AwsOrigin, type Reply, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { Refusal } from '../../support/aws-origin/exchange.ts';
import { createObject, type StoredObject } from '../../support/aws-origin/s3-service.ts';
import { makeBytes, readBytes } from '../../support/image-bytes.ts';

const OWNER = '222222222222';
const KEY = 'hidden/name.jpeg';
/** More bytes than the socket buffers can hold. */
const LARGE = makeBytes(1_000_000);

const createStore = async (): Promise<FilledStore> => {
  const origin = await startAwsOrigin();
  const objects = new Map<string, StoredObject>();
  origin.buckets.set('images', { owner: OWNER, objects });
  return {
    store: createS3ImageStore({ bucket: 'images', bucketOwner: OWNER, client: origin.client }),
    put: async (key, bytes) => {
      objects.set(key, createObject(bytes, { 'Content-Type': 'image/jpeg' }));
    },
    end: origin.close,
  };
};

describe('createS3ImageStore', () => {
  for (const { name, run } of imageStoreChecks()) it(name, () => run(createStore));
});

describe('the S3 image store', () => {
  let origin: AwsOrigin;
  let objects: Map<string, StoredObject>;
  beforeEach(async () => {
    origin = await startAwsOrigin();
    objects = new Map([[KEY, createObject(makeBytes(1000), { 'Content-Type': 'image/jpeg' })]]);
    origin.buckets.set('hidden-bucket', { owner: OWNER, objects });
  });
  afterEach(() => origin.close());

  const createStore = ({ client, ...options }: Partial<S3BucketOptions> & { client?: S3ClientConfig } = {}) =>
    createS3ImageStore({ bucket: 'hidden-bucket', client: { ...origin.client, ...client }, ...options });
  const ways = [
    { method: 'GET', read: (store = createStore()) => store.open(KEY) },
    { method: 'HEAD', read: (store = createStore()) => store.describe(KEY) },
  ] as const;
  const methods = () => origin.requests.map(({ method }) => method).join(' ');

  describe('with an abort signal', () => {
    const reason = new ImageError('store-timeout', 'deadline');

    it.each(ways)('rejects at once while it waits for credentials ($method)', async ({ method }) => {
      const controller = new AbortController();
      const asked = Promise.withResolvers<void>();
      const credentials = () => {
        asked.resolve();
        return new Promise<never>(() => {});
      };
      const store = createStore({ client: { credentials } });
      const options = { signal: controller.signal };
      const reading = method === 'GET' ? store.open(KEY, options) : store.describe(KEY, options);
      await asked.promise;
      controller.abort(reason);
      await expect(reading).rejects.toBe(reason);
    });

    it.each(ways)('sends no request if the signal has already aborted ($method)', async ({ method }) => {
      const signal = AbortSignal.abort(reason);
      const store = createStore();
      await expect(method === 'GET' ? store.open(KEY, { signal }) : store.describe(KEY, { signal })).rejects.toBe(
        reason,
      );
      expect(origin.requests).toHaveLength(0);
    });

    it.each(ways)(
      'rejects with the reason of the signal, closes the connection and does not retry ($method)',
      async ({ method }) => {
        const controller = new AbortController();
        const closed = Promise.withResolvers<void>();
        origin.intervene(() => (response) => {
          response.socket?.once('close', () => closed.resolve());
          controller.abort(reason);
        });
        const store = createStore();
        const options = { signal: controller.signal };
        await expect(method === 'GET' ? store.open(KEY, options) : store.describe(KEY, options)).rejects.toBe(reason);
        await closed.promise;
        // The SDK waits at most 100 ms before a second attempt.
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(methods()).toBe(method);
      },
    );

    it('cancels the wait between two attempts', async () => {
      const controller = new AbortController();
      origin.intervene(() => {
        setImmediate(() => controller.abort(reason));
        throw new Refusal(503, 'SlowDown');
      });
      await expect(createStore().open(KEY, { signal: controller.signal })).rejects.toBe(reason);
      expect(methods()).toBe('GET');
    });

    it('interrupts a body that is already open', async () => {
      objects.set(KEY, createObject(LARGE, {}));
      const controller = new AbortController();
      origin.intervene((_request, answer) => (response) => {
        response.writeHead(answer.status, answer.headers);
        response.write(Buffer.from(answer.body).subarray(0, 10_000));
      });
      const { body } = await createStore().open(KEY, { signal: controller.signal });
      const reading = readBytes(body);
      controller.abort(reason);
      await expect(reading).rejects.toThrow();
    });
  });

  describe('requests', () => {
    it('sends one request to open an image and one to describe it', async () => {
      const store = createStore();
      (await store.open(KEY)).body.destroy();
      await store.describe(KEY);
      expect(methods()).toBe('GET HEAD');
    });

    it.each(ways)('sends the account that must own the bucket ($method)', async ({ read }) => {
      await read(createStore({ bucketOwner: OWNER }));
      expect(origin.requests[0]?.headers['x-amz-expected-bucket-owner']).toBe(OWNER);
      await expect(read(createStore({ bucketOwner: '333333333333' }))).rejects.toMatchObject({
        code: 'store-forbidden',
      });
    });

    it.each(ways)('offers to pay only if requesterPays is set ($method)', async ({ read }) => {
      origin.buckets.set('hidden-bucket', { owner: OWNER, requesterPays: true, objects });
      await read(createStore({ requesterPays: true }));
      await expect(read()).rejects.toMatchObject({ code: 'store-forbidden' });
    });

    it.each(ways)('signs for the region of the client ($method)', async ({ read }) => {
      origin.buckets.set('hidden-bucket', { owner: OWNER, region: 'eu-west-1', objects });
      await read(createStore({ client: { region: 'eu-west-1' } }));
      await expect(read()).rejects.toMatchObject({ code: 'store-misconfigured' });
    });

    it('requests no checksum, which would cost CPU time for every byte', async () => {
      await createStore().open(KEY);
      expect(origin.requests[0]?.headers).not.toHaveProperty('x-amz-checksum-mode');
    });

    it('sends a range and an ETag only if they are given', async () => {
      const store = createStore();
      await store.open(KEY);
      const { etag } = await store.describe(KEY);
      await store.open(KEY, { range: { first: 5, last: 9 }, etag });
      const sent = origin.requests.map(({ headers }) => [headers.range, headers['if-match']]);
      expect(sent).toEqual([
        [undefined, undefined],
        [undefined, undefined],
        ['bytes=5-9', etag],
      ]);
    });
  });

  describe('errors', () => {
    const FAILURES: readonly [status: number, code: string, translation: ImageErrorCode][] = [
      [301, 'PermanentRedirect', 'store-misconfigured'],
      [307, 'TemporaryRedirect', 'store-misconfigured'],
      [400, 'AuthorizationHeaderMalformed', 'store-misconfigured'],
      [400, 'InvalidBucketName', 'store-misconfigured'],
      // The object is encrypted with a key of its uploader (SSE-C).
      [400, 'InvalidRequest', 'store-misconfigured'],
      [400, 'ExpiredToken', 'store-forbidden'],
      [400, 'InvalidToken', 'store-forbidden'],
      [400, 'RequestTimeout', 'store-timeout'],
      [403, 'AccessDenied', 'store-forbidden'],
      [403, 'InvalidAccessKeyId', 'store-forbidden'],
      [403, 'RequestTimeTooSkewed', 'store-forbidden'],
      [403, 'SignatureDoesNotMatch', 'store-forbidden'],
      [403, 'InvalidObjectState', 'image-archived'],
      [404, 'NoSuchKey', 'image-not-found'],
      [404, 'NoSuchBucket', 'store-misconfigured'],
      [405, 'MethodNotAllowed', 'store-misconfigured'],
      [412, 'PreconditionFailed', 'precondition-failed'],
      [429, 'TooManyRequests', 'store-throttled'],
      [500, 'InternalError', 'store-unavailable'],
      [501, 'NotImplemented', 'store-unavailable'],
      [503, 'ServiceUnavailable', 'store-throttled'],
      [503, 'SlowDown', 'store-throttled'],
    ];
    const rows = FAILURES.flatMap(([status, code, translation]) =>
      ways.map((way) => ({ ...way, status, code, translation })),
    );
    it.each(rows)('maps $status $code of a $method to $translation', async ({ read, status, code, translation }) => {
      origin.intervene(() => {
        throw new Refusal(status, code);
      });
      const failure = await read(createStore({ client: { maxAttempts: 1 } })).catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'ImageError', code: translation });
      expect(failure).toHaveProperty('cause.$metadata.httpStatusCode', status);
      expect(String(failure)).not.toMatch(/hidden|name|arn:/);
    });

    const BARE: readonly [name: string, reply: Reply, translation: ImageErrorCode][] = [
      ['a 403 without a body', { status: 403, headers: {}, body: '' }, 'store-forbidden'],
      ['a 404 without a body', { status: 404, headers: {}, body: '' }, 'store-misconfigured'],
      ['a 500 with an HTML page', { status: 500, headers: {}, body: '<html><p>Sorry</html>' }, 'store-unavailable'],
      ['a 403 whose body is not XML', { status: 403, headers: {}, body: '<<<' }, 'store-forbidden'],
      ['a closed connection', (response) => response.destroy(), 'store-unavailable'],
      ['a connection reset', ({ socket }) => socket?.resetAndDestroy(), 'store-unavailable'],
      ['a response that is not HTTP', ({ socket }) => socket?.end('SSH-2.0-OpenSSH\r\n\r\n'), 'store-unavailable'],
      ['a response without Content-Length', (response) => response.writeHead(200).end(), 'store-unavailable'],
      [
        'an invalid Last-Modified',
        { status: 200, headers: { 'Last-Modified': 'yesterday', 'Content-Length': '0' }, body: '' },
        'store-unavailable',
      ],
    ];
    const bareRows = BARE.flatMap(([name, reply, translation]) =>
      ways.map((way) => ({ ...way, name, reply, translation })),
    );
    it.each(bareRows)('maps $name in response to a $method to $translation', async ({ read, reply, translation }) => {
      origin.intervene(() => reply);
      await expect(read(createStore({ client: { maxAttempts: 1 } }))).rejects.toMatchObject({ code: translation });
    });

    it('maps an invalid Content-Range to store-unavailable', async () => {
      const headers = { 'Content-Range': 'bytes 0-4/*', 'Content-Length': '5' };
      origin.intervene(() => ({ status: 206, headers, body: '12345' }));
      const opening = createStore().open(KEY, { range: { first: 0, last: 4 } });
      await expect(opening).rejects.toMatchObject({ code: 'store-unavailable' });
    });

    it.each(ways)('maps a wrong signature to store-forbidden ($method)', async ({ read }) => {
      const credentials = { ...origin.client.credentials, secretAccessKey: 'wrong' };
      await expect(read(createStore({ client: { credentials } }))).rejects.toMatchObject({
        code: 'store-forbidden',
        cause: { name: 'SignatureDoesNotMatch' },
      });
    });

    it.each(ways)('maps a bucket in another region to store-misconfigured ($method)', async ({ read }) => {
      await expect(read(createStore({ client: { region: 'us-east-1' } }))).rejects.toMatchObject({
        code: 'store-misconfigured',
        cause: { name: 'AuthorizationHeaderMalformed' },
      });
    });

    it.each(ways)('maps a missing bucket to store-misconfigured ($method)', async ({ read }) => {
      origin.buckets.clear();
      await expect(read()).rejects.toMatchObject({ code: 'store-misconfigured', cause: { name: 'NoSuchBucket' } });
    });

    it.each(ways)('maps a missing key to store-forbidden without s3:ListBucket ($method)', async ({ read }) => {
      origin.buckets.set('hidden-bucket', { owner: OWNER, unlisted: true, objects: new Map() });
      await expect(read()).rejects.toMatchObject({ code: 'store-forbidden', cause: { name: 'AccessDenied' } });
    });

    it.each(ways)('maps missing credentials to store-forbidden and sends no request ($method)', async ({ read }) => {
      const credentials = async () => {
        throw Object.assign(new Error('Could not load credentials from any providers'), {
          name: 'CredentialsProviderError',
        });
      };
      await expect(read(createStore({ client: { credentials } }))).rejects.toMatchObject({ code: 'store-forbidden' });
      expect(methods()).toBe('');
    });

    it.each(ways)('maps a missing region to store-misconfigured and sends no request ($method)', async ({ read }) => {
      const region = async (): Promise<string> => {
        throw new Error('Region is missing');
      };
      await expect(read(createStore({ client: { region } }))).rejects.toMatchObject({ code: 'store-misconfigured' });
      expect(methods()).toBe('');
    });

    it.each(ways)('maps a refused connection to store-unavailable ($method)', async ({ read }) => {
      const closed = await startAwsOrigin();
      await closed.close();
      const store = createStore({ client: closed.client });
      await expect(read(store)).rejects.toMatchObject({ code: 'store-unavailable', cause: { code: 'ECONNREFUSED' } });
    });

    it.each(ways)('maps a first byte that never arrives to store-timeout ($method)', async ({ read }) => {
      origin.intervene(() => () => undefined);
      const requestHandler = { requestTimeout: 50, throwOnRequestTimeout: true };
      const store = createStore({ client: { requestHandler } });
      await expect(read(store)).rejects.toMatchObject({ code: 'store-timeout', cause: { name: 'TimeoutError' } });
    });

    it('rejects a range past the end with the size from the 416 response', async () => {
      const opening = createStore().open(KEY, { range: { first: 1000 } });
      await expect(opening).rejects.toMatchObject({ code: 'range-not-satisfiable', size: 1000 });
      expect(methods()).toBe('GET');
    });

    it('rejects a range past the end with the size from a HEAD request if the 416 response has no size', async () => {
      origin.intervene(({ method }, answer) => (method === 'HEAD' ? answer : { status: 416, headers: {}, body: '' }));
      const opening = createStore().open(KEY, { range: { first: 1000 } });
      await expect(opening).rejects.toMatchObject({ code: 'range-not-satisfiable', size: 1000 });
      expect(methods()).toBe('GET HEAD');
    });
  });

  it('requests a missing size only once', async () => {
    origin.intervene(({ method }) => ({ status: method === 'HEAD' ? 405 : 416, headers: {}, body: '' }));
    const opening = createStore().open(KEY, { range: { first: 1000 } });
    await expect(opening).rejects.toMatchObject({ code: 'range-not-satisfiable', size: undefined });
    expect(methods()).toBe('GET HEAD');
  });

  describe('attempts', () => {
    it.each([
      { code: 'SlowDown', status: 503, get: 'GET GET GET', head: 'HEAD HEAD HEAD' },
      { code: 'InternalError', status: 500, get: 'GET GET GET', head: 'HEAD HEAD HEAD' },
      { code: 'AccessDenied', status: 403, get: 'GET', head: 'HEAD GET' },
      { code: 'NoSuchKey', status: 404, get: 'GET', head: 'HEAD GET' },
      { code: 'NoSuchBucket', status: 404, get: 'GET', head: 'HEAD GET' },
    ])('sends $get to open and $head to describe an image if S3 answers $code', async ({ code, status, get, head }) => {
      origin.intervene(() => {
        throw new Refusal(status, code);
      });
      await expect(createStore().open(KEY)).rejects.toThrow();
      expect(methods()).toBe(get);
      origin.requests.length = 0;
      await expect(createStore().describe(KEY)).rejects.toThrow();
      expect(methods()).toBe(head);
    });

    it.each(ways)('succeeds with the second attempt if the first one fails ($method)', async ({ method, read }) => {
      origin.intervene((_request, answer) => {
        if (origin.requests.length === 1) throw new Refusal(503, 'SlowDown');
        return answer;
      });
      await read();
      expect(methods()).toBe(`${method} ${method}`);
    });

    it('describes an image that was uploaded between a failed HEAD and the GET that looks for the cause', async () => {
      origin.intervene(({ method }, answer) => {
        if (method === 'HEAD') throw new Refusal(404, 'NoSuchKey');
        return answer;
      });
      expect(await createStore().describe(KEY)).toMatchObject({ size: 1000, contentType: 'image/jpeg' });
      expect(methods()).toBe('HEAD GET');
    });
  });

  describe('archived objects', () => {
    const archive = (headers: Readonly<Record<string, string>>, archived = true) =>
      objects.set(KEY, { ...createObject(makeBytes(10), headers), archived });
    const RESTORING = { 'x-amz-restore': 'ongoing-request="true"' };
    const RESTORED = { 'x-amz-restore': 'ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"' };

    const ARCHIVES: readonly Readonly<Record<string, string>>[] = [
      { 'x-amz-storage-class': 'GLACIER' },
      { 'x-amz-storage-class': 'DEEP_ARCHIVE' },
      { 'x-amz-storage-class': 'INTELLIGENT_TIERING', 'x-amz-archive-status': 'ARCHIVE_ACCESS' },
      { 'x-amz-storage-class': 'INTELLIGENT_TIERING', 'x-amz-archive-status': 'DEEP_ARCHIVE_ACCESS' },
    ];
    const UNREADABLE = ARCHIVES.flatMap((headers) => [headers, { ...headers, ...RESTORING }]);
    const toRows = (list: readonly Readonly<Record<string, string>>[]) =>
      list.flatMap((headers) => ways.map((way) => ({ ...way, headers, state: Object.values(headers).join(', ') })));
    it.each(toRows(UNREADABLE))('are image-archived: $state ($method)', async ({ read, headers, method }) => {
      archive(headers);
      await expect(read()).rejects.toMatchObject({ name: 'ImageError', code: 'image-archived' });
      expect(methods()).toBe(method);
    });

    const READABLE: readonly Readonly<Record<string, string>>[] = [
      { 'x-amz-storage-class': 'GLACIER', ...RESTORED },
      { 'x-amz-storage-class': 'DEEP_ARCHIVE', ...RESTORED },
      { 'x-amz-storage-class': 'GLACIER_IR' },
      { 'x-amz-storage-class': 'STANDARD_IA' },
      { 'x-amz-storage-class': 'INTELLIGENT_TIERING' },
    ];
    it.each(toRows(READABLE))(
      'are readable if restored, or in another class: $state ($method)',
      async ({ read, headers }) => {
        archive(headers, false);
        await read();
      },
    );
  });

  describe('metadata', () => {
    const WEIRD: readonly Readonly<Record<string, string>>[] = [
      { 'Content-Type': 'text/html' },
      { 'Content-Type': '' },
      { 'Content-Type': `image/png; name="${'x'.repeat(2000)}"` },
      { 'Content-Type': 'image/jpeg; name=Grüße' },
      { 'Cache-Control': 'none of your business, \t really' },
      { ETag: 'no quotes' },
      { ETag: 'W/"weak"' },
      { Expires: 'whenever it is ready' },
      { 'Content-Encoding': 'gzip' },
      { 'Content-Language': '!!', 'Content-Disposition': 'attachment; filename="../../etc/passwd"' },
      { 'x-amz-meta-note': 'caf=C3=A9', 'x-amz-missing-meta': 'many', 'x-amz-version-id': 'null' },
      { 'Last-Modified': 'Thu, 01 Jan 1970 00:00:00 GMT' },
      { 'Last-Modified': 'Fri, 31 Dec 9999 23:59:59 GMT' },
    ];
    it.each(WEIRD.map((headers) => ({ headers })))(
      'returns $headers unchanged and reads the bytes',
      async ({ headers }) => {
        const object = createObject(makeBytes(10), headers);
        objects.set(KEY, object);
        const store = createStore();
        const { info, body } = await store.open(KEY);
        expect(await readBytes(body)).toEqual(makeBytes(10));
        expect(await store.describe(KEY)).toEqual(info);
        expect(info).toEqual({
          size: 10,
          etag: object.headers['ETag'],
          lastModified: Date.parse(object.headers['Last-Modified'] ?? ''),
          contentType: object.headers['Content-Type'],
          contentEncoding: object.headers['Content-Encoding'],
          cacheControl: object.headers['Cache-Control'],
        });
      },
    );

    it('returns undefined for headers that the response does not have', async () => {
      origin.intervene(() => ({ status: 200, headers: { 'Content-Length': '0' }, body: '' }));
      expect(await createStore().describe(KEY)).toEqual({
        size: 0,
        etag: undefined,
        lastModified: undefined,
        contentType: undefined,
        cacheControl: undefined,
      });
    });
  });

  describe('connections', () => {
    /** More than the default limit of connections of the SDK, which is 50. */
    const MORE_THAN_DEFAULT_LIMIT = 60;
    const quick = { requestHandler: { requestTimeout: 2_000, throwOnRequestTimeout: true } };

    it('are closed when a body is destroyed unread', async () => {
      objects.set(KEY, createObject(LARGE));
      const store = createStore({ client: quick });
      for (let opened = 0; opened < MORE_THAN_DEFAULT_LIMIT; opened++) (await store.open(KEY)).body.destroy();
      const { body } = await store.open(KEY);
      expect((await readBytes(body)).equals(LARGE)).toBe(true);
      await expect.poll(() => origin.sockets()).toBeLessThanOrEqual(1);
    });

    it('are closed when a body is destroyed after its first chunk', async () => {
      objects.set(KEY, createObject(LARGE));
      const store = createStore({ client: quick });
      for (let opened = 0; opened < MORE_THAN_DEFAULT_LIMIT; opened++) {
        for await (const chunk of (await store.open(KEY)).body) if (chunk.length > 0) break;
      }
      expect((await store.open(KEY)).info.size).toBe(1_000_000);
      await expect.poll(() => origin.sockets()).toBeLessThanOrEqual(1);
    });

    const UNUSABLE: readonly [name: string, headers: Record<string, string>][] = [
      ['without Content-Length', {}],
      ['with an invalid Content-Range', { 'Content-Length': '1000000', 'Content-Range': 'bytes ?' }],
      ['with an invalid Last-Modified', { 'Content-Length': '1000000', 'Last-Modified': 'yesterday' }],
    ];
    it.each(UNUSABLE)('are closed after a response %s', async (_name, headers) => {
      origin.intervene(() => ({ status: 200, headers, body: LARGE }));
      const store = createStore({ client: quick });
      for (let opened = 0; opened < MORE_THAN_DEFAULT_LIMIT; opened++) {
        await expect(store.open(KEY)).rejects.toMatchObject({ code: 'store-unavailable' });
      }
      await expect.poll(() => origin.sockets()).toBe(0);
    });

    it('are closed when describe finds the image with GET after a failed HEAD', async () => {
      objects.set(KEY, createObject(LARGE));
      origin.intervene(({ method }, answer) => {
        if (method === 'HEAD') throw new Refusal(404, 'NoSuchKey');
        return answer;
      });
      const store = createStore({ client: quick });
      for (let described = 0; described < MORE_THAN_DEFAULT_LIMIT; described++) await store.describe(KEY);
      expect(methods()).toBe('HEAD GET '.repeat(MORE_THAN_DEFAULT_LIMIT).trim());
    });

    it('are reused: one is enough for consecutive requests', async () => {
      const store = createStore();
      for (let opened = 0; opened < 5; opened++) await readBytes((await store.open(KEY)).body);
      for (let described = 0; described < 5; described++) await store.describe(KEY);
      await expect(store.open('missing.jpeg')).rejects.toThrow();
      expect(origin.sockets()).toBe(1);
    });
  });
});
