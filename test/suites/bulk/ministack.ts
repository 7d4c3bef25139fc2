import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { bucketSource, type Source } from '../../support/gateway-service.ts';
import { startMinistackServer } from '../../support/ministack-server.ts';
import { installPythonPackages } from '../../support/python-packages.ts';

/** ministack that allows every request. `await using` stops it. */
export interface Ministack extends AsyncDisposable {
  /** Options for clients of the SDK. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

export const startMinistack = async (): Promise<Ministack> => {
  const python = await installPythonPackages('test/emulated/deploy/requirements.txt', '.venv/deploy');
  const folder = await mkdtemp(join(tmpdir(), 'images-api-bulk-'));
  const { url, stop } = await startMinistackServer(python, folder);
  return {
    client: { endpoint: url, region: REGION, credentials: { accessKeyId: '123456789012', secretAccessKey: 'test' } },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
};

const REGION = 'eu-central-1';

/** A bucket in ministack. Like S3, but unlike ministack, it lists at most 1,000 keys per call. */
export const ministackSource = (bucket: string, client: Ministack['client']): Source => {
  const { store, index } = bucketSource(bucket, client);
  return {
    store,
    index: {
      list: (keyPrefix, options) => index.list(keyPrefix, { ...options, limit: Math.min(options.limit, MAX_KEYS) }),
    },
  };
};

const MAX_KEYS = 1_000;

/** Creates a bucket with one small object per key. */
export const fillBucket = async (
  { client }: Pick<Ministack, 'client'>,
  bucket: string,
  keys: readonly string[],
): Promise<void> => {
  const s3 = new S3Client(client);
  const options = { CreateBucketConfiguration: { LocationConstraint: REGION } } as const;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, ...options }));
  const waiting = keys.values();
  const put = async (): Promise<void> => {
    for (const key of waiting) await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'x' }));
  };
  await Promise.all(Array.from({ length: WRITERS }, put));
};

/** Number of concurrent requests. */
const WRITERS = 10;
