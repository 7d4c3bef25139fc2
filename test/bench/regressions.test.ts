import { afterAll, beforeAll, expect, it } from 'vitest';
import { countCopiesOf } from '../../bench/bundles.ts';
import { type Child, startChild } from '../../bench/child.ts';
import { bundleRivals, type Rival, type RivalName } from '../../bench/rivals.ts';

// Of all that `npm run bench` measures, what has no clock in it: it is the same on every machine. How the cost of the
// mapping grows is in test/domain/mapping-cost.test.ts.

let origin: Child;
let rivals: ReadonlyMap<RivalName, Rival>;

beforeAll(async () => {
  origin = await startChild('origin-process.ts');
  rivals = new Map(bundleRivals().map((rival) => [rival.name, rival]));
}, 60_000);

afterAll(() => origin.stop());

const rival = (name: RivalName): Rival => rivals.get(name) as Rival;

it.each(['ours', 'oursBuffered'] as const)(
  '%s: the bundle is little larger than the smallest handler on the SDK',
  (name) => {
    const { raw = 0, gzip = 0 } = rival(name).bundle ?? {};
    const { raw: bareRaw = 0, gzip: bareGzip = 0 } = rival('bare').bundle ?? {};
    expect(bareRaw).toBeGreaterThan(100_000);
    expect(raw / bareRaw).toBeLessThan(1.3);
    expect(gzip / bareGzip).toBeLessThan(1.3);
  },
);

it.each([
  // What comes from the socket goes to the response.
  { name: 'bare', copies: 0 },
  { name: 'ours', copies: 0 },
  // Into one allocation, and from there to base64, which is 4 / 3 as long.
  { name: 'oursBuffered', copies: 2.333 },
  // Three allocations, so that the counter is seen to count.
  { name: 'naive', copies: 3.333 },
] as const)('$name: each byte of an image is copied $copies times', async ({ name, copies }) => {
  expect(await countCopiesOf(rival(name), origin.greeting)).toBeCloseTo(copies, 2);
});
