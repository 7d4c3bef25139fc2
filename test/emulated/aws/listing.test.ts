import { describe, expect, inject, it } from 'vitest';
import { mappedBuckets } from '../../suites/bulk/buckets.ts';
import { prefixesOf, READINGS, readListing, startListing } from '../../suites/bulk/listing.ts';
import { fillBucket, ministackSource } from '../../suites/bulk/ministack.ts';

const { endpoint, region, admin } = inject('signing');
const client = { endpoint, region, credentials: admin };

const BUCKETS = mappedBuckets(80).map((bucket, index) => ({ ...bucket, id: `listed-images-${index}` }));

describe.each(BUCKETS)('a bucket of 80 objects in ministack with $name (npm run test:bulk lists more)', (bucket) => {
  it('is listed once by pages of 1, 7 and 1,000 images and by NDJSON', async () => {
    await fillBucket({ client }, bucket.id, bucket.keys);
    await using service = await startListing(bucket, ministackSource(bucket.id, client));
    for (const prefix of prefixesOf(bucket)) {
      for (const reading of READINGS) {
        const result = await readListing(service, bucket, prefix, reading);
        expect(result).toMatchObject({ isComplete: true, failures: [] });
        expect(result.images).toBeGreaterThan(0);
      }
    }
  });
});
