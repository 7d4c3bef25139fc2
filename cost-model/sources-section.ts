import { exact, gigabits, list, percent, size, table, textTable } from './markdown.ts';
import { PRICES, type Price, READ, REGION, type Source } from './prices.ts';
import { QUOTAS, type Quota } from './quotas.ts';
import { SIZES } from './results.ts';
import { ASSUMED, type Scenario } from './scenario.ts';
import { GB, MB } from './units.ts';

/** What the figures follow from: prices, quotas, measurements and assumptions. */
export const sourcesSection = (scenario: Scenario): string => `## What this follows from

### Prices

On demand in ${REGION}, first tier, without free tiers and discounts. They were looked up on ${READ}, in copies of these pages
that may be older: see the pages before you rely on a figure. A GB has ${exact(GB / MB)} MB.

${textTable(
  ['', 'US dollars', 'source', 'the figure was seen'],
  Object.values<Price>(PRICES).map((price) => [
    price.name,
    `${exact(price.usd)} for ${price.per === 1 ? `a ${price.of.replace(/s$/, '')}` : `${exact(price.per)} ${price.of}`}`,
    link(price),
    SEEN[price.seen],
  ]),
)}

### Quotas and speeds

What an account starts with; most of those that limit a rate can be raised.

${textTable(
  ['', '', 'source', 'the figure was seen'],
  Object.values<Quota>(QUOTAS).map((quota) => [quota.name, formatQuota(quota), link(quota), SEEN[quota.seen]]),
)}

### Measured

${measured(scenario)}

### Assumed

${list([
  `The callers are ${scenario.terms.caller}, and take bytes as fast as they are sent. One that reads slowly keeps an environment
  busy for longer.`,
  `${percent(scenario.terms.coldShare)} of the requests find no environment; all of a cold start, as it was measured, is billed.`,
  `The requests are spread over ${scenario.allowance.prefixes} prefix of the bucket, which is in the region of the API.`,
  `A cache in front answers ${percent(ASSUMED.hitRate)} of the requests, where nothing else is said.`,
  'A function on Lambda works as fast as the machine that was measured. Its share of a processor grows with its memory.',
  'Every request asks for a whole image and gets it. A conditional one that is answered 304 asks S3 once as well, and is quick.',
])}

### Left out

The storage in S3; the key's secret, alarms, dashboard and metrics, which cost the same whatever is served; keeping the logs,
which costs little beside taking them in; taxes. The function is in no VPC, so that there is no NAT gateway to pay.
`;

const SEEN: Readonly<Record<Source['seen'], string>> = {
  page: 'in a copy of the page',
  elsewhere: 'only where others cite it: check it',
  nowhere: 'nowhere, it is assumed: check it',
};

/** Under the end of its address, which says what it is about. */
const link = ({ url }: Source): string => {
  const [, page] = /([^/]+\/[^/]+?)(?:\.html|\/)?$/.exec(url) ?? [];
  return `[${page ?? url}](${url})`;
};

const formatQuota = ({ value, unit }: Quota): string => {
  if (unit === 'bytes') return size(value);
  if (unit === 'bytes/s') return `${size(value)}/s`;
  if (unit === 'bit/s') return `${gigabits(value)} Gbit/s`;
  return unit === 'share' ? percent(value) : `${exact(value)} ${unit}`;
};

const measured = ({ results, terms }: Scenario): string => {
  const { machine, modes, growth } = results;
  const ms = (mode: keyof typeof modes, bytes: number) => {
    const work = modes[mode].work.find((size) => size.bytes === bytes);
    return work === undefined ? '–' : `${exact(round(work.ms))} ms`;
  };
  return `On ${machine.cpu} with Node ${machine.node}, ${machine.date}; \`npm run bench\` measures it again. What the service
adds to a plain GET, in the median:

${table(
  ['', ...SIZES.map(({ name }) => name)],
  (['stream', 'buffered'] as const).map((mode) => [
    mode === 'stream' ? 'streamed' : 'buffered',
    ...SIZES.map(({ bytes }) => ms(mode, bytes)),
  ]),
)}

${list([
  `A cold start takes ${exact(round(modes.stream.coldMs))} ms streamed and ${exact(round(modes.buffered.coldMs))} ms buffered.`,
  `While it streams ${growth.image} the process grows by ${exact(round(growth.megabytes))} MB; the function has
  ${exact(terms.memoryMb)} MB, for the processor that comes with them.`,
  `For one request the log takes in ${exact(terms.logBytes.function)} bytes of the function (its own line, written by the
  log itself for an ordinary request, and Lambda's START, END and REPORT with the trace) and ${exact(terms.logBytes.access)} of
  the access log (the stage's format, filled in), each event with its ${exact(QUOTAS.logEvent.value)} bytes.`,
])}`;
};

const round = (ms: number): number => Math.round(ms * 100) / 100;
