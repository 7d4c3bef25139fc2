import { costOf, costOfCloudFront, costOfPresigned, LARGEST_RANGE, splitInRanges, total } from './cost.ts';
import { totalsOf } from './cost-section.ts';
import { capacityOf, lowestOfAccount } from './limits.ts';
import { count, milliseconds, percent, size, table, usd } from './markdown.ts';
import { SIZES } from './results.ts';
import { ASSUMED, busyMs, deliver, limitsOf, type Scenario } from './scenario.ts';

/** What a million images cost in other ways, and to other callers. */
export const alternativesSection = (scenario: Scenario): string => `## Beside other ways

### Large images in ranges

No more than ${size(LARGEST_RANGE)} of an answer go at full speed, and free as a stream. Who fetches a larger image in ranges of
one size (\`Range: bytes=0-…\`) pays more requests, much less time, and no streaming. A range with \`If-Range\`, which is sure
to be of the same image, asks S3 twice; that is not counted.

${rangeTable(scenario)}

### S3 itself, and CloudFront

A million images from S3 with presigned URLs (no code runs, and somebody has to sign for every caller); from CloudFront in
front of the bucket; and from CloudFront in front of this API, where the cache answers none of the requests and ${percent(
  ASSUMED.hitRate,
)}
of them. CloudFront charges for its bytes wherever the caller is, and AWS for none on their way to it. In front of this API it
has to check the key itself, and caches only what does not say \`private\`: the setting \`cacheControl\`.

${comparisonTable(scenario)}

To callers elsewhere:

${table(
  ['', ...SIZES.map(({ name }) => name)],
  (['in another region', 'on the internet'] as const).flatMap((caller) => [
    [`this API, streamed, ${caller}`, ...totalsOf({ ...scenario, terms: { ...scenario.terms, caller } })],
    [`S3, presigned, ${caller}`, ...SIZES.map(({ bytes }) => usd(costOfPresigned(bytes, caller)))],
  ]),
)}
`;

const rangeTable = (scenario: Scenario): string => {
  const images = (bytes: number) => lowestOfAccount(limitsOf(scenario, 'stream', bytes));
  return table(
    ['', 'requests', 'environment busy', 'a million images', 'images a second', 'of the concurrency alone'],
    SIZES.filter(({ bytes }) => bytes > LARGEST_RANGE).flatMap((image) =>
      [{ requests: 1, bytes: image.bytes }, splitInRanges(image.bytes)].map(({ requests, bytes }) => [
        requests === 1 ? `${image.name}, whole` : `${image.name}, in ranges of ${size(bytes)}`,
        count(requests),
        milliseconds(requests * busyMs(scenario, 'stream', bytes)),
        usd(requests * millionOf(scenario, bytes)),
        count(images(bytes).imagesPerSecond / requests),
        count(capacityOf(limitsOf(scenario, 'stream', bytes), 'Lambda concurrency') / requests),
      ]),
    ),
  );
};

/** Streamed images or ranges, to the callers of the scenario. */
const millionOf = (scenario: Scenario, bytes: number): number => {
  const cost = costOf(deliver(scenario, 'stream', bytes), scenario.terms);
  return cost === undefined ? Number.POSITIVE_INFINITY : total(cost);
};

const comparisonTable = (scenario: Scenario): string => {
  const { caller } = scenario.terms;
  const api = (bytes: number) => millionOf(scenario, bytes);
  const bucket = (bytes: number) => costOfPresigned(bytes, caller);
  // What AWS sends to CloudFront costs as little as what stays in the region.
  const cached =
    (hitRate: number, origin: (bytes: number) => number) =>
    (bytes: number): number =>
      costOfCloudFront(bytes, hitRate, origin(bytes));
  const ways: readonly (readonly [name: string, cost: (bytes: number) => number])[] = [
    ['this API, streamed', api],
    ['S3, presigned', bucket],
    ...[0, ASSUMED.hitRate].flatMap((hitRate) => [
      [`CloudFront and S3, ${percent(hitRate)} hits`, cached(hitRate, bucket)] as const,
      [`CloudFront and this API, ${percent(hitRate)} hits`, cached(hitRate, api)] as const,
    ]),
  ];
  return table(
    [`callers ${caller}`, ...SIZES.map(({ name }) => name)],
    ways.map(([name, cost]) => [name, ...SIZES.map(({ bytes }) => usd(cost(bytes)))]),
  );
};
