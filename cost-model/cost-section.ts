import { MAX_BUFFERED_BYTES } from '../src/adapters/api-gateway/handler.ts';
import { type Cost, costInRanges, costOf, costOfPresigned, LARGEST_RANGE, total } from './cost.ts';
import { isServed, timeInvocation, totalMs } from './invocation.ts';
import { milliseconds, percent, size, table, usd } from './markdown.ts';
import { charge, PRICES } from './prices.ts';
import { QUOTAS } from './quotas.ts';
import { LARGEST, type Mode, SIZES, type Size } from './results.ts';
import { COLD_SHARES, deliver, FIRST_BYTES, type Scenario } from './scenario.ts';
import { MILLION } from './units.ts';

/** What a million images cost, and of what that is made. */
export const costSection = (scenario: Scenario): string => `## What a million images cost

US dollars for a million images of one size, to callers ${scenario.terms.caller}. A bucket that is encrypted with a KMS key, and
has no bucket key, adds ${usd(charge(PRICES.kmsRequests, MILLION))}.

### Streamed

${costTable(scenario, 'stream')}

### Buffered

A buffered answer holds no more than ${size(MAX_BUFFERED_BYTES)}; larger images are fetched in ranges.

${costTable(scenario, 'buffered')}

### The time that is billed

An environment is busy, and billed, from the request to the last byte. The first ${size(QUOTAS.fastStream.value)} of a stream go
as fast as S3 sends them, and the rest at ${size(QUOTAS.tailSpeed.value)}/s. API Gateway slows down later, after
${size(QUOTAS.apiFastStream.value)}, and to the same speed. The own work is what this service adds to a plain GET of the same
bytes from the same origin, as it was measured; all of it counts, although a stream does most of it while bytes are under way.

${timeTable(scenario, 'stream')}

Buffered:

${timeTable(scenario, 'buffered')}

### If S3 answers sooner or later, and if more requests start an environment

A million streamed images:

${table(
  ['', ...SIZES.map(({ name }) => name)],
  [
    ...FIRST_BYTES.map((firstByteMs) => ({ name: `first byte after ${milliseconds(firstByteMs)}`, firstByteMs })),
    ...COLD_SHARES.map((coldShare) => ({ name: `${percent(coldShare)} start an environment`, coldShare })),
  ].map(({ name, ...changed }) => [name, ...totalsOf({ ...scenario, terms: { ...scenario.terms, ...changed } })]),
)}
`;

/** For the head of the page. */
export const costSummary = (scenario: Scenario): readonly string[] => {
  const { terms } = scenario;
  const streamed = (bytes: number) => costOf(deliver(scenario, 'stream', bytes), terms);
  const sentence = ({ name, bytes }: Size): string => {
    const cost = streamed(bytes);
    if (cost === undefined) return '';
    const [part] = listParts(cost).sort(([, one], [, other]) => other - one);
    const most =
      part === undefined ? '' : `; the largest part is “${part[0]}”, ${percent(part[1] / total(cost))} of it`;
    return `A million streamed images of ${name} cost **${usd(total(cost))}**${most}.`;
  };
  const ranges = costInRanges(deliver(scenario, 'stream', LARGEST.bytes), terms);
  return [
    sentence(SIZES[1]),
    sentence(LARGEST),
    ...(ranges === undefined
      ? []
      : [`In ranges of at most ${size(LARGEST_RANGE)}, a million of ${LARGEST.name} cost **${usd(ranges)}**.`]),
    `From S3 itself, with presigned URLs, a million of any size cost ${usd(costOfPresigned(0, terms.caller))}: the rest is the
  price of URLs that stay, a key for each caller, a log, and one place that knows where an image lies.`,
  ];
};

/** Of streamed images, in the order of their sizes. */
export const totalsOf = (scenario: Scenario): string[] =>
  SIZES.map(({ bytes }) => formatTotal(costOf(deliver(scenario, 'stream', bytes), scenario.terms)));

const PART_NAMES: Readonly<Record<keyof Cost, string>> = {
  apiRequests: 'API Gateway, requests',
  lambdaRequests: 'Lambda, requests',
  lambdaDuration: 'Lambda, duration',
  lambdaStreaming: 'Lambda, streamed bytes',
  s3Requests: 'S3, GET requests',
  functionLog: 'log of the function',
  accessLog: 'log of the accesses',
  traces: 'X-Ray traces',
  transfer: 'data transfer',
};

const PARTS = Object.entries(PART_NAMES) as readonly (readonly [keyof Cost, string])[];

const listParts = (cost: Cost): [name: string, usd: number][] => PARTS.map(([part, name]) => [name, cost[part]]);

const formatTotal = (cost: Cost | undefined): string => (cost === undefined ? '–' : usd(total(cost)));

const costTable = (scenario: Scenario, mode: Mode): string => {
  const costs = SIZES.map(({ bytes }) => costOf(deliver(scenario, mode, bytes), scenario.terms));
  return table(
    ['', ...SIZES.map(({ name }) => name)],
    [
      ...PARTS.map(([part, name]) => [name, ...costs.map((cost) => (cost === undefined ? '–' : usd(cost[part])))]),
      ['**together**', ...costs.map((cost) => (cost === undefined ? 'does not fit' : `**${formatTotal(cost)}**`))],
    ],
  );
};

const timeTable = (scenario: Scenario, mode: Mode): string =>
  table(
    ['', 'S3’s first byte', 'reading', 'own work', 'slow rest', 'a cold start, shared', 'billed', 'own work of it'],
    SIZES.filter(({ bytes }) => isServed({ mode, bytes })).map(({ name, bytes }) => {
      const invocation = timeInvocation(deliver(scenario, mode, bytes), scenario.terms);
      const { firstByteMs, readMs, workMs, tailMs, coldMs } = invocation;
      const all = totalMs(invocation);
      return [name, ...[firstByteMs, readMs, workMs, tailMs, coldMs, all].map(milliseconds), percent(workMs / all)];
    }),
  );
