import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../cost-model/cost.ts';
import type { Measured } from '../../cost-model/measured.ts';
import { QUOTAS } from '../../cost-model/quotas.ts';
import { inBatches, inRanges, listed, redirected, SIGNING, type Signing, streamed } from '../../cost-model/ways.ts';
import { readBatch } from '../../src/adapters/api-gateway/batch.ts';
import { createPathMapping } from '../../src/domain/index.ts';
import { createLocateImages, type LocatedImage } from '../../src/domain/serving/locate-images.ts';

const MB = 1024 * 1024;
const GB = 1024 * MB;

/** Each request takes 2 ms. */
const MEASURED: Measured = { coldMs: 400, work: [{ bytes: 10_000, ms: 2 }] };

const DEPLOYMENT: Deployment = {
  firstByteMs: 100,
  // 4 ms per request
  coldShare: 0.01,
  memoryMb: 1024,
  // A million requests make 1 GB of each log.
  logBytes: { function: GB / 1_000_000, access: GB / 1_000_000 },
};

const BATCHES: Signing = { msPerUrl: 1, paths: 1000, inFlight: 50, lineBytes: 1800 };

/** US dollars for a million requests without their duration and S3: 3.50 + 0.20 + 0.50 + 0.50 + 0.25 */
const FIXED = 4.95;
/** US dollars for a millisecond of a million requests: 1,000,000 * 0.001 s * 1 GB * $0.0000133334 */
const PER_MS = 0.0133334;

describe('streamed', () => {
  it('needs one request to the service and one to S3', () => {
    const { load, cost } = streamed(MEASURED, DEPLOYMENT, 1.7 * MB);
    // 100 ms + 1.7 MB at 85 MB/s + 2 ms + 4 ms
    expect(load).toEqual({ requests: 1, s3Requests: 1, busyMs: expect.closeTo(126) });
    expect(cost).toBeCloseTo(FIXED + 0.4 + 126 * PER_MS);
  });
});

describe('inRanges', () => {
  it('multiplies the range of an image by their number', () => {
    const range = streamed(MEASURED, DEPLOYMENT, 5 * MB);
    const { load, cost } = inRanges(MEASURED, DEPLOYMENT, 25 * MB);
    expect(load).toEqual({ requests: 5, s3Requests: 5, busyMs: expect.closeTo(5 * range.load.busyMs) });
    expect(cost).toBeCloseTo(5 * range.cost);
  });
});

describe('redirected', () => {
  it('adds the signature, and the S3 request of the client', () => {
    const { load, cost } = redirected(MEASURED, DEPLOYMENT, BATCHES);
    // 100 ms + 2 ms + 4 ms + 1 ms
    expect(load).toEqual({ requests: 1, s3Requests: 2, busyMs: 107 });
    // Two GET requests
    expect(cost).toBeCloseTo(FIXED + 2 * 0.4 + 107 * PER_MS);
  });
});

describe('inBatches', () => {
  it('sends a HEAD request per image with describe', () => {
    const { load, cost } = inBatches(MEASURED, DEPLOYMENT, BATCHES, { describe: true });
    // 20 rounds of 100 ms + 1,000 HEAD requests of 2 ms + 1,000 signatures of 1 ms + 2 ms + 4 ms
    const batchMs = 2000 + 2000 + 1000 + 6;
    expect(load).toEqual({ requests: 0.001, s3Requests: 2, busyMs: batchMs / 1000 });
    // A thousand batches, a million HEAD requests of the service and a million GET requests of the clients
    expect(cost).toBeCloseTo((FIXED + batchMs * PER_MS) / 1000 + 0.4 + 0.4, 6);
  });

  it('only signs without describe', () => {
    const { load, cost } = inBatches(MEASURED, DEPLOYMENT, BATCHES, { describe: false });
    // 1,000 signatures of 1 ms + 2 ms + 4 ms
    expect(load).toEqual({ requests: 0.001, s3Requests: 1, busyMs: 1.006 });
    expect(cost).toBeCloseTo((FIXED + 1006 * PER_MS) / 1000 + 0.4, 6);
  });

  it('waits for a last round that is not full', () => {
    const { load } = inBatches(MEASURED, DEPLOYMENT, { ...BATCHES, paths: 51 }, { describe: true });
    // 2 rounds of 100 ms + 51 * 3 ms + 6 ms
    expect(load.busyMs).toBeCloseTo(359 / 51);
  });

  it('charges the bytes of a large answer as streamed bytes', () => {
    const cost = (lineBytes: number) =>
      inBatches(MEASURED, DEPLOYMENT, { ...BATCHES, lineBytes }, { describe: false }).cost;
    // 1,000 lines are 7 MB: 1 MB above the free part, 1,000 times
    expect(cost((7 * MB) / 1000) - cost(1800)).toBeCloseTo(0.0078125, 6);
  });

  it('never costs less if batches are smaller', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.boolean(), (paths, describe) => {
        const cost = (signing: Signing) => inBatches(MEASURED, DEPLOYMENT, signing, { describe }).cost;
        expect(cost({ ...BATCHES, paths })).toBeGreaterThanOrEqual(cost(BATCHES));
      }),
    );
  });
});

describe('listed', () => {
  it('charges a call of ListObjectsV2 for each page of 1,000 images', () => {
    const { pages, seconds, s3Cost, cost } = listed(MEASURED, DEPLOYMENT);
    expect(pages).toBe(1000);
    // 1,000 * (100 ms + 2 ms + 4 ms)
    expect(seconds).toBeCloseTo(106);
    // 1,000 calls at $0.005 per 1,000
    expect(s3Cost).toBeCloseTo(0.005, 6);
    expect(cost).toBeCloseTo((FIXED + 106 * PER_MS) / 1000 + 0.005, 6);
  });
});

describe('SIGNING', () => {
  it('has the largest batch that the service accepts', () => {
    const read = (count: number) =>
      readBatch({ text: JSON.stringify({ paths: Array(count).fill('1.jpeg') }), isBase64: false });
    expect(read(SIGNING.paths).paths).toHaveLength(SIGNING.paths);
    expect(() => read(SIGNING.paths + 1)).toThrow(/at most 1000 are allowed/);
  });

  it('has as many HEAD requests in flight as the service', async () => {
    let inFlight = 0;
    let most = 0;
    const locateImages = createLocateImages({
      mapping: createPathMapping({ prefix: '' }),
      store: {
        describe: async () => {
          most = Math.max(most, ++inFlight);
          await new Promise(setImmediate);
          inFlight--;
          return { ...UNKNOWN, size: 1, contentType: 'image/jpeg' };
        },
      },
      locator: { locate: async () => ({ url: 'https://example.com/', expires: 0 }) },
    });
    const paths = Array.from({ length: SIGNING.paths }, (_, index) => `${index}.jpeg`);
    const located: LocatedImage[] = [];
    for await (const image of locateImages({ paths, describe: true })) located.push(image);
    expect(located.filter((image) => 'error' in image)).toEqual([]);
    expect(most).toBe(SIGNING.inFlight);
  });

  it('has answers that are streamed at full speed and without a fee', () => {
    expect(SIGNING.paths * SIGNING.lineBytes).toBeLessThan(QUOTAS.freeStream.value);
    expect(SIGNING.paths * SIGNING.lineBytes).toBeLessThan(QUOTAS.fastStream.value);
  });
});

const UNKNOWN = { etag: undefined, lastModified: undefined, contentEncoding: undefined, cacheControl: undefined };
