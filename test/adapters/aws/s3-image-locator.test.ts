import { execFileSync } from 'node:child_process';
import { get, type IncomingMessage } from 'node:http';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createS3Client, type S3BucketOptions } from '../../../src/adapters/aws/s3-bucket.ts';
import { createS3ImageLocator } from '../../../src/adapters/aws/s3-image-locator.ts';
import { createS3ImageStore } from '../../../src/adapters/aws/s3-image-store.ts';
import { createAssumedRole } from '../../../src/adapters/aws/sts-credentials.ts';
import { imageError } from '../../../src/domain/errors.ts';
import type { LocateOptions } from '../../../src/domain/serving/ports.ts';
import { ODD_KEYS } from '../../../src/testing/odd-keys.ts';
import { type AwsOrigin, startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { Refusal } from '../../support/aws-origin/exchange.ts';
import { createObject } from '../../support/aws-origin/s3-service.ts';
import { makeBytes, readBytes } from '../../support/image-bytes.ts';

const OWNER = '222222222222';
const ROLE = `arn:aws:iam::${OWNER}:role/hidden-reader`;
const KEY = 'hidden/image 1.jpeg';
const BYTES = makeBytes(1000);
const IMAGE = createObject(BYTES, { 'Content-Type': 'text/html' });
const { ETag = '' } = IMAGE.headers;

describe('createS3ImageLocator', () => {
  let origin: AwsOrigin;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    origin = await startAwsOrigin();
    origin.roles.set(ROLE, { trusted: origin.caller });
    origin.buckets.set('hidden-bucket', { owner: OWNER, objects: new Map([[KEY, IMAGE]]) });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await origin.close();
  });

  const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
  const assume = (client: object = origin.client) =>
    createAssumedRole({ roleArn: ROLE, sessionName: 'images-api-test', client });
  const createLocator = ({ client, ...options }: Partial<S3BucketOptions> & { client?: S3ClientConfig } = {}) =>
    createS3ImageLocator({ bucket: 'hidden-bucket', client: { ...origin.client, ...client }, ...options });
  const withCredentials = (credentials: NonNullable<S3ClientConfig['credentials']>) =>
    createLocator({ client: { credentials } });
  const locate = (locator = createLocator(), options: Partial<LocateOptions> = {}) =>
    locator.locate(KEY, { contentType: 'image/jpeg', attachment: false, ...options });
  const stsRequests = () => origin.requests.filter(({ path }) => path === '/');

  it('signs a URL with the type and owner, valid for 300 s, whose only signed header is the host', async () => {
    const { url, expires } = await locate(
      createLocator({ bucketOwner: OWNER, requesterPays: true, client: { credentials: assume() } }),
    );
    const { searchParams } = new URL(url);
    expect(Object.fromEntries(searchParams)).toEqual({
      'response-content-type': 'image/jpeg',
      'x-amz-expected-bucket-owner': OWNER,
      'x-amz-request-payer': 'requester',
      'x-id': 'GetObject',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
      'X-Amz-Credential': expect.stringMatching(/^ASIA/),
      'X-Amz-Date': new Date(Date.now()).toISOString().replace(/[-:]|\.\d+/g, ''),
      'X-Amz-Expires': '300',
      'X-Amz-Security-Token': expect.stringMatching(/./),
      'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
      'X-Amz-SignedHeaders': 'host',
    });
    expect(expires).toBe(Math.floor(Date.now() / 1000) * 1000 + 300_000);
    expect(await fetchImage(url)).toMatchObject({ status: 200, bytes: BYTES, type: 'image/jpeg' });
  });

  it('signs without asking S3', async () => {
    await locate(createLocator(), { contentType: 'image/png' });
    expect(origin.requests).toEqual([]);
  });

  it('signs nothing that was not asked for', async () => {
    const names = [...new URL((await locate()).url).searchParams.keys()];
    expect(names.filter((name) => !name.startsWith('X-Amz-'))).toEqual(['response-content-type', 'x-id']);
  });

  it.each([
    { attachment: true, disposition: 'attachment' },
    { attachment: false, disposition: undefined },
  ])(
    'sets the type, and the disposition $disposition if attachment is $attachment',
    async ({ attachment, disposition }) => {
      const { url } = await locate(createLocator(), { contentType: 'image/svg+xml', attachment });
      expect(await fetchImage(url)).toMatchObject({ status: 200, type: 'image/svg+xml', disposition });
    },
  );

  it.each(ODD_KEYS.map((key) => ({ key })))('signs a URL for the key $key', async ({ key }) => {
    const objects = new Map([[key, IMAGE]]);
    origin.buckets.set('hidden-bucket', { owner: OWNER, objects });
    const { url } = await createLocator().locate(key, { contentType: 'image/jpeg', attachment: false });
    expect(await fetchImage(url)).toMatchObject({ status: 200, bytes: BYTES });
  });

  const PARTS: readonly { headers: Record<string, string>; status: number; length: number }[] = [
    { headers: { Range: 'bytes=10-19' }, status: 206, length: 10 },
    { headers: { Range: 'bytes=10-19', 'If-Range': ETag }, status: 206, length: 10 },
    { headers: { Range: 'bytes=10-19', 'If-Range': '"another"' }, status: 200, length: 1000 },
    { headers: { 'If-Match': '"another"' }, status: 412, length: 0 },
    { headers: { 'If-None-Match': ETag }, status: 304, length: 0 },
    { headers: { 'x-api-key': 'key' }, status: 200, length: 1000 },
  ];
  it.each(PARTS)(
    'signs a URL that answers $status to the unsigned headers $headers',
    async ({ headers, status, length }) => {
      const { url } = await locate();
      const answer = await fetchImage(url, headers);
      expect(answer.status).toBe(status);
      if (status < 300) expect(answer.bytes).toHaveLength(length);
    },
  );

  const CHANGES: readonly [title: string, change: (url: string) => string][] = [
    ['another key', (url) => url.replace('image%201', 'image%202')],
    ['another type', (url) => url.replace('image%2Fjpeg', 'text%2Fhtml')],
    ['no type', (url) => url.replace(/response-content-type=[^&]*&?/, '')],
    ['a disposition', (url) => `${url}&response-content-disposition=inline`],
    ['a later expiry', (url) => url.replace('X-Amz-Expires=300', 'X-Amz-Expires=3000')],
    ['another owner', (url) => url.replace(OWNER, '111111111111')],
    ['another signature', (url) => url.replace(/X-Amz-Signature=./, 'X-Amz-Signature=g')],
    ['no signature', (url) => url.replace(/X-Amz-Signature=[^&]*&?/, '')],
  ];
  it.each(CHANGES)('signs a URL that is refused with %s', async (_title, change) => {
    const { url } = await locate(createLocator({ bucketOwner: OWNER }));
    expect(change(url)).not.toBe(url);
    expect(await fetchImage(url)).toMatchObject({ status: 200 });
    expect(await fetchImage(change(url))).toMatchObject({ status: 403 });
  });

  it('signs a URL that S3 refuses for another method, and for a bucket of another owner', async () => {
    const { url } = await locate(createLocator({ bucketOwner: '333333333333' }));
    expect(await fetchImage(url)).toMatchObject({ status: 403 });
    expect(await fetchImage((await locate()).url, {}, 'HEAD')).toMatchObject({ status: 403 });
  });

  describe('expiry', () => {
    it('is the time at which S3 begins to refuse the URL', async () => {
      const { url, expires } = await locate();
      vi.setSystemTime(expires);
      expect(await fetchImage(url)).toMatchObject({ status: 200 });
      vi.setSystemTime(expires + 1);
      expect(await fetchImage(url)).toMatchObject({ status: 403 });
    });

    it('follows the clock of S3 if that of the machine is an hour late', async () => {
      const time = Date.now() + 3_600_000;
      const ahead = await startAwsOrigin({ now: () => time });
      ahead.buckets.set('hidden-bucket', { owner: OWNER, objects: new Map([[KEY, IMAGE]]) });
      const client = createS3Client(ahead.client);
      await createS3ImageStore({ bucket: 'hidden-bucket', client }).describe(KEY);
      const { url, expires } = await locate(createS3ImageLocator({ bucket: 'hidden-bucket', client }));
      expect(await fetchImage(url)).toMatchObject({ status: 200 });
      expect(expires).toBeGreaterThan(time + 297_000);
      expect(expires).toBeLessThanOrEqual(time + 300_000);
      await ahead.close();
    });

    it('is 5 s before the credentials expire if they expire earlier', async () => {
      origin.roles.set(ROLE, { trusted: origin.caller, lifetime: 120_000 });
      const start = Date.now();
      const { url, expires } = await locate(withCredentials(assume()));
      expect(expires).toBeGreaterThan(start + 113_000);
      expect(expires).toBeLessThanOrEqual(start + 115_000);
      vi.setSystemTime(expires);
      expect(await fetchImage(url)).toMatchObject({ status: 200 });
    });

    it('is before the real end of the session while STS fails and the last credentials are used', async () => {
      const start = Date.now();
      const locator = withCredentials(assume({ ...origin.client, maxAttempts: 1 }));
      await locate(locator);
      origin.intervene((request, answer) => {
        if (request.path === '/') throw new Refusal(500, 'InternalFailure');
        return answer;
      });
      pass(3600 - 60);
      const { url, expires } = await locate(locator);
      expect(expires).toBeGreaterThan(start + 3_593_000);
      expect(expires).toBeLessThanOrEqual(start + 3_595_000);
      expect(await fetchImage(url)).toMatchObject({ status: 200 });
      vi.setSystemTime(start + 3_580_000);
      await locate(locator);
      vi.setSystemTime(start + 3_597_000);
      await expect(locate(locator)).rejects.toMatchObject({
        code: 'store-unavailable',
        message: 'The credentials of the service expire too soon to sign a URL.',
      });
      vi.setSystemTime(start + 3_601_000);
      await expect(locate(locator)).rejects.toMatchObject({ code: 'store-unavailable' });
    });

    it('is that of new credentials if the last ones are too old, although the SDK would still use them', async () => {
      const start = Date.now();
      const locator = withCredentials(assume({ ...origin.client, maxAttempts: 1 }));
      await locate(locator);
      origin.intervene(() => {
        throw new Refusal(500, 'InternalFailure');
      });
      vi.setSystemTime(start + 3_580_000);
      await locate(locator);
      origin.intervene();
      vi.setSystemTime(start + 3_597_000);
      expect((await locate(locator)).expires).toBe(Math.floor(Date.now() / 1000) * 1000 + 300_000);
    });
  });

  it('assumes the role once for many URLs and for the store', async () => {
    const client = createS3Client({ ...origin.client, credentials: assume() });
    const options = { bucket: 'hidden-bucket', client };
    const locator = createS3ImageLocator(options);
    const located = await Promise.all(Array.from({ length: 50 }, () => locate(locator)));
    expect(new Set(located.map(({ url }) => url)).size).toBe(1);
    await createS3ImageStore(options).describe(KEY);
    expect(stsRequests()).toHaveLength(1);
  });

  describe('errors', () => {
    it('passes on a role that is refused', async () => {
      origin.roles.clear();
      const error = await locate(withCredentials(assume())).catch((reason) => reason);
      expect(error).toMatchObject({ name: 'ImageError', code: 'role-refused' });
    });

    it('passes on a timeout of STS', async () => {
      const refused = imageError('store-timeout');
      const credentials = () => Promise.reject(refused);
      await expect(locate(withCredentials(credentials))).rejects.toBe(refused);
    });

    it('maps missing credentials to store-forbidden', async () => {
      const missing = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
      const error = await locate(withCredentials(() => Promise.reject(missing))).catch((reason) => reason);
      expect(error).toMatchObject({ name: 'ImageError', code: 'store-forbidden', cause: missing });
    });

    it('maps a missing region to store-misconfigured, without the key or a URL', async () => {
      const region = async (): Promise<string> => {
        throw new Error('Region is missing');
      };
      const error = await locate(createLocator({ client: { region } })).catch((reason) => reason);
      expect(error).toMatchObject({ name: 'ImageError', code: 'store-misconfigured' });
      expect(`${error.message} ${error.cause}`).not.toMatch(/hidden|https?:/);
    });

    it('rejects at once with the reason of the signal while it waits for credentials', async () => {
      const controller = new AbortController();
      const asked = Promise.withResolvers<void>();
      const credentials = () => {
        asked.resolve();
        return new Promise<never>(() => {});
      };
      const reason = new Error('deadline');
      const locating = locate(withCredentials(credentials), { signal: controller.signal });
      await asked.promise;
      controller.abort(reason);
      await expect(locating).rejects.toBe(reason);
      await expect(locate(createLocator(), { signal: controller.signal })).rejects.toBe(reason);
    });
  });

  it('rejects with the error of the import if the presigner is not installed', () => {
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => next(name.includes('s3-request-presigner') ? 'gone' : name, context) });
      const { createS3ImageLocator } = await import(${JSON.stringify(import.meta.resolve('../../../src/adapters/aws/index.ts'))});
      const locator = createS3ImageLocator({ bucket: 'images', client: { region: 'eu-central-1' } });
      const error = await locator.locate('a.jpeg', { contentType: 'image/jpeg', attachment: false }).catch((error) => error);
      console.log(JSON.stringify({ name: error.name, code: error.code }));`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual({ name: 'Error', code: 'ERR_MODULE_NOT_FOUND' });
  });

  it('loads the presigner only when a locator is created', () => {
    const script = `
      import { registerHooks } from 'node:module';
      let loaded = 0;
      registerHooks({ load: (url, context, next) => { loaded += url.includes('s3-request-presigner') ? 1 : 0; return next(url, context); } });
      const { createS3ImageLocator } = await import(${JSON.stringify(import.meta.resolve('../../../src/adapters/aws/index.ts'))});
      const before = loaded;
      await createS3ImageLocator({ bucket: 'images', client: { region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } } })
        .locate('a.jpeg', { contentType: 'image/jpeg', attachment: false });
      console.log(JSON.stringify({ before, after: loaded > 0 }));`;
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual({ before: 0, after: true });
  });
});

interface FetchedImage {
  readonly status: number | undefined;
  readonly bytes: Buffer;
  readonly type: string | undefined;
  readonly disposition: string | undefined;
}

const fetchImage = async (url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<FetchedImage> => {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, method }, resolve).once('error', reject);
  });
  const { statusCode: status, headers: received } = response;
  return {
    status,
    bytes: await readBytes(response),
    type: received['content-type'],
    disposition: received['content-disposition'],
  };
};
