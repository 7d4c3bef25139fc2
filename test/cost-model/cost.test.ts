import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Caller,
  costInRanges,
  costOf,
  costOfCloudFront,
  costOfPresigned,
  splitInRanges,
  type Terms,
  total,
} from '../../cost-model/cost.ts';
import { type Delivery, isServed, timeInvocation, totalMs } from '../../cost-model/invocation.ts';
import type { Measured, Mode } from '../../cost-model/results.ts';
import { MAX_BUFFERED_BYTES } from '../../src/adapters/api-gateway/handler.ts';

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;

/** A service that works at once and starts at once, so that only what AWS takes is left. */
const IDLE: Measured = { coldMs: 0, work: [{ bytes: MB, ms: 0 }] };

const TERMS: Terms = {
  firstByteMs: 100,
  coldShare: 0,
  memoryMb: 1024,
  // A million of each are a GB.
  logBytes: { function: GB / 1_000_000, access: GB / 1_000_000 },
  caller: 'in the region',
};

const image = (mode: Mode, bytes: number, measured: Measured = IDLE): Delivery => ({ mode, bytes, measured });

const ANY_SIZE = fc.integer({ min: 1, max: 200 * MB });

describe('the time of an invocation', () => {
  it('is the first byte, then the bytes as fast as S3 sends them', () => {
    // 1.7 MB at 85 MB/s.
    expect(timeInvocation(image('stream', 1.7 * MB), TERMS)).toMatchObject({ firstByteMs: 100, tailMs: 0 });
    expect(totalMs(timeInvocation(image('stream', 1.7 * MB), TERMS))).toBeCloseTo(100 + 20);
    expect(totalMs(timeInvocation(image('buffered', 1.7 * MB), TERMS))).toBeCloseTo(100 + 20);
  });

  it('is mostly the slow rest for a large stream', () => {
    const { readMs, tailMs } = timeInvocation(image('stream', 25 * MB), TERMS);
    // The first 6 MB at 85 MB/s, the other 19 MB at 2 MB/s.
    expect(readMs).toBeCloseTo(70.588, 3);
    expect(tailMs).toBe(9500);
  });

  it('shares a cold start among the requests that find an environment', () => {
    const measured = { ...IDLE, coldMs: 400 };
    // One request in a hundred.
    expect(timeInvocation(image('stream', MB, measured), { ...TERMS, coldShare: 0.01 }).coldMs).toBe(4);
  });

  it('has the work of the sizes that were measured, and of those between them in proportion', () => {
    const work = [
      { bytes: 1 * MB, ms: 4 },
      { bytes: 3 * MB, ms: 10 },
    ];
    const workOf = (bytes: number) => timeInvocation(image('stream', bytes, { coldMs: 0, work }), TERMS).workMs;
    expect([0.5, 1, 2, 3, 5].map((megabytes) => workOf(megabytes * MB))).toEqual([4, 4, 7, 10, 10]);
  });
});

