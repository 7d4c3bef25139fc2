import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createUsagePlan, type UsagePlanLimits } from '../../../src/adapters/local-gateway/usage-plan.ts';

const DAY = 24 * 60 * 60 * 1_000;
const NOON = Date.UTC(2026, 10, 25, 12);

/** Sends a request at each of the times. Returns what the plan says about each one. */
const requestAt = (limits: UsagePlanLimits, times: readonly number[]) => {
  let time = times[0] ?? NOON;
  const plan = createUsagePlan(limits, () => time);
  return times.map((next) => {
    time = next;
    return plan();
  });
};

/** Times of requests, with pauses from nothing to days. */
const arrivals = fc
  .array(fc.oneof(fc.constant(0), fc.nat(20), fc.nat(5_000), fc.nat(3 * DAY)), { maxLength: 200 })
  .map((pauses) => {
    let time = NOON;
    return pauses.map((pause) => {
      time += pause;
      return time;
    });
  });
const throttles = fc.record({
  rateLimit: fc.integer({ min: 1, max: 50 }),
  burstLimit: fc.integer({ min: 1, max: 20 }),
});

describe('a throttle', () => {
  test('never admits more than burst + rate × t requests in any window of t seconds', () => {
    fc.assert(
      fc.property(throttles, arrivals, (throttle, times) => {
        const answers = requestAt({ throttle }, times);
        const admitted = times.filter((_, index) => answers[index] === undefined);
        admitted.forEach((start, first) => {
          admitted.slice(first).forEach((end, further) => {
            const limit = throttle.burstLimit + (throttle.rateLimit * (end - start)) / 1_000;
            expect(further + 1).toBeLessThanOrEqual(limit);
          });
        });
      }),
    );
  });

  test('rejects a request only if a window that ends with it is full', () => {
    fc.assert(
      fc.property(throttles, arrivals, (throttle, times) => {
        const answers = requestAt({ throttle }, times);
        times.forEach((end, last) => {
          if (answers[last] === undefined) return;
          const isFull = times.slice(0, last + 1).some((start, first) => {
            const admitted = answers.slice(first, last).filter((answer) => answer === undefined).length;
            return admitted + 1 > throttle.burstLimit + (throttle.rateLimit * (end - start)) / 1_000;
          });
          expect(isFull).toBe(true);
        });
      }),
    );
  });
});

describe('a quota', () => {
  test('admits exactly its number of requests per day, and starts again at midnight UTC', () => {
    const midnight = Date.UTC(2026, 10, 26);
    expect(requestAt({ quota: 2 }, [NOON, NOON, midnight - 1, midnight, midnight, midnight])).toEqual([
      undefined,
      undefined,
      'quota-exceeded',
      undefined,
      undefined,
      'quota-exceeded',
    ]);
  });

  test('does not count throttled requests', () => {
    const limits = { quota: 2, throttle: { rateLimit: 1, burstLimit: 1 } };
    expect(requestAt(limits, [NOON, NOON, NOON, NOON + 1_000, NOON + 2_000])).toEqual([
      undefined,
      'throttled',
      'throttled',
      undefined,
      'quota-exceeded',
    ]);
  });
});
