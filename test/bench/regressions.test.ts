import { afterAll, beforeAll, expect, it } from 'vitest';
import { countCopiesOf } from '../../bench/bundles.ts';
import { type Child, startChild } from '../../bench/child.ts';
import { bundleContestants, type Contestant, type ContestantName } from '../../bench/contestants.ts';

// Checks the figures of the benchmark that need no clock, so they are the same on every machine.
// test/domain/mapping/mapping-cost.test.ts checks how the cost of the mapping grows.

let origin: Child;
let contestants: ReadonlyMap<ContestantName, Contestant>;

beforeAll(async () => {
  origin = await startChild('origin-process.ts');
  contestants = new Map(bundleContestants().map((contestant) => [contestant.name, contestant]));
}, 60_000);

afterAll(() => origin.stop());

const contestant = (name: ContestantName): Contestant => contestants.get(name) as Contestant;

it.each(['ours', 'oursBuffered'] as const)(
  'the bundle of %s is less than 1.3 times as large as the smallest handler on the SDK',
  (name) => {
    const { raw = 0, gzip = 0 } = contestant(name).bundle ?? {};
    const { raw: bareRaw = 0, gzip: bareGzip = 0 } = contestant('bare').bundle ?? {};
    expect(bareRaw).toBeGreaterThan(100_000);
    expect(raw / bareRaw).toBeLessThan(1.3);
    expect(gzip / bareGzip).toBeLessThan(1.3);
  },
);

it.each([
  // Bytes go from the socket to the response.
  { name: 'bare', copies: 0 },
  { name: 'ours', copies: 0 },
  // Once into one allocation, then to base64, which is 4 / 3 as long.
  { name: 'oursBuffered', copies: 2.333 },
  // Three allocations: shows that the counter counts.
  { name: 'naive', copies: 3.333 },
] as const)('$name copies each byte of an image $copies times', async ({ name, copies }) => {
  expect(await countCopiesOf(contestant(name), origin.greeting)).toBeCloseTo(copies, 2);
});
