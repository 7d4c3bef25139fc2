/** Limits for the key, as in a usage plan of API Gateway. */
export interface UsagePlanLimits {
  readonly throttle?: Throttle | undefined;
  /** Requests per day. */
  readonly quota?: number | undefined;
}

export interface Throttle {
  /** Requests per second. */
  readonly rateLimit: number;
  /** Requests that may arrive at once. */
  readonly burstLimit: number;
}

/** Counts one request. Returns the reason if the request exceeds a limit. */
export type UsagePlan = () => 'throttled' | 'quota-exceeded' | undefined;

/**
 * Limits the requests of one key. Here, a throttled request does not count against the quota; AWS does not document what it does. A day begins at midnight UTC.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 *
 * @param now returns whole milliseconds since the epoch.
 */
export const createUsagePlan = ({ throttle, quota }: UsagePlanLimits, now: () => number): UsagePlan => {
  const admit = throttle === undefined ? () => true : createTokenBucket(throttle, now);
  let day = 0;
  let count = 0;
  return () => {
    if (!admit()) return 'throttled';
    if (quota === undefined) return undefined;
    const today = Math.floor(now() / DAY);
    if (today !== day) count = 0;
    day = today;
    if (count === quota) return 'quota-exceeded';
    count++;
    return undefined;
  };
};

/**
 * Returns a function that takes a token, or returns false if there is none. The bucket starts full and never holds more
 * than `burstLimit` tokens. It counts in thousandths, because the rate is per second and the time in milliseconds.
 */
const createTokenBucket = ({ rateLimit, burstLimit }: Throttle, now: () => number): (() => boolean) => {
  let level = burstLimit * 1_000;
  let filledAt = now();
  return () => {
    const time = now();
    level = Math.min(level + (time - filledAt) * rateLimit, burstLimit * 1_000);
    filledAt = time;
    if (level < 1_000) return false;
    level -= 1_000;
    return true;
  };
};

const DAY = 24 * 60 * 60 * 1_000;
