import { QUOTAS } from './quotas.ts';
import { SECONDS_PER_DAY } from './units.ts';

/** What the service is deployed with: of each key, but for the prefixes. */
export interface Allowance {
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  readonly quota: { readonly limit: number; readonly period: 'DAY' | 'WEEK' | 'MONTH' };
  /** Prefixes of the bucket that the requests are spread over. */
  readonly prefixes: number;
}

/** How many images a second something lets through, in the long run. */
export interface Limit {
  readonly name: LimitName;
  /** Who sets it: the stack, or AWS for the account. */
  readonly by: 'stack' | 'account';
  readonly imagesPerSecond: number;
}

export type LimitName = 'key quota' | 'key throttle' | 'S3 prefix' | 'Lambda concurrency' | 'Lambda rate' | 'API rate';

/** All of them, the lowest first, for images that keep an environment busy for so many milliseconds. */
export const listLimits = (busyMs: number, { throttle, quota, prefixes }: Allowance): readonly Limit[] => {
  const concurrency = QUOTAS.concurrency.value;
  const limits: readonly Limit[] = [
    { name: 'key quota', by: 'stack', imagesPerSecond: quota.limit / (DAYS[quota.period] * SECONDS_PER_DAY) },
    { name: 'key throttle', by: 'stack', imagesPerSecond: throttle.rateLimit },
    { name: 'S3 prefix', by: 'account', imagesPerSecond: QUOTAS.s3Rate.value * prefixes },
    // Little's law: the environments that are busy are the rate times the time that each image takes.
    { name: 'Lambda concurrency', by: 'account', imagesPerSecond: concurrency / (busyMs / 1000) },
    { name: 'Lambda rate', by: 'account', imagesPerSecond: concurrency * QUOTAS.requestsPerEnvironment.value },
    { name: 'API rate', by: 'account', imagesPerSecond: QUOTAS.apiRate.value },
  ];
  return limits.toSorted((one, other) => one.imagesPerSecond - other.imagesPerSecond);
};

/** The images a second that one of them lets through. */
export const capacityOf = (limits: readonly Limit[], name: LimitName): number =>
  limits.find((limit) => limit.name === name)?.imagesPerSecond ?? Number.POSITIVE_INFINITY;

/** The one of AWS's that binds first. */
export const lowestOfAccount = (limits: readonly Limit[]): Limit => {
  const lowest = limits.find(({ by }) => by === 'account');
  if (lowest === undefined) throw new RangeError('There is no limit of the account among them.');
  return lowest;
};

/** Those that a rate is too high for, the one that binds first at their head. */
export const exceededBy = (rate: number, limits: readonly Limit[]): readonly Limit[] =>
  limits.filter(({ imagesPerSecond }) => imagesPerSecond < rate);

/** The environments that are busy at once. */
export const environmentsFor = (rate: number, busyMs: number): number => Math.ceil(rate * (busyMs / 1000));

/** Seconds until a function has so many environments, from none. */
export const scalingSeconds = (environments: number): number =>
  Math.max(0, environments / QUOTAS.scalingStep.value - 1) * QUOTAS.scalingInterval.value;

/** The share of the requests that a cache has to answer itself, so that no more than the capacity is left. */
export const hitRateFor = (rate: number, capacity: number): number => Math.max(0, 1 - capacity / rate);

const DAYS = { DAY: 1, WEEK: 7, MONTH: 30 } as const;
