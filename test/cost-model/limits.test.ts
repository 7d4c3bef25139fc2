import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Allowance,
  capacityOf,
  environmentsFor,
  exceededBy,
  hitRateFor,
  listLimits,
  lowestOfAccount,
  scalingSeconds,
} from '../../cost-model/limits.ts';

const ALLOWANCE: Allowance = {
  throttle: { rateLimit: 200, burstLimit: 400 },
  quota: { limit: 5_000_000, period: 'DAY' },
  prefixes: 1,
};

const ALLOWANCES: fc.Arbitrary<Allowance> = fc.record({
  throttle: fc.record({ rateLimit: fc.integer({ min: 1, max: 50_000 }), burstLimit: fc.constant(1) }),
  quota: fc.record({
    limit: fc.integer({ min: 1, max: 1_000_000_000 }),
    period: fc.constantFrom('DAY', 'WEEK', 'MONTH'),
  }),
  prefixes: fc.integer({ min: 1, max: 100 }),
});

const BUSY_MS = fc.integer({ min: 1, max: 300_000 });

describe('the limits', () => {
  it('let so many images a second through', () => {
    const limits = listLimits(125, ALLOWANCE);
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

  it('have the quota of a week or a month spread over it', () => {
    const capacity = (period: 'WEEK' | 'MONTH') =>
      capacityOf(listLimits(125, { ...ALLOWANCE, quota: { limit: 604_800, period } }), 'key quota');
    // 7 * 86,400 s
    expect(capacity('WEEK')).toBe(1);
    expect(capacity('MONTH')).toBeCloseTo(7 / 30);
  });

  it('let more through of a bucket with more prefixes', () => {
    expect(capacityOf(listLimits(125, { ...ALLOWANCE, prefixes: 3 }), 'S3 prefix')).toBe(16_500);
  });

  it('bind the lowest first', () => {
    fc.assert(
      fc.property(BUSY_MS, ALLOWANCES, fc.integer({ min: 1, max: 200_000 }), (busyMs, allowance, rate) => {
        const limits = listLimits(busyMs, allowance);
        const capacities = limits.map(({ imagesPerSecond }) => imagesPerSecond);
        const [first, ...others] = exceededBy(rate, limits);
        expect(first?.imagesPerSecond).toBe(rate > Math.min(...capacities) ? Math.min(...capacities) : undefined);
        expect(others).toHaveLength(Math.max(0, capacities.filter((capacity) => capacity < rate).length - 1));
      }),
    );
  });

  it('bind the lowest of the account first, whatever the stack allows', () => {
    // 1,000 environments / 10 s
    const lowest = lowestOfAccount(listLimits(10_000, { ...ALLOWANCE, quota: { limit: 1, period: 'MONTH' } }));
    expect(lowest).toEqual({ name: 'Lambda concurrency', by: 'account', imagesPerSecond: 100 });
  });
});

describe('a rate', () => {
  it('needs as many environments as are busy at once', () => {
    // 1,000 a second * 0.125 s
    expect(environmentsFor(1000, 125)).toBe(125);
    expect(environmentsFor(1, 125)).toBe(1);
  });

  it('is within the concurrency exactly when it needs no more environments than there are', () => {
    fc.assert(
      fc.property(BUSY_MS, fc.integer({ min: 1, max: 200_000 }), (busyMs, rate) => {
        const exceeded = exceededBy(rate, listLimits(busyMs, ALLOWANCE)).some(
          ({ name }) => name === 'Lambda concurrency',
        );
        // In whole numbers, where 1,000 environments are 1,000,000 ms in a second.
        expect(exceeded).toBe(rate * busyMs > 1_000_000);
      }),
    );
  });

  it('has its environments after as many steps as they take', () => {
    // 1,000 at once, and 1,000 more every 10 s.
    expect([1, 1000, 2000, 3500].map(scalingSeconds)).toEqual([0, 0, 10, 25]);
  });

  it('is let through behind a cache that answers the rest', () => {
    expect(hitRateFor(100_000, 5500)).toBeCloseTo(0.945);
    expect(hitRateFor(1000, 5500)).toBe(0);
  });
});
