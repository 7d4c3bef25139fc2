import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, inject, it } from 'vitest';
import { createS3ImageIndex } from '../../../src/adapters/aws/s3-image-index.ts';
import { createS3ImageStore } from '../../../src/adapters/aws/s3-image-store.ts';
import { type FilledIndex, imageIndexChecks } from '../../../src/testing/index.ts';
import type { Credentials } from './credentials.ts';

const { endpoint, region, reader, writer } = inject('accounts');

const createClient = (credentials: Credentials) => ({ endpoint, region, credentials });

const createIndex = async (): Promise<FilledIndex> => {
  const s3 = new S3Client(createClient(writer));
  const options = { bucket: 'contract', client: createClient(reader) };
  return {
    index: createS3ImageIndex(options),
    store: createS3ImageStore(options),
    put: async (key, bytes) => {
      const object = { Bucket: 'contract', Key: key, Body: bytes, ContentType: 'image/jpeg' };
      await s3.send(new PutObjectCommand(object));
    },
  };
};

describe('createS3ImageIndex on moto', () => {
  const MALFORMED = imageIndexChecks().filter(({ name }) => /^rejects the token "[^"]/.test(name));
  const LEFT_OUT = Object.fromEntries(MALFORMED.map(({ name }) => [name, 'moto answers 500, S3 400']));
  for (const { name, leftOut, run } of imageIndexChecks(LEFT_OUT, { numRuns: 10 }))
    it.skipIf(leftOut)(leftOut ? `${name} (left out: ${leftOut})` : name, () => run(createIndex));
});

describe('the errors of createS3ImageIndex on moto', () => {
  const list = (credentials: Credentials, bucket = 'contract') =>
    createS3ImageIndex({ bucket, client: createClient(credentials) }).list('', { limit: 10 });

  it('maps a missing bucket to store-misconfigured', async () => {
    const failure = { code: 'store-misconfigured', cause: { name: 'NoSuchBucket' } };
    await expect(list(writer, 'no-such-bucket')).rejects.toMatchObject(failure);
  });

  it('maps a wrong secret access key to store-forbidden', async () => {
    const failure = { code: 'store-forbidden', cause: { name: 'SignatureDoesNotMatch' } };
    const wrongSecret = { ...reader, secretAccessKey: writer.secretAccessKey };
    await expect(list(wrongSecret)).rejects.toMatchObject(failure);
  });

  it('maps a listing without permission to store-forbidden', async () => {
    const failure = { code: 'store-forbidden', cause: { name: 'AccessDenied' } };
    await expect(list(reader, 'partner-images')).rejects.toMatchObject(failure);
  });
});
