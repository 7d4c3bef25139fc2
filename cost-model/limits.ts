import { QUOTAS } from './quotas.ts';
import { SECONDS_PER_DAY } from './units.ts';

/** Settings that limit the request rate. */
export interface ApiLimits {
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  readonly quota: { readonly limit: number; readonly period: 'DAY' | 'WEEK' | 'MONTH' };
  /** Number of prefixes of the bucket over which the requests are spread. */
  readonly prefixes: number;
}

/** How many images per second a limit allows in the long run. */
export interface Limit {
  readonly name: LimitName;
  /** Whether a setting of the stack or a quota of the AWS account sets the limit. */
  readonly setBy: 'stack' | 'account';
  readonly imagesPerSecond: number;
}

export type LimitName = 'key quota' | 'key throttle' | 'S3 prefix' | 'Lambda concurrency' | 'Lambda rate' | 'API rate';

/** Lists all limits, the lowest first. `busyMs` is the time for which one image keeps an environment busy. */
export const listLimits = (busyMs: number, { throttle, quota, prefixes }: ApiLimits): readonly Limit[] => {
  const concurrency = QUOTAS.concurrency.value;
  const limits: readonly Limit[] = [
    { name: 'key quota', setBy: 'stack', imagesPerSecond: quota.limit / (DAYS[quota.period] * SECONDS_PER_DAY) },
    { name: 'key throttle', setBy: 'stack', imagesPerSecond: throttle.rateLimit },
    { name: 'S3 prefix', setBy: 'account', imagesPerSecond: QUOTAS.s3Rate.value * prefixes },
    // Little's law: busy environments = images per second × seconds per image.
    { name: 'Lambda concurrency', setBy: 'account', imagesPerSecond: concurrency / (busyMs / 1000) },
    { name: 'Lambda rate', setBy: 'account', imagesPerSecond: concurrency * QUOTAS.requestsPerEnvironment.value },
    { name: 'API rate', setBy: 'account', imagesPerSecond: QUOTAS.apiRate.value },
  ];
  return limits.toSorted((one, other) => one.imagesPerSecond - other.imagesPerSecond);
};

export const capacityOf = (limits: readonly Limit[], name: LimitName): number =>
  limits.find((limit) => limit.name === name)?.imagesPerSecond ?? Number.POSITIVE_INFINITY;

/** The lowest limit that AWS sets. */
export const lowestOfAccount = (limits: readonly Limit[]): Limit => {
  const lowest = limits.find(({ setBy }) => setBy === 'account');
  if (lowest === undefined) throw new RangeError('The list has no limit of the account.');
  return lowest;
};

/** The number of environments that are busy at the same time. */
export const environmentsFor = (rate: number, busyMs: number): number => Math.ceil(rate * (busyMs / 1000));

/** Seconds in which a function scales from zero to this number of environments. */
export const scalingSeconds = (environments: number): number =>
  Math.max(0, environments / QUOTAS.scalingStep.value - 1) * QUOTAS.scalingInterval.value;

/** The share of the requests that a cache must answer so that the rest stays within `capacity`. */
export const hitRateFor = (rate: number, capacity: number): number => Math.max(0, 1 - capacity / rate);

const DAYS = { DAY: 1, WEEK: 7, MONTH: 30 } as const;