describe('the cost of a million images', () => {
  it('is that of each request, of its logs and of its traces, whatever the size', () => {
    expect(costOf(image('stream', 10 * KB), TERMS)).toMatchObject({
      apiRequests: 3.5,
      lambdaRequests: expect.closeTo(0.2),
      lambdaStreaming: 0,
      // 1,000,000 / 1,000 * $0.0004
      s3Requests: expect.closeTo(0.4),
      // A GB.
      functionLog: expect.closeTo(0.5),
      accessLog: expect.closeTo(0.5),
      // 5 % of a million, at $5 a million.
      traces: expect.closeTo(0.25),
      transfer: 0,
    });
  });

  it('is that of the memory for the time', () => {
    // 100 ms + 1.7 MB / 85 MB/s = 0.12 s; 1,000,000 * 0.12 s * 1 GB * $0.0000133334
    expect(costOf(image('stream', 1.7 * MB), TERMS)?.lambdaDuration).toBeCloseTo(1.600008);
    expect(costOf(image('stream', 1.7 * MB), { ...TERMS, memoryMb: 1536 })?.lambdaDuration).toBeCloseTo(2.400012);
  });

  it('counts a stream as a request for every 10 MB that it has begun', () => {
    const requests = (bytes: number) => (costOf(image('stream', bytes), TERMS)?.apiRequests ?? 0) / 3.5;
    expect([1, 10 * MB, 10 * MB + 1, 20 * MB, 25 * MB].map(requests)).toEqual([1, 1, 2, 2, 3]);
  });

  it('has the streamed bytes beyond the first 6 MB of each request', () => {
    expect(costOf(image('stream', 6 * MB), TERMS)?.lambdaStreaming).toBe(0);
    // AWS's own example, of 7 MB: 1,000,000 * 1 MB = 976.56 GB; * $0.008 = $7.81
    expect(costOf(image('stream', 7 * MB), TERMS)?.lambdaStreaming).toBeCloseTo(7.8125);
    expect(costOf(image('buffered', 4 * MB), TERMS)?.lambdaStreaming).toBe(0);
  });

  it.each([
    ['in the region', 0],
    // 1,000,000 MB = 976.5625 GB, at $0.02 and $0.09
    ['in another region', 19.53125],
    ['on the internet', 87.890625],
  ] as const)('has the bytes to callers %s', (caller: Caller, usd) => {
    expect(costOf(image('stream', MB), { ...TERMS, caller })?.transfer).toBeCloseTo(usd);
  });

  it('is the sum of its parts', () => {
    const cost = costOf(image('stream', 10 * KB), { ...TERMS, firstByteMs: 0, memoryMb: 0 });
    // 3.5 + 0.2 + 0.4 + 0.5 + 0.5 + 0.25
    expect(cost && total(cost)).toBeCloseTo(5.35);
  });

  it('grows with the size', () => {
    fc.assert(
      fc.property(ANY_SIZE, ANY_SIZE, (one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)].map((bytes) => {
          const cost = costOf(image('stream', bytes), { ...TERMS, caller: 'on the internet' });
          return cost === undefined ? Number.NaN : total(cost);
        });
        expect(small).toBeLessThanOrEqual(large ?? Number.NaN);
      }),
    );
  });

  it('is none for what a buffered answer cannot hold', () => {
    expect(costOf(image('buffered', MAX_BUFFERED_BYTES), TERMS)).toBeDefined();
    fc.assert(
      fc.property(ANY_SIZE, (bytes) => {
        expect(costOf(image('buffered', bytes), TERMS) !== undefined).toBe(bytes <= MAX_BUFFERED_BYTES);
      }),
    );
  });

  it('is none for what no stream holds', () => {
    expect(isServed({ mode: 'stream', bytes: 200 * MB })).toBe(true);
    expect(costOf(image('stream', 200 * MB + 1), TERMS)).toBeUndefined();
  });
});

describe('an image in ranges', () => {
  it('takes as few requests as have no slow rest', () => {
    expect(splitInRanges(25 * MB)).toEqual({ requests: 5, bytes: 5 * MB });
    fc.assert(
      fc.property(ANY_SIZE, (size) => {
        const { requests, bytes } = splitInRanges(size);
        expect(timeInvocation(image('stream', bytes), TERMS).tailMs).toBe(0);
        // With one less, a range would be too large.
        expect(size / (requests - 1)).toBeGreaterThan(6 * MB);
      }),
    );
  });

  it('costs what its ranges cost', () => {
    const range = costOf(image('stream', 5 * MB), TERMS);
    expect(costInRanges(image('stream', 25 * MB), TERMS)).toBeCloseTo(5 * (range ? total(range) : Number.NaN));
  });
});

describe('other ways to an image', () => {
  it('cost a request of S3 and the bytes with a presigned URL', () => {
    expect(costOfPresigned(MB, 'in the region')).toBeCloseTo(0.4);
    expect(costOfPresigned(MB, 'on the internet')).toBeCloseTo(0.4 + 87.890625);
  });

  it('cost a request and the bytes of CloudFront, and of the origin what the cache does not have', () => {
    // 1,000,000 / 10,000 * $0.01 = $1; 976.5625 GB * $0.085 = $83.0078125; a tenth of $7
    expect(costOfCloudFront(MB, 0.9, 7)).toBeCloseTo(1 + 83.0078125 + 0.7);
    expect(costOfCloudFront(MB, 0, 7)).toBeCloseTo(1 + 83.0078125 + 7);
  });
});
