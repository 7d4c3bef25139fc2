import { toMarkdown } from '../bench/markdown.ts';
import type { Results } from '../bench/results.ts';
import {
  type Cost,
  costOf,
  costOfAbandoned,
  costOfCloudFront,
  costOfS3,
  LARGEST_RANGE,
  splitInRanges,
  total,
} from './cost.ts';
import { count, exact, milliseconds, percent, percentUp, size, usd } from './format.ts';
import { timeInvocation, totalMs } from './invocation.ts';
import {
  capacityOf,
  environmentsFor,
  hitRateFor,
  type LimitName,
  listLimits,
  lowestOfAccount,
  scalingSeconds,
} from './limits.ts';
import { IMAGES, type Mode } from './measured.ts';
import { LOOKED_UP, PRICES, type Price, REGION, type Source } from './prices.ts';
import { QUOTAS, type Quota } from './quotas.ts';
import { busyMs, limitsOf, type Scenario, transferOf } from './scenario.ts';
import { MILLION, SECONDS_PER_DAY } from './units.ts';
import { inBatches, inRanges, redirected, streamed, type Way } from './ways.ts';

/** The generated blocks of `docs/scale.md`, by the names in its markers. */
export const renderBlocks = (scenario: Scenario, results: Results): Readonly<Record<string, string>> => ({
  summary: summaryTable(scenario),
  cost: costTable(scenario),
  time: timeTable(scenario),
  ranges: rangesTable(scenario),
  abandoned: abandonedTable(scenario),
  ways: waysTable(scenario),
  alternatives: alternativesTable(scenario),
  limits: limitsTable(scenario),
  needs: needsTable(scenario),
  measurements: measurementsBlock(scenario, results),
  assumptions: assumptionsTable(scenario),
  prices: pricesBlock(),
  quotas: quotasTable(),
});

const SIZE_NAMES = IMAGES.map(({ name }) => name);

/** US dollars for a million images. Infinity if the response cannot hold them. */
const millionOf = (scenario: Scenario, mode: Mode, bytes: number): number => {
  const cost = costOf(transferOf(scenario, mode, bytes), scenario.deployment);
  return cost === undefined ? Number.POSITIVE_INFINITY : total(cost);
};

const summaryTable = (scenario: Scenario): string =>
  toMarkdown([
    ['image', 'a million images', 'environment busy', 'images per second', 'limited by'],
    ...IMAGES.map(({ name, bytes }) => {
      const lowest = lowestOfAccount(limitsOf(scenario, bytes));
      return [
        name,
        usd(millionOf(scenario, 'stream', bytes)),
        milliseconds(busyMs(scenario, 'stream', bytes)),
        count(lowest.imagesPerSecond),
        lowest.name,
      ];
    }),
  ]);

const PARTS: Readonly<Record<keyof Cost, string>> = {
  apiRequests: 'API Gateway, requests',
  lambdaRequests: 'Lambda, requests',
  lambdaDuration: 'Lambda, duration',
  lambdaStreaming: 'Lambda, streamed bytes',
  s3Requests: 'S3, GET requests',
  functionLog: 'log of the function',
  accessLog: 'access log',
  traces: 'X-Ray traces',
};

const costTable = (scenario: Scenario): string => {
  const costs = IMAGES.map(({ bytes }) => costOf(transferOf(scenario, 'stream', bytes), scenario.deployment));
  const format = (amount: number) => (Number.isFinite(amount) ? usd(amount) : 'too large');
  return toMarkdown([
    ['', ...SIZE_NAMES],
    ...Object.entries(PARTS).map(([part, name]) => [
      name,
      ...costs.map((cost) => usd(cost?.[part as keyof Cost] ?? 0)),
    ]),
    ['**total, streamed**', ...IMAGES.map(({ bytes }) => `**${format(millionOf(scenario, 'stream', bytes))}**`)],
    ['total, buffered', ...IMAGES.map(({ bytes }) => format(millionOf(scenario, 'buffered', bytes)))],
  ]);
};

const timeTable = (scenario: Scenario): string =>
  toMarkdown([
    ['', 'S3 first byte', 'reading', 'own work', 'slow stream', 'cold start', 'billed', 'share of own work'],
    ...IMAGES.map(({ name, bytes }) => {
      const invocation = timeInvocation(transferOf(scenario, 'stream', bytes), scenario.deployment);
      const { firstByteMs, readMs, workMs, slowMs, coldMs } = invocation;
      const billed = totalMs(invocation);
      return [
        name,
        ...[firstByteMs, readMs, workMs, slowMs, coldMs, billed].map(milliseconds),
        percent(workMs / billed),
      ];
    }),
  ]);

