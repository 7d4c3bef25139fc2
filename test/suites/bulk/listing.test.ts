import { describe, expect, it } from 'vitest';
import { startAwsOrigin } from '../../support/aws-origin/aws-origin.ts';
import { createImage } from '../../support/bucket-service.ts';
import { bucketSource, folderSource } from '../../support/gateway-service.ts';
import { type MappedBucket, mappedBuckets } from './buckets.ts';
import { createFolder } from './folder.ts';
import { prefixesOf, READINGS, readListing, startListing } from './listing.ts';

describe.each(mappedBuckets(300))('a folder of 300 files with $name (npm run test:bulk lists more)', (bucket) => {
  it('is listed once by pages of 1, 7 and 1,000 images and by NDJSON', async () => {
    await using folder = await createFolder(bucket.keys);
    await using service = await startListing(bucket, folderSource(folder.path));
    for (const prefix of prefixesOf(bucket)) {
      for (const reading of READINGS) {
        const result = await readListing(service, bucket, prefix, reading);
        expect(result).toMatchObject({ isComplete: true, failures: [] });
        expect(result.images).toBeGreaterThan(0);
      }
    }
  });
});

it('a bucket of 2,500 objects is listed with one call per 1,000 keys', async () => {
  const [bucket] = mappedBuckets(2_500) as [MappedBucket];
  const origin = await startAwsOrigin();
  try {
    const objects = new Map(bucket.keys.map((key) => [key, createImage(Buffer.from('x'))]));
    origin.buckets.set('images', { owner: '222222222222', objects });
    await using service = await startListing(bucket, bucketSource('images', origin.client));
    const reading = { format: 'ndjson', limit: 100_000 } as const;
    const result = await readListing(service, bucket, '', reading);
    expect(result).toMatchObject({ isComplete: true, failures: [], pages: 1, calls: 3 });
    expect(origin.requests).toHaveLength(3);
  } finally {
    await origin.close();
  }
});
