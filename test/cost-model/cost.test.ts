import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  costOf,
  costOfAbandoned,
  costOfCloudFront,
  costOfRequests,
  costOfS3,
  type Deployment,
  splitInRanges,
  total,
} from '../../cost-model/cost.ts';
import { fits, type Transfer, timeInvocation, totalMs } from '../../cost-model/invocation.ts';
import type { Measured, Mode } from '../../cost-model/measured.ts';
import { MAX_BUFFERED_BYTES, MAX_STREAMED_BYTES } from '../../src/adapters/api-gateway/handler.ts';

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;

/** A service that takes no time, so that only the time of AWS is left. */
const IDLE: Measured = { coldMs: 0, work: [{ bytes: MB, ms: 0 }] };

const DEPLOYMENT: Deployment = {
  firstByteMs: 100,
  coldShare: 0,
  memoryMb: 1024,
  // A million requests make 1 GB of each log.
  logBytes: { function: GB / 1_000_000, access: GB / 1_000_000 },
};

const image = (mode: Mode, bytes: number, measured: Measured = IDLE): Transfer => ({ mode, bytes, measured });

const ANY_SIZE = fc.integer({ min: 1, max: MAX_STREAMED_BYTES });

describe('timeInvocation', () => {
  it('adds the time to first byte and the time that S3 takes to send the bytes', () => {
    // 1.7 MB at 85 MB/s.
    expect(timeInvocation(image('stream', 1.7 * MB), DEPLOYMENT)).toMatchObject({ firstByteMs: 100, slowMs: 0 });
    expect(totalMs(timeInvocation(image('stream', 1.7 * MB), DEPLOYMENT))).toBeCloseTo(100 + 20);
    expect(totalMs(timeInvocation(image('buffered', 1.7 * MB), DEPLOYMENT))).toBeCloseTo(100 + 20);
  });

  it('sends the bytes of a stream after the first 6 MB at 2 MB/s', () => {
    const { readMs, slowMs } = timeInvocation(image('stream', 25 * MB), DEPLOYMENT);
    // The first 6 MB at 85 MB/s, the other 19 MB at 2 MB/s.
    expect(readMs).toBeCloseTo(70.588, 3);
    expect(slowMs).toBe(9500);
  });

  it('averages cold starts over all requests', () => {
    const measured = { ...IDLE, coldMs: 400 };
    // One request in a hundred starts an environment.
    expect(timeInvocation(image('stream', MB, measured), { ...DEPLOYMENT, coldShare: 0.01 }).coldMs).toBe(4);
  });

  it('interpolates the work between two measured sizes', () => {
    const work = [
      { bytes: 1 * MB, ms: 4 },
      { bytes: 3 * MB, ms: 10 },
    ];
    const workOf = (bytes: number) => timeInvocation(image('stream', bytes, { coldMs: 0, work }), DEPLOYMENT).workMs;
    expect([0.5, 1, 2, 3, 5].map((megabytes) => workOf(megabytes * MB))).toEqual([4, 4, 7, 10, 10]);
  });
});

describe('costOf', () => {
  it('charges a million requests, their logs and 5 % of their traces', () => {
    expect(costOf(image('stream', 10 * KB), DEPLOYMENT)).toMatchObject({
      apiRequests: 3.5,
      lambdaRequests: expect.closeTo(0.2),
      lambdaStreaming: 0,
      // 1,000,000 / 1,000 * $0.0004
      s3Requests: expect.closeTo(0.4),
      // 1 GB each.
      functionLog: expect.closeTo(0.5),
      accessLog: expect.closeTo(0.5),
      // 5 % of a million, at $5 a million.
      traces: expect.closeTo(0.25),
    });
  });

  it('charges the memory for the duration', () => {
    // 100 ms + 1.7 MB / 85 MB/s = 0.12 s; 1,000,000 * 0.12 s * 1 GB * $0.0000133334
    expect(costOf(image('stream', 1.7 * MB), DEPLOYMENT)?.lambdaDuration).toBeCloseTo(1.600008);
    expect(costOf(image('stream', 1.7 * MB), { ...DEPLOYMENT, memoryMb: 1536 })?.lambdaDuration).toBeCloseTo(2.400012);
  });

  it('charges one API request per 10 MB of a stream, rounded up', () => {
    const requests = (bytes: number) => (costOf(image('stream', bytes), DEPLOYMENT)?.apiRequests ?? 0) / 3.5;
    expect([1, 10 * MB, 10 * MB + 1, 20 * MB, 25 * MB].map(requests)).toEqual([1, 1, 2, 2, 3]);
  });

  it('charges the streamed bytes after the first 6 MB of a request', () => {
    expect(costOf(image('stream', 6 * MB), DEPLOYMENT)?.lambdaStreaming).toBe(0);
    // The pricing example of AWS has 7 MB: 1,000,000 * 1 MB = 976.56 GB; * $0.008 = $7.81
    expect(costOf(image('stream', 7 * MB), DEPLOYMENT)?.lambdaStreaming).toBeCloseTo(7.8125);
    expect(costOf(image('buffered', 4 * MB), DEPLOYMENT)?.lambdaStreaming).toBe(0);
  });

  it('has parts that add up to the total', () => {
    const cost = costOf(image('stream', 10 * KB), { ...DEPLOYMENT, firstByteMs: 0, memoryMb: 0 });
    // 3.5 + 0.2 + 0.4 + 0.5 + 0.5 + 0.25
    expect(cost && total(cost)).toBeCloseTo(5.35);
  });

  it('never falls when the size grows', () => {
    fc.assert(
      fc.property(ANY_SIZE, ANY_SIZE, (one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)].map((bytes) => {
          const cost = costOf(image('stream', bytes), DEPLOYMENT);
          return cost === undefined ? Number.NaN : total(cost);
        });
        expect(small).toBeLessThanOrEqual(large ?? Number.NaN);
      }),
    );
  });

  it('returns undefined for an image that a buffered response cannot hold', () => {
    expect(costOf(image('buffered', MAX_BUFFERED_BYTES), DEPLOYMENT)).toBeDefined();
    fc.assert(
      fc.property(ANY_SIZE, (bytes) => {
        expect(costOf(image('buffered', bytes), DEPLOYMENT) !== undefined).toBe(bytes <= MAX_BUFFERED_BYTES);
      }),
    );
  });

  it('returns undefined for an image that a stream cannot hold', () => {
    expect(fits({ mode: 'stream', bytes: MAX_STREAMED_BYTES })).toBe(true);
    expect(costOf(image('stream', MAX_STREAMED_BYTES + 1), DEPLOYMENT)).toBeUndefined();
  });
});

