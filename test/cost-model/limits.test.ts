import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ApiLimits,
  capacityOf,
  environmentsFor,
  hitRateFor,
  type Load,
  listLimits,
  lowestOfAccount,
  scalingSeconds,
} from '../../cost-model/limits.ts';

const API_LIMITS: ApiLimits = {
  throttle: { rateLimit: 200, burstLimit: 400 },
  quota: { limit: 5_000_000, period: 'DAY' },
  prefixes: 1,
};

const ANY_LIMITS: fc.Arbitrary<ApiLimits> = fc.record({
  throttle: fc.record({ rateLimit: fc.integer({ min: 1, max: 50_000 }), burstLimit: fc.constant(1) }),
  quota: fc.record({
    limit: fc.integer({ min: 1, max: 1_000_000_000 }),
    period: fc.constantFrom('DAY', 'WEEK', 'MONTH'),
  }),
  prefixes: fc.integer({ min: 1, max: 100 }),
});

/** An image that the service streams. */
const streamed = (busyMs: number): Load => ({ requests: 1, s3Requests: 1, busyMs });

const BUSY_MS = fc.integer({ min: 1, max: 300_000 });

describe('listLimits', () => {
  it('computes the images per second of each limit and sorts them', () => {
    const limits = listLimits(streamed(125), API_LIMITS);
    expect(limits.map(({ name, imagesPerSecond }) => [name, imagesPerSecond])).toEqual([
      // 5,000,000 / 86,400 s
      ['key quota', expect.closeTo(57.87, 2)],
      ['key throttle', 200],
      ['S3 prefix', 5500],
      // 1,000 environments / 0.125 s
      ['Lambda concurrency', 8000],
      // 10 * 1,000 environments
      ['Lambda rate', 10_000],
      ['API rate', 10_000],
    ]);
  });

  it('spreads the quota of a week or a month over its seconds', () => {
    const capacity = (period: 'WEEK' | 'MONTH') =>
      capacityOf(listLimits(streamed(125), { ...API_LIMITS, quota: { limit: 604_800, period } }), 'key quota');
    // 7 * 86,400 s
    expect(capacity('WEEK')).toBe(1);
    expect(capacity('MONTH')).toBeCloseTo(7 / 30);
  });

  it('multiplies the S3 limit by the number of prefixes', () => {
    expect(capacityOf(listLimits(streamed(125), { ...API_LIMITS, prefixes: 3 }), 'S3 prefix')).toBe(16_500);
  });

  it('divides each limit by what one image requires', () => {
    // A tenth of a request to the service, 2 requests to S3, 50 ms.
    const limits = listLimits({ requests: 0.1, s3Requests: 2, busyMs: 50 }, API_LIMITS);
    expect(Object.fromEntries(limits.map(({ name, imagesPerSecond }) => [name, Math.round(imagesPerSecond)]))).toEqual({
      'key quota': 579,
      'key throttle': 2000,
      'S3 prefix': 2750,
      'Lambda concurrency': 20_000,
      'Lambda rate': 100_000,
      'API rate': 100_000,
    });
  });

  it('lists the lowest limit first', () => {
    fc.assert(
      fc.property(BUSY_MS, ANY_LIMITS, (busyMs, apiLimits) => {
        const capacities = listLimits(streamed(busyMs), apiLimits).map(({ imagesPerSecond }) => imagesPerSecond);
        expect(capacities).toHaveLength(6);
        expect(capacities).toEqual(capacities.toSorted((one, other) => one - other));
      }),
    );
  });

  it('lowestOfAccount ignores the limits of the stack', () => {
    // 1,000 environments / 10 s
    const lowest = lowestOfAccount(
      listLimits(streamed(10_000), { ...API_LIMITS, quota: { limit: 1, period: 'MONTH' } }),
    );
    expect(lowest).toEqual({ name: 'Lambda concurrency', setBy: 'account', imagesPerSecond: 100 });
  });
});

describe('a request rate', () => {
  it('needs rate × duration environments', () => {
    // 1,000 a second * 0.125 s
    expect(environmentsFor(1000, 125)).toBe(125);
    expect(environmentsFor(1, 125)).toBe(1);
  });

  it('exceeds the concurrency exactly if it needs more environments than the account has', () => {
    fc.assert(
      fc.property(BUSY_MS, fc.integer({ min: 1, max: 200_000 }), (busyMs, rate) => {
        const exceeded = rate > capacityOf(listLimits(streamed(busyMs), API_LIMITS), 'Lambda concurrency');
        // In whole numbers: 1,000 environments have 1,000,000 ms per second.
        expect(exceeded).toBe(rate * busyMs > 1_000_000);
      }),
    );
  });

  it('scales up by 1,000 environments every 10 s', () => {
    // The first 1,000 start immediately.
    expect([1, 1000, 2000, 3500].map(scalingSeconds)).toEqual([0, 0, 10, 25]);
  });

  it('needs a cache for the share above the capacity', () => {
    expect(hitRateFor(100_000, 5500)).toBeCloseTo(0.945);
    expect(hitRateFor(1000, 5500)).toBe(0);
  });
});
