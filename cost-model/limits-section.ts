import { isServed } from './invocation.ts';
import {
  capacityOf,
  environmentsFor,
  exceededBy,
  type Limit,
  type LimitName,
  lowestOfAccount,
  scalingSeconds,
} from './limits.ts';
import { count, gigabits, milliseconds, table } from './markdown.ts';
import { QUOTAS } from './quotas.ts';
import { type Mode, SIZES } from './results.ts';
import { busyMs, limitsOf, RATES, type Scenario } from './scenario.ts';

/** How many images a second each limit lets through, and which binds first. */
export const limitsSection = (scenario: Scenario): string => `## Which limit binds first

Images a second, in the long run, that each limit lets through, with the settings that the stack has by default and the quotas
that an account starts with. Little's law gives the concurrency: the environments that are busy are the rate times the time
that each image takes.

${capacityTable(scenario)}

Bold is the lowest of AWS's, here and below. Key quota and key throttle are the stack's own, against a caller that runs away: a key may send
${allowanceText(scenario)}. S3 prefix is the rate of one partition of the bucket; API rate is that of API Gateway, for all APIs
of the account together, as Lambda's two are for all functions. AWS publishes no bandwidth of API Gateway or of a function:
where there is one, it is another limit.

### At a rate

Streamed. From none, a function gains ${count(QUOTAS.scalingStep.value)} environments every ${count(
  QUOTAS.scalingInterval.value,
)} s; requests that find none meanwhile are throttled.

${rateTable(scenario)}
`;

/** For the head of the page. */
export const limitsSummary = (scenario: Scenario): readonly string[] => {
  const ends: { name: string; limit: Limit }[] = [];
  for (const { name, bytes } of SIZES) {
    const limit = lowestOfAccount(limitsOf(scenario, 'stream', bytes));
    // What is the same up to a larger size is said of that one alone.
    if (limitText(limit) === limitText(ends.at(-1)?.limit)) ends.pop();
    ends.push({ name, limit });
  }
  const served = ends.map(({ name, limit }, index) => {
    const { imagesPerSecond } = limit;
    return `${index === 0 ? 'up to ' : ''}${name}: ${count(imagesPerSecond)} a second (${limit.name})`;
  });
  return [
    `The stack itself holds every key to ${allowanceText(scenario)}: two settings, to be raised before anything else.`,
    `Behind them are AWS's quotas. As an account starts, it serves images of ${served.join('; of ')}.`,
  ];
};

const limitText = (limit: Limit | undefined): string =>
  limit === undefined ? 'none' : `${limit.name} ${count(limit.imagesPerSecond)}`;

const allowanceText = (scenario: Scenario): string => {
  const { throttle, quota } = scenario.allowance;
  const period = { DAY: 'day', WEEK: 'week', MONTH: 'month' }[quota.period];
  const rate = count(capacityOf(limitsOf(scenario, 'stream', SIZES[0].bytes), 'key quota'));
  return `${count(throttle.rateLimit)} requests a second, ${count(throttle.burstLimit)} at once, and ${count(quota.limit)} a ${period} (${rate} a second)`;
};

const NAMES: readonly LimitName[] = [
  'key quota',
  'key throttle',
  'S3 prefix',
  'API rate',
  'Lambda rate',
  'Lambda concurrency',
];

const capacityTable = (scenario: Scenario): string => {
  const cell = (name: LimitName, mode: Mode, bytes: number): string => {
    if (!isServed({ mode, bytes })) return 'does not fit';
    const limits = limitsOf(scenario, mode, bytes);
    const text = count(capacityOf(limits, name));
    return lowestOfAccount(limits).name === name ? `**${text}**` : text;
  };
  const rows: readonly { name: LimitName; mode: Mode; text: string }[] = [
    ...NAMES.map((name) => ({ name, mode: 'stream' as const, text: name })),
    { name: 'Lambda concurrency', mode: 'buffered', text: 'Lambda concurrency, buffered' },
  ];
  return table(
    ['', ...SIZES.map(({ name }) => name)],
    rows.map(({ name, mode, text }) => [text, ...SIZES.map(({ bytes }) => cell(name, mode, bytes))]),
  );
};

const rateTable = (scenario: Scenario): string =>
  table(
    ['images a second', 'size', 'environments busy', 'ready after', 'Gbit/s', 'binds first, at', 'and then'],
    RATES.flatMap((rate) =>
      SIZES.map(({ name, bytes }) => {
        const environments = environmentsFor(rate, busyMs(scenario, 'stream', bytes));
        const seconds = scalingSeconds(environments);
        const limits = limitsOf(scenario, 'stream', bytes);
        const lowest = lowestOfAccount(limits);
        const [first, ...others] = exceededBy(rate, limits).map((limit) =>
          limit === lowest ? `**${limitText(limit)}**` : limitText(limit),
        );
        return [
          count(rate),
          name,
          count(environments),
          seconds === 0 ? 'at once' : milliseconds(seconds * 1000),
          gigabits(rate * bytes * 8),
          first ?? 'nothing',
          others.join(', '),
        ];
      }),
    ),
  );