describe('costOfRequests', () => {
  it('charges what each of the requests uses', () => {
    const usage = { busyMs: 3000, streamedBytes: 7 * MB, s3Requests: 1000 };
    expect(costOfRequests(1000, usage, DEPLOYMENT)).toEqual({
      // A thousandth of $3.50, $0.20, $7.8125 (see above), $0.50, $0.50 and $0.25.
      apiRequests: expect.closeTo(0.0035, 6),
      lambdaRequests: expect.closeTo(0.0002, 6),
      lambdaStreaming: expect.closeTo(0.0078125, 6),
      functionLog: expect.closeTo(0.0005, 6),
      accessLog: expect.closeTo(0.0005, 6),
      traces: expect.closeTo(0.00025, 6),
      // 1,000 * 3 s * 1 GB * $0.0000133334
      lambdaDuration: expect.closeTo(0.0400002, 6),
      // 1,000 * 1,000 requests
      s3Requests: expect.closeTo(0.4, 6),
    });
  });
});

describe('ranges', () => {
  it('split an image into the fewest requests without slow bytes', () => {
    expect(splitInRanges(25 * MB)).toEqual({ requests: 5, bytes: 5 * MB });
    fc.assert(
      fc.property(ANY_SIZE, (size) => {
        const { requests, bytes } = splitInRanges(size);
        expect(timeInvocation(image('stream', bytes), DEPLOYMENT).slowMs).toBe(0);
        // With one request less, a range would be too large.
        expect(size / (requests - 1)).toBeGreaterThan(6 * MB);
      }),
    );
  });
});

describe('costOfAbandoned', () => {
  it('charges an abandoned stream to its end', () => {
    const whole = costOf(image('stream', 25 * MB), DEPLOYMENT);
    expect(whole?.lambdaDuration).toBeGreaterThan(100);
    // 10,000 of a million requests.
    expect(costOfAbandoned(image('stream', 25 * MB), DEPLOYMENT, 0.01)).toBeCloseTo((whole ? total(whole) : 0) / 100);
  });

  it('charges nothing if no client leaves', () => {
    expect(costOfAbandoned(image('stream', 25 * MB), DEPLOYMENT, 0)).toBe(0);
  });

  it('is undefined for an image that the response cannot hold', () => {
    expect(costOfAbandoned(image('stream', 201 * MB), DEPLOYMENT, 0.01)).toBeUndefined();
  });
});

describe('other ways to serve an image', () => {
  it('costOfS3 charges one S3 request', () => {
    expect(costOfS3()).toBeCloseTo(0.4);
  });

  it('costOfCloudFront charges requests, bytes, and the misses at the price of the origin', () => {
    // 1,000,000 / 10,000 * $0.01 = $1; 976.5625 GB * $0.085 = $83.0078125; a tenth of $7
    expect(costOfCloudFront(MB, 0.9, 7)).toBeCloseTo(1 + 83.0078125 + 0.7);
    expect(costOfCloudFront(MB, 0, 7)).toBeCloseTo(1 + 83.0078125 + 7);
  });
});
