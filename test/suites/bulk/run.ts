/**
 * `npm run test:bulk [images]`: lists 25,000 images of a bucket in ministack and of a folder, under four mappings and with pages
 * of several sizes, and signs batches of 1,000 locations. It prints what that costs. The exit code is 1 if a check fails.
 * Unlike S3, a folder lists any number of keys per call.
 */
import { folderSource, type Source } from '../../support/gateway-service.ts';
import { measureBatches } from './batch.ts';
import { type MappedBucket, mappedBuckets } from './buckets.ts';
import { createFolder } from './folder.ts';
import { prefixesOf, READINGS, readListing, startListing } from './listing.ts';
import { fillBucket, ministackSource, startMinistack } from './ministack.ts';

const images = Number(process.argv[2] ?? 25_000);
if (!Number.isInteger(images) || images < 100) {
  process.stderr.write(`The number of images must be 100 or more, but is ${process.argv[2]}.\n`);
  process.exit(2);
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const failures: string[] = [];

/** Milliseconds. Pages of 1 image end early in ministack, because its time for a page grows with the bucket. */
const BUDGET = 120_000;

const listAll = async (where: string, bucket: MappedBucket, source: Source): Promise<void> => {
  await using service = await startListing(bucket, source);
  for (const prefix of prefixesOf(bucket)) {
    for (const reading of READINGS) {
      const result = await readListing(
        service,
        bucket,
        prefix,
        reading.limit === 1 ? { ...reading, budget: BUDGET } : reading,
      );
      const { isComplete, pages, calls, duration } = result;
      const what = `${where}, ${bucket.name}, ${prefix === '' ? 'all' : 'a prefix'}, ${reading.format} ${reading.limit}`;
      print(
        `${what}: ${result.images} images${isComplete ? '' : ' (ended early)'}, ${pages} pages, ${calls} calls, ${(duration / 1_000).toFixed(1)} s`,
      );
      failures.push(...result.failures.map((failure) => `${what}: ${failure}`));
    }
  }
};

await measureBatches(1_000, print, failures);
await using ministack = await startMinistack();
for (const [index, bucket] of mappedBuckets(images).entries()) {
  {
    await using folder = await createFolder(bucket.keys);
    await listAll('folder', bucket, folderSource(folder.path));
  }
  await fillBucket(ministack, `images-${index}`, bucket.keys);
  await listAll('bucket', bucket, ministackSource(`images-${index}`, ministack.client));
}
for (const failure of failures) print(`- ${failure}`);
print(failures.length === 0 ? 'Every image was listed once.' : `${failures.length} checks failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;