const rangesTable = (scenario: Scenario): string => {
  const { deployment, apiLimits } = scenario;
  const measured = scenario.measured.stream;
  return toMarkdown([
    ['', 'requests', 'environment busy', 'a million images', 'images per second'],
    ...IMAGES.filter(({ bytes }) => bytes > LARGEST_RANGE).flatMap(({ name, bytes }) => {
      const ways: readonly (readonly [name: string, way: Way])[] = [
        [`${name}, whole`, streamed(measured, deployment, bytes)],
        [`${name}, in ranges of ${size(splitInRanges(bytes).bytes)}`, inRanges(measured, deployment, bytes)],
      ];
      return ways.map(([way, { load, cost }]) => [
        way,
        count(load.requests),
        milliseconds(load.busyMs),
        usd(cost),
        count(lowestOfAccount(listLimits(load, apiLimits)).imagesPerSecond),
      ]);
    }),
  ]);
};

/** Bytes of images that take so long that clients leave. */
const ABANDONED: readonly number[] = [25_000_000, 200_000_000];

const abandonedTable = (scenario: Scenario): string => {
  const { deployment, abandonedShare } = scenario;
  const row = (name: string, bytes: number): readonly string[] => [
    name,
    milliseconds(busyMs(scenario, 'stream', bytes)),
    usd(costOfAbandoned(transferOf(scenario, 'stream', bytes), deployment, abandonedShare) ?? Number.NaN),
  ];
  return toMarkdown([
    ['', 'environment busy for an abandoned request', `${percent(abandonedShare)} of a million images abandoned`],
    ...ABANDONED.flatMap((bytes) => {
      const range = splitInRanges(bytes).bytes;
      return [row(`${size(bytes)}, whole`, bytes), row(`${size(bytes)}, in ranges of ${size(range)}`, range)];
    }),
  ]);
};

/** Sizes below and above the one from which a stream slows down. */
const WAYS = IMAGES.filter(({ name }) => name === '1 MB' || name === '25 MB');

const waysTable = (scenario: Scenario): string => {
  const { deployment, signing, apiLimits } = scenario;
  const measured = scenario.measured.stream;
  const ways: readonly (readonly [name: string, way: Way])[] = [
    ...WAYS.map(({ name, bytes }) => [`${name}, streamed`, streamed(measured, deployment, bytes)] as const),
    ...WAYS.filter(({ bytes }) => bytes > LARGEST_RANGE).map(
      ({ name, bytes }) =>
        [`${name}, in ranges of ${size(splitInRanges(bytes).bytes)}`, inRanges(measured, deployment, bytes)] as const,
    ),
    ['any size, redirects', redirected(measured, deployment, signing)],
    ['any size, signed batches with `describe`', inBatches(measured, deployment, signing, { describe: true })],
    ['any size, signed batches without `describe`', inBatches(measured, deployment, signing, { describe: false })],
  ];
  return toMarkdown([
    [
      '',
      'requests to the service',
      'requests to S3',
      'environment busy per image',
      'a million images',
      'images per second',
      'limited by',
    ],
    ...ways.map(([name, { load, cost }]) => {
      const lowest = lowestOfAccount(listLimits(load, apiLimits));
      return [
        name,
        count(load.requests * MILLION),
        count(load.s3Requests * MILLION),
        milliseconds(load.busyMs),
        usd(cost),
        count(lowest.imagesPerSecond),
        lowest.name,
      ];
    }),
  ]);
};

const alternativesTable = (scenario: Scenario): string => {
  const { measured, deployment, signing, hitRate } = scenario;
  const api = (bytes: number) => millionOf(scenario, 'stream', bytes);
  const ranges = (bytes: number) => inRanges(measured.stream, deployment, bytes).cost;
  const redirects = redirected(measured.stream, deployment, signing).cost;
  const batches = inBatches(measured.stream, deployment, signing, { describe: true }).cost;
  const hits = `${percent(hitRate)} hits`;
  const ways: readonly (readonly [name: string, cost: (bytes: number) => number])[] = [
    ['this API, streamed', api],
    [`this API, in ranges of at most ${size(LARGEST_RANGE)}`, ranges],
    ['this API, redirects to S3', () => redirects],
    ['this API, signed batches', () => batches],
    ['S3, with AWS credentials', costOfS3],
    [`CloudFront and S3, ${hits}`, (bytes) => costOfCloudFront(bytes, hitRate, costOfS3())],
    [`CloudFront and this API, ${hits}`, (bytes) => costOfCloudFront(bytes, hitRate, api(bytes))],
  ];
  return toMarkdown([
    ['', ...SIZE_NAMES],
    ...ways.map(([name, cost]) => [name, ...IMAGES.map(({ bytes }) => usd(cost(bytes)))]),
  ]);
};

const LIMITS: readonly LimitName[] = [
  'key quota',
  'key throttle',
  'S3 prefix',
  'API rate',
  'Lambda rate',
  'Lambda concurrency',
];

const limitsTable = (scenario: Scenario): string =>
  toMarkdown([
    ['', ...SIZE_NAMES],
    ...LIMITS.map((name) => [
      name,
      ...IMAGES.map(({ bytes }) => {
        const limits = limitsOf(scenario, bytes);
        const text = count(capacityOf(limits, name));
        return lowestOfAccount(limits).name === name ? `**${text}**` : text;
      }),
    ]),
  ]);

