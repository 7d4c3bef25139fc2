import { QUOTAS } from './quotas.ts';
import { SECONDS_PER_DAY } from './units.ts';

/** Settings that limit the request rate. */
export interface ApiLimits {
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  readonly quota: { readonly limit: number; readonly period: 'DAY' | 'WEEK' | 'MONTH' };
  /** Number of prefixes of the bucket over which the requests are spread. */
  readonly prefixes: number;
}

/** Requests and time for one image. */
export interface Load {
  /** Requests to the service. */
  readonly requests: number;
  /** GET and HEAD requests to S3, of the service and of the client. */
  readonly s3Requests: number;
  /** Milliseconds for which the image keeps an environment busy. */
  readonly busyMs: number;
}

/** How many images per second a limit allows in the long run. */
export interface Limit {
  readonly name: LimitName;
  /** Whether a setting of the stack or a quota of the AWS account sets the limit. */
  readonly setBy: 'stack' | 'account';
  readonly imagesPerSecond: number;
}

export type LimitName = 'key quota' | 'key throttle' | 'S3 prefix' | 'Lambda concurrency' | 'Lambda rate' | 'API rate';

/** Lists all limits for images of this load, the lowest first. */
export const listLimits = (load: Load, { throttle, quota, prefixes }: ApiLimits): readonly Limit[] => {
  const { requests, s3Requests, busyMs } = load;
  const concurrency = QUOTAS.concurrency.value;
  const quotaRate = quota.limit / (DAYS[quota.period] * SECONDS_PER_DAY);
  const lambdaRate = concurrency * QUOTAS.requestsPerEnvironment.value;
  const limits: readonly Limit[] = [
    { name: 'key quota', setBy: 'stack', imagesPerSecond: quotaRate / requests },
    { name: 'key throttle', setBy: 'stack', imagesPerSecond: throttle.rateLimit / requests },
    { name: 'S3 prefix', setBy: 'account', imagesPerSecond: (QUOTAS.s3Rate.value * prefixes) / s3Requests },
    // Little's law: busy environments = images per second × seconds per image.
    { name: 'Lambda concurrency', setBy: 'account', imagesPerSecond: concurrency / (busyMs / 1000) },
    { name: 'Lambda rate', setBy: 'account', imagesPerSecond: lambdaRate / requests },
    { name: 'API rate', setBy: 'account', imagesPerSecond: QUOTAS.apiRate.value / requests },
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
