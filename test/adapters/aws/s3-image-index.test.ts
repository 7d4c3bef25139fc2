import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createS3Client, type S3BucketOptions } from '../../../src/adapters/aws/s3-bucket.ts';
import { createS3ImageIndex } from '../../../src/adapters/aws/s3-image-index.ts';
import { createS3ImageStore } from '../../../src/adapters/aws/s3-image-store.ts';
import { ImageError, type ImageErrorCode, imageError } from '../../../src/domain/errors.ts';
import { type FilledIndex, imageIndexChecks } from '../../../src/testing/index.ts';
import { type AwsOrigin, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { Refusal } from '../../support/aws-origin/exchange.ts';
import { createObject, type StoredObject } from '../../support/aws-origin/s3-service.ts';
import { makeBytes } from '../../support/image-bytes.ts';

const OWNER = '222222222222';

const createIndex = async (): Promise<FilledIndex> => {
  const origin = await startAwsOrigin();
  const objects = new Map<string, StoredObject>();
  origin.buckets.set('images', { owner: OWNER, objects });
  const options = { bucket: 'images', bucketOwner: OWNER, client: origin.client };
  return {
    index: createS3ImageIndex(options),
    store: createS3ImageStore(options),
    put: async (key, bytes) => {
      objects.set(key, createObject(bytes, { 'Content-Type': 'image/jpeg' }));
    },
    end: origin.close,
  };
};

describe('createS3ImageIndex', () => {
  for (const { name, run } of imageIndexChecks()) it(name, () => run(createIndex));
});

describe('the S3 image index', () => {
  let origin: AwsOrigin;
  beforeEach(async () => {
    origin = await startAwsOrigin();
    const objects = new Map(['folder/', 'hidden/a.jpeg', 'hidden/b.jpeg'].map((key) => [key, IMAGE]));
    origin.buckets.set('hidden-bucket', { owner: OWNER, objects });
  });
  afterEach(() => origin.close());

  const createIndex = ({ client, ...options }: Partial<S3BucketOptions> & { client?: S3ClientConfig } = {}) =>
    createS3ImageIndex({ bucket: 'hidden-bucket', client: { ...origin.client, ...client }, ...options });
  const list = (index = createIndex()) => index.list('hidden/', { limit: 10 });

  it('sends one ListObjectsV2 request per page, with the expected owner and the offer to pay', async () => {
    const index = createIndex({ bucketOwner: OWNER, requesterPays: true });
    const { next: token } = await index.list('hidden/', { limit: 1 });
    await index.list('hidden/', { limit: 1, token });
    const sent = origin.requests.map(({ path, query }) => ({
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
    }));
    const common = { 'list-type': '2', 'max-keys': '1', prefix: 'hidden/' };
    expect(sent).toMatchObject([
      { path: '/hidden-bucket/', query: common },
      { path: '/hidden-bucket/', query: { ...common, 'continuation-token': token } },
    ]);
    expect(sent[0]?.query).not.toHaveProperty('continuation-token');
    for (const { headers } of origin.requests) {
      expect(headers).toMatchObject({ 'x-amz-expected-bucket-owner': OWNER, 'x-amz-request-payer': 'requester' });
    }
  });

  it('shares one client, and so its connections, with the store', async () => {
    const client = createS3Client(origin.client);
    const options = { bucket: 'hidden-bucket', client };
    await list(createS3ImageIndex(options));
    await createS3ImageStore(options).describe('hidden/a.jpeg');
    expect(origin.sockets()).toBe(1);
  });

  it('lists folder markers and keys with control characters', async () => {
    const keys = ['a\u0001b', 'a\tb\n', 'a\r', 'a\u007f', 'a\uffff', 'folder/'];
    origin.buckets.set('hidden-bucket', { owner: OWNER, objects: new Map(keys.map((key) => [key, IMAGE])) });
    const { images } = await createIndex().list('', { limit: 10 });
    expect(images.map(({ key }) => key)).toEqual(['a\u0001b', 'a\tb\n', 'a\r', 'a\u007f', 'a\uffff', 'folder/']);
  });

  it('lists the time in whole seconds, like the headers of an image', async () => {
    origin.intervene(({ query }, answer) => ({
      ...answer,
      body: String(answer.body).replaceAll('.000Z', query === '' ? '' : '.999Z'),
    }));
    const { images } = await list();
    expect(images[0]?.lastModified).toBe(Date.parse(IMAGE.headers['Last-Modified'] ?? ''));
  });

  const INCOMPLETE: readonly [title: string, body: string][] = [
    ['no body', ''],
    ['no IsTruncated', '<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>'],
    ['no token of the next page', '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'],
    [
      'an object without a size',
      '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>',
    ],
    [
      'an object without a key',
      '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents></ListBucketResult>',
    ],
    ['a text that is not XML', 'Welcome to our network <p'],
    [
      'an invalid time',
      '<ListBucketResult><Contents><LastModified>yesterday</LastModified></Contents></ListBucketResult>',
    ],
  ];
  it.each(INCOMPLETE)('rejects a response with %s as store-unavailable', async (_title, body) => {
    origin.intervene(() => ({ status: 200, headers: {}, body }));
    await expect(list()).rejects.toMatchObject({ name: 'ImageError', code: 'store-unavailable' });
  });

  const REFUSALS: readonly { name: string; status: number; code: ImageErrorCode }[] = [
    { name: 'SlowDown', status: 503, code: 'store-throttled' },
    { name: 'InternalError', status: 500, code: 'store-unavailable' },
    { name: 'RequestTimeout', status: 400, code: 'store-timeout' },
    { name: 'AccessDenied', status: 403, code: 'store-forbidden' },
    { name: 'ExpiredToken', status: 400, code: 'store-forbidden' },
    { name: 'NoSuchBucket', status: 404, code: 'store-misconfigured' },
    { name: 'NoSuchKey', status: 404, code: 'store-misconfigured' },
    { name: 'PreconditionFailed', status: 412, code: 'store-misconfigured' },
    { name: 'PermanentRedirect', status: 301, code: 'store-misconfigured' },
    { name: 'InvalidArgument', status: 400, code: 'store-misconfigured' },
  ];
  it.each(REFUSALS)('maps $name to $code', async ({ name, status, code }) => {
    origin.intervene(() => {
      throw new Refusal(status, name);
    });
    const error = await list().catch((reason) => reason);
    expect(error).toMatchObject({ name: 'ImageError', code, cause: { name } });
    expect(error.message).not.toMatch(/hidden/);
  });

  it('denies a bucket of another owner, and a bucket without s3:ListBucket', async () => {
    const failure = { code: 'store-forbidden', message: 'The image store denies the listing of its images.' };
    await expect(list(createIndex({ bucketOwner: '333333333333' }))).rejects.toMatchObject(failure);
    origin.buckets.set('hidden-bucket', { owner: OWNER, unlisted: true, objects: new Map() });
    await expect(list()).rejects.toMatchObject(failure);
  });

  it('passes on the error of the credentials', async () => {
    const refused = imageError('role-refused');
    const credentials = async () => {
      throw refused;
    };
    await expect(list(createIndex({ client: { credentials } }))).rejects.toBe(refused);
  });

  it('maps a first byte that never arrives to store-timeout', async () => {
    origin.intervene(() => () => undefined);
    const requestHandler = { requestTimeout: 50, throwOnRequestTimeout: true };
    await expect(list(createIndex({ client: { requestHandler } }))).rejects.toMatchObject({ code: 'store-timeout' });
  });

  describe('with an abort signal', () => {
    const reason = new ImageError('store-timeout', 'deadline');

    it.each([
      ['before the headers', () => undefined],
      [
        'in the middle of the page',
        (response: import('node:http').ServerResponse) => response.writeHead(200).write('<List'),
      ],
    ])('rejects with the reason and closes the connection %s', async (_when, start) => {
      const controller = new AbortController();
      const closed = Promise.withResolvers<void>();
      origin.intervene(() => (response) => {
        response.socket?.once('close', () => closed.resolve());
        start(response);
        setImmediate(() => controller.abort(reason));
      });
      const listing = createIndex().list('', { limit: 10, signal: controller.signal });
      await expect(listing).rejects.toBe(reason);
      await closed.promise;
    });

    it('rejects at once while it waits for credentials', async () => {
      const controller = new AbortController();
      const asked = Promise.withResolvers<void>();
      const credentials = () => {
        asked.resolve();
        return new Promise<never>(() => {});
      };
      const listing = createIndex({ client: { credentials } }).list('', { limit: 10, signal: controller.signal });
      await asked.promise;
      controller.abort(reason);
      await expect(listing).rejects.toBe(reason);
    });
  });
});

const IMAGE = createObject(makeBytes(10));