/** Images of 1 MB at these rates. */
const EXAMPLE = IMAGES[2]?.bytes ?? 0;
const RATES: readonly number[] = [1000, 100_000];

const needsTable = (scenario: Scenario): string => {
  const limits = limitsOf(scenario, EXAMPLE);
  const { throttle } = scenario.apiLimits;
  const environments = (rate: number) => environmentsFor(rate, busyMs(scenario, 'stream', EXAMPLE));
  const needs: Readonly<Record<LimitName, (rate: number) => string>> = {
    'key quota': (rate) => `${count(rate * SECONDS_PER_DAY)} per day`,
    'key throttle': (rate) =>
      `${count(rate)} per second, burst ${count((rate * throttle.burstLimit) / throttle.rateLimit)}`,
    'S3 prefix': (rate) => `${count(Math.ceil(rate / QUOTAS.s3Rate.value))} prefixes`,
    'API rate': (rate) => `${count(rate)} per second`,
    'Lambda rate': (rate) => `a concurrency of ${count(rate / QUOTAS.requestsPerEnvironment.value)}`,
    'Lambda concurrency': (rate) => `${count(environments(rate))} environments`,
  };
  const lowest = lowestOfAccount(limits).imagesPerSecond;
  return toMarkdown([
    ['', ...RATES.map((rate) => `${count(rate)} images per second`)],
    ...LIMITS.map((name) => [
      name,
      ...RATES.map((rate) => (capacityOf(limits, name) >= rate ? 'enough' : needs[name](rate))),
    ]),
    [
      'or a cache that answers',
      ...RATES.map((rate) => (rate > lowest ? percentUp(hitRateFor(rate, lowest)) : 'nothing')),
    ],
    ['time to scale from zero', ...RATES.map((rate) => milliseconds(1000 * scalingSeconds(environments(rate))))],
  ]);
};

const measurementsBlock = ({ measured }: Scenario, { machine }: Results): string => {
  const row = (mode: Mode) => {
    const work = IMAGES.map(({ bytes }) => measured[mode].work.find((size) => size.bytes === bytes)?.ms);
    return [milliseconds(measured[mode].coldMs), ...work.map((ms) => (ms === undefined ? '' : milliseconds(ms)))];
  };
  const table = toMarkdown([
    ['', 'cold start', ...SIZE_NAMES],
    ['streamed', ...row('stream')],
    ['buffered', ...row('buffered')],
  ]);
  return `Measured on ${machine.date} with Node.js ${machine.node} on ${machine.cpu}.\n\n${table}`;
};

const assumptionsTable = ({ deployment, apiLimits, signing, hitRate, abandonedShare }: Scenario): string => {
  const { firstByteMs, coldShare, memoryMb, logBytes } = deployment;
  return toMarkdown([
    ['assumption', 'value'],
    ['time until S3 sends the first byte', milliseconds(firstByteMs)],
    ['share of requests that start an environment', percent(coldShare)],
    ['share of requests that a CloudFront cache answers', percent(hitRate)],
    ['share of images whose clients leave before they have received them', percent(abandonedShare)],
    ['prefixes of the bucket over which requests are spread', count(apiLimits.prefixes)],
    ['setting `memory`', exact(memoryMb)],
    ['log of the function per request', `${exact(logBytes.function)} bytes`],
    ['access log per request', `${exact(logBytes.access)} bytes`],
    ['paths of a batch', exact(signing.paths)],
    ['HEAD requests of a batch that are in flight', exact(signing.inFlight)],
    ['`SIGNING_MS_PER_URL`, time to sign a URL', milliseconds(signing.msPerUrl)],
    ['answer to a batch per path', `${exact(signing.lineBytes)} bytes`],
  ]);
};

const pricesBlock = (): string => {
  const table = [
    ['', 'US dollars', 'source', 'verified'],
    ...Object.values<Price>(PRICES).map((price) => [
      price.name,
      `${exact(price.usd)} per ${price.per === 1 ? price.unit.replace(/s$/, '') : `${exact(price.per)} ${price.unit}`}`,
      ...sourceCells(price),
    ]),
  ];
  return `Region ${REGION}, looked up on ${LOOKED_UP}.\n\n${toMarkdown(table, 'text')}`;
};

const quotasTable = (): string =>
  toMarkdown(
    [
      ['', 'value', 'source', 'verified'],
      ...Object.values<Quota>(QUOTAS).map((quota) => [quota.name, formatQuota(quota), ...sourceCells(quota)]),
    ],
    'text',
  );

const formatQuota = ({ value, unit }: Quota): string => {
  if (unit === 'bytes') return size(value);
  if (unit === 'bytes/s') return `${size(value)}/s`;
  return unit === 'share' ? percent(value) : `${exact(value)} ${unit}`;
};

/** A link with the last two parts of the address as its text. */
const sourceCells = ({ url, verified }: Source): readonly string[] => {
  const [, name] = /([^/]+\/[^/]+?)(?:\.html|\/)?$/.exec(url) ?? [];
  return [`[${name ?? url}](${url})`, verified ? 'yes' : 'no'];
};
