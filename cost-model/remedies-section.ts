import { timeInvocation, totalMs } from './invocation.ts';
import { capacityOf, environmentsFor, hitRateFor, type LimitName, lowestOfAccount } from './limits.ts';
import { count, gigabits, milliseconds, percent, percentUp, size, table, textTable, usd } from './markdown.ts';
import { charge, PRICES } from './prices.ts';
import { QUOTAS } from './quotas.ts';
import { LARGEST, SIZES } from './results.ts';
import { busyMs, deliver, limitsOf, RATES, type Scenario } from './scenario.ts';
import { GB, MB, SECONDS_PER_DAY } from './units.ts';

/** What is to be done about each limit. */
export const remediesSection = (scenario: Scenario): string => `## What to change

For streamed images of ${EXAMPLE.name}:

${remedyTable(scenario)}

### Large images

${tailText(scenario)}

### A cache in front

The share of the requests that CloudFront has to answer itself so that AWS's quotas, as they are at the start, let the rest
through, and the speed of all. A distribution starts with ${gigabits(QUOTAS.cloudFrontSpeed.value)} Gbit/s and
${count(QUOTAS.cloudFrontRate.value)} requests a second. Where callers read nearly every image, and each once, no cache comes
near such a share: then the quotas have to be raised.

${cacheTable(scenario)}

### Provisioned concurrency

It raises no limit: it has environments ready before the requests come. For ${count(STEADY_RATE)} streamed images a second, all
the time, in a month of ${MONTH_DAYS} days:

${provisionedTable(scenario)}
`;

const EXAMPLE = SIZES[2];
const STEADY_RATE = RATES[1];
const MONTH_DAYS = 30;

const remedyTable = (scenario: Scenario): string => {
  const limits = limitsOf(scenario, 'stream', EXAMPLE.bytes);
  const rates = RATES.slice(1);
  const { throttle } = scenario.allowance;
  const remedies: readonly { name: LimitName; change: string; need: (rate: number) => string }[] = [
    {
      name: 'key quota',
      change: 'the setting `quota`, or more keys',
      need: (rate) => `${count(rate * SECONDS_PER_DAY)} a day`,
    },
    {
      name: 'key throttle',
      change: 'the setting `throttle`, or more keys',
      need: (rate) => `${count(rate)}/s, ${count((rate * throttle.burstLimit) / throttle.rateLimit)} at once`,
    },
    {
      name: 'S3 prefix',
      change:
        'nothing, for a rate that grows slowly: S3 divides a prefix that stays busy, after some 503s, which are passed on with `Retry-After`. In a bucket of your own, keys that begin differently: `"key": "{id[0:2]}/{id}/original.{ext}"`',
      need: (rate) => `${count(Math.ceil(rate / QUOTAS.s3Rate.value))} prefixes`,
    },
    {
      name: 'API rate',
      change: 'the quota of the account, or a cache in front',
      need: (rate) => `${count(rate)}/s, or ${percentUp(hitRateFor(rate, capacityOf(limits, 'API rate')))} hits`,
    },
    {
      name: 'Lambda concurrency',
      change: 'the quota of the account, or a cache in front',
      need: (rate) => {
        const hitRate = hitRateFor(rate, capacityOf(limits, 'Lambda concurrency'));
        const environments = environmentsFor(rate, busyMs(scenario, 'stream', EXAMPLE.bytes));
        return `${count(environments)} environments, or ${percentUp(hitRate)} hits`;
      },
    },
    {
      name: 'Lambda rate',
      change: `the same quota: the rate is ${count(QUOTAS.requestsPerEnvironment.value)} times as much`,
      need: (rate) => `a concurrency of ${count(rate / QUOTAS.requestsPerEnvironment.value)}`,
    },
  ];
  return textTable(
    ['limit', 'what to change', ...rates.map((rate) => `for ${count(rate)}/s`)],
    remedies.map(({ name, change, need }) => [
      name,
      change,
      ...rates.map((rate) => (capacityOf(limits, name) >= rate ? 'enough as it is' : need(rate))),
    ]),
  );
};

const tailText = (scenario: Scenario): string => {
  const invocation = timeInvocation(deliver(scenario, 'stream', LARGEST.bytes), scenario.terms);
  const all = totalMs(invocation);
  return `A streamed image of ${LARGEST.name} keeps an environment busy for ${milliseconds(all)}, ${percent(invocation.tailMs / all)} of
them for what goes at ${size(QUOTAS.tailSpeed.value)}/s. Fetch it [in ranges](#large-images-in-ranges), which the same
concurrency serves many times as many of; or get it from S3 with a presigned URL, which this service does not hand out.`;
};

const cacheTable = (scenario: Scenario): string =>
  table(
    ['images a second', ...SIZES.map(({ name }) => name)],
    RATES.map((rate) => [
      count(rate),
      ...SIZES.map(({ bytes }) => {
        const hitRate = hitRateFor(rate, lowestOfAccount(limitsOf(scenario, 'stream', bytes)).imagesPerSecond);
        return hitRate === 0 ? 'none' : `${percentUp(hitRate)}, ${gigabits(rate * bytes * 8)} Gbit/s`;
      }),
    ]),
  );

const provisionedTable = (scenario: Scenario): string => {
  const gigabytes = (scenario.terms.memoryMb * MB) / GB;
  const seconds = MONTH_DAYS * SECONDS_PER_DAY;
  return table(
    ['', 'environments', 'to keep them', 'duration', 'together', 'duration without'],
    SIZES.map(({ name, bytes }) => {
      const ms = busyMs(scenario, 'stream', bytes);
      const environments = environmentsFor(STEADY_RATE, ms);
      const busy = STEADY_RATE * seconds * (ms / 1000) * gigabytes;
      const kept = charge(PRICES.provisionedConcurrency, environments * gigabytes * seconds);
      const served = charge(PRICES.provisionedDuration, busy);
      return [
        name,
        count(environments),
        ...[kept, served, kept + served, charge(PRICES.lambdaDuration, busy)].map(usd),
      ];
    }),
  );
};
