import { GetObjectCommand, HeadObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeBytes } from '../image-bytes.ts';
import { type AwsOrigin, startAwsOrigin } from './aws-origin.ts';
import { createObject, type StoredObject } from './s3-service.ts';

const ROLE = 'arn:aws:iam::222222222222:role/reader';

describe('startAwsOrigin', () => {
  let origin: AwsOrigin;
  let image: StoredObject;
  beforeEach(async () => {
    origin = await startAwsOrigin();
    image = createObject(makeBytes(10));
    origin.buckets.set('images', { owner: '222222222222', objects: new Map([['a b/ü+%.jpeg', image]]) });
    origin.roles.set(ROLE, { trusted: origin.caller });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await origin.close();
  });

  const object = { Bucket: 'images', Key: 'a b/ü+%.jpeg' };
  const createClient = (config: S3ClientConfig = {}) => new S3Client({ ...origin.client, maxAttempts: 1, ...config });
  const get = (client = createClient()) => client.send(new GetObjectCommand({ ...object, Range: 'bytes=0-4' }));
  const assumeRole = () =>
    new STSClient(origin.client).send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'test' }));
  const assume = async () => {
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = (await assumeRole()).Credentials ?? {};
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  };
  /** A client whose requests are changed after they are signed. */
  const tamper = (change: (request: { path: string; headers: Record<string, string> }) => unknown) => {
    const client = createClient();
    client.middlewareStack.add(
      (next) => (args) => {
        change(args.request as Parameters<typeof change>[0]);
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    return client;
  };

  const changeHeader = (name: string, value: string) =>
    tamper(({ headers }) => Object.assign(headers, { [name]: value }));

  it('accepts requests that the SDK signs with the keys of a user or of a role', async () => {
    expect((await get()).ContentRange).toBe('bytes 0-4/10');
    expect((await get(createClient({ credentials: await assume() }))).ContentRange).toBe('bytes 0-4/10');
  });

  it.each<[change: string, client: () => S3Client | Promise<S3Client>, name: string]>([
    [
      'another secret',
      () => createClient({ credentials: { ...origin.client.credentials, secretAccessKey: 'other' } }),
      'SignatureDoesNotMatch',
    ],
    [
      'another key id',
      () => createClient({ credentials: { ...origin.client.credentials, accessKeyId: 'AKIAOTHER' } }),
      'InvalidAccessKeyId',
    ],
    [
      'a token that it did not issue',
      async () => createClient({ credentials: { ...(await assume()), sessionToken: 'other' } }),
      'InvalidToken',
    ],
    [
      'a token that has expired',
      async () => {
        const client = createClient({ credentials: await assume() });
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 });
        return client;
      },
      'ExpiredToken',
    ],
    ['another region', () => createClient({ region: 'us-east-1' }), 'AuthorizationHeaderMalformed'],
    [
      'a clock that is 16 minutes late',
      () => createClient({ systemClockOffset: -16 * 60_000 }),
      'RequestTimeTooSkewed',
    ],
    ['no signature', () => createClient({ signer: { sign: async (request) => request } }), 'AccessDenied'],
    ['a header that was changed', () => changeHeader('range', 'bytes=0-8'), 'SignatureDoesNotMatch'],
    ['a header that was not signed', () => changeHeader('x-amz-acl', 'private'), 'AccessDenied'],
    ['another path', () => tamper((request) => Object.assign(request, { path: '/images/b' })), 'SignatureDoesNotMatch'],
    ['another body', () => changeHeader('x-amz-content-sha256', '0'.repeat(64)), 'XAmzContentSHA256Mismatch'],
  ])('refuses a request with %s, whatever the intervention answers', async (_change, client, name) => {
    const changed = await client();
    origin.intervene((_request, answer) => ({ ...answer, status: 200 }));
    await expect(get(changed)).rejects.toMatchObject({ name });
  });

  it('answers a matching If-None-Match with 304, and only with ETag and Last-Modified, like S3', async () => {
    const { ETag = '' } = image.headers;
    const error = await createClient()
      .send(new GetObjectCommand({ ...object, IfNoneMatch: ETag }))
      .catch((reason) => reason);
    expect(error.$metadata.httpStatusCode).toBe(304);
    const { etag, 'last-modified': lastModified, ...others } = error.$response.headers;
    expect({ etag, lastModified }).toEqual({ etag: ETag, lastModified: image.headers['Last-Modified'] });
    expect(others).not.toHaveProperty('content-type');
    expect(others).not.toHaveProperty('content-length');
  });

  it('answers HEAD for a missing key with 404 and without an error code', async () => {
    const missing = createClient().send(new HeadObjectCommand({ ...object, Key: 'missing' }));
    await expect(missing).rejects.toMatchObject({ name: 'NotFound', $metadata: { httpStatusCode: 404 } });
    const { requests } = origin;
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['HEAD /images/missing']);
  });

  it('accepts unsigned requests and records no requests when it is trusting', async () => {
    const trusting = await startAwsOrigin({ trusting: true });
    onTestFinished(() => trusting.close());
    trusting.buckets.set('images', { owner: '222222222222', objects: new Map([['a.jpeg', image]]) });
    const response = await fetch(`${trusting.client.endpoint}/images/a.jpeg`, { headers: { range: 'bytes=2-4' } });
    expect(response.status).toBe(206);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from(image.bytes.subarray(2, 5)));
    expect(trusting.requests).toEqual([]);
  });

  it('refuses unsigned requests to S3 and STS', async () => {
    const { endpoint } = origin.client;
    const answers = await Promise.all([
      fetch(`${endpoint}/images/a`),
      fetch(endpoint, { method: 'POST', body: 'Action=AssumeRole' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
  });
});
