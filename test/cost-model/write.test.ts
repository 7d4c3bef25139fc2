import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readResults } from '../../bench/results.ts';
import { costOf, costOfS3, LARGEST_RANGE, total } from '../../cost-model/cost.ts';
import { count, milliseconds, size, usd } from '../../cost-model/format.ts';
import { timeInvocation, totalMs } from '../../cost-model/invocation.ts';
import { capacityOf, type LimitName, listLimits, lowestOfAccount } from '../../cost-model/limits.ts';
import { charge, PRICES } from '../../cost-model/prices.ts';
import { QUOTAS } from '../../cost-model/quotas.ts';
import { createScenario, transferOf } from '../../cost-model/scenario.ts';
import { AWS_GB, MILLION } from '../../cost-model/units.ts';
import { inBatches, inRanges, listed, redirected, type Way } from '../../cost-model/ways.ts';
import { renderScale } from '../../cost-model/write.ts';
import { MAX_BUFFERED_BYTES } from '../../src/adapters/api-gateway/handler.ts';
import { SAMPLE_RESULTS } from './sample-results.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const page = readFileSync(resolve(ROOT, 'docs/scale.md'), 'utf8');
const results = readResults(resolve(ROOT, 'bench/results.json'));

describe('npm run docs:scale', () => {
  it('fills the page and draws the plot with finite figures', () => {
    const { page: filled, plot } = renderScale(page, SAMPLE_RESULTS);
    // 25 MB are billed as 3 API requests; 18.7 MB of them are billed as streamed bytes.
    expect(filled).toContain('| API Gateway, requests | $3.50 | $3.50 | $3.50 | $3.50 | $10.50 |');
    expect(filled).toContain('| Lambda, streamed bytes | $0.00 | $0.00 | $0.00 | $0.00 | $139.39 |');
    // 200 MB take 92 s, and a million cost about $3,400. A hundredth of them is abandoned.
    expect(filled).toMatch(/\| 200 MB, whole \| 9[23][.\d]* s \| \$3[34]\.\d\d \|/);
    expect(plot).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(filled + plot).not.toMatch(/NaN|undefined|Infinity|∞|\[object/);
  });

  it('marks the prices that were not seen on the page of AWS', () => {
    expect(renderScale(page, SAMPLE_RESULTS).page).toMatch(/\| S3 Standard, GET and HEAD requests .* \| no \|/);
  });

  it('exits with 1 and names the file if it does not exist', () => {
    const { status, stderr } = spawnSync(process.execPath, ['cost-model/write.ts', 'no/such/results.json'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stderr).toBe('no/such/results.json: the file does not exist. Write it with npm run bench.\n');
  });

  // After a change, run `npm run docs:scale`.
  it('docs/scale.md and docs/scale.svg are up to date with bench/results.json', () => {
    const rendered = renderScale(page, results);
    expect(page).toBe(rendered.page);
    expect(readFileSync(resolve(ROOT, 'docs/scale.svg'), 'utf8')).toBe(rendered.plot);
  });
});

describe('the hand-written text of docs/scale.md', () => {
  const scenario = createScenario(results);
  const costAt = (bytes: number) => {
    const cost = costOf(transferOf(scenario, 'stream', bytes), scenario.deployment);
    return cost === undefined ? Number.NaN : total(cost);
  };
  const { deployment, signing, apiLimits } = scenario;
  const measured = scenario.measured.stream;
  const redirects = redirected(measured, deployment, signing);
  const described = inBatches(measured, deployment, signing, { describe: true });
  const signed = inBatches(measured, deployment, signing, { describe: false });
  const listing = listed(measured, deployment);
  const allowed = ({ load }: Way, name: LimitName) => capacityOf(listLimits(load, apiLimits), name);
  const headRate = signing.inFlight / (deployment.firstByteMs / 1000);
  const redirectRate = lowestOfAccount(listLimits(redirects.load, apiLimits)).imagesPerSecond;
  const million = (price: (typeof PRICES)[keyof typeof PRICES], bytes: number) =>
    charge(price, (MILLION * bytes) / AWS_GB);

  it.each([
    `slows a stream down after ${size(QUOTAS.fastStream.value)}`,
    `the rest at ${size(QUOTAS.slowSpeed.value)}/s`,
    `after ${size(QUOTAS.apiFastStream.value)}`,
    `Only the first ${size(LARGEST_RANGE)} of a response`,
    `images of up to ${size(MAX_BUFFERED_BYTES)}`,
    `S3 charges ${usd(costOfS3())} per million`,
    `cheapest way to use this service, at ${usd(described.cost)} per million`,
    `without it, a million images cost ${usd(signed.cost)}`,
    `for images below ${size(LARGEST_RANGE)}.`,
    `URLs for up to ${count(signing.paths)} paths`,
    `up to ${signing.inFlight} HEAD requests in flight, which are ${headRate} per second. So ${Math.ceil(QUOTAS.s3Rate.value / headRate)} batches`,
    `allows ${allowed(redirects, 'key throttle')} images per second if they are streamed or redirected, ${allowed(inRanges(measured, deployment, 25_000_000), 'key throttle')} images of 25 MB in ranges, and ${count(allowed(described, 'key throttle'))} images in signed batches`,
    `${count(redirectRate)} images of 25 MB per second are ${size(redirectRate * 25_000_000)}/s`,
    `needs ${count(listing.pages)} requests to the service`,
    `The calls cost $${listing.s3Cost.toFixed(3)} and everything together $${listing.cost.toFixed(3)}.`,
    `at least ${milliseconds(1000 * listing.seconds)} for a million images`,
    `${usd(charge(PRICES.kmsRequests, MILLION))} per million`,
    `each 100 ms until the first byte adds ${usd(charge(PRICES.lambdaDuration, (MILLION * 0.1 * 1536) / 1024))} per million`,
    `data transfer costs $${PRICES.transferToRegion.usd} per GB to another region and $${PRICES.transferToInternet.usd} per GB`,
    `million images of 1 MB add $${million(PRICES.transferToInternet, 1_000_000).toFixed(0)}`,
    `at $${PRICES.cloudFrontTransfer.usd} per GB`,
    `may send ${scenario.apiLimits.throttle.rateLimit} requests per second and 5,000,000 per day`,
    `gains 1,000 environments every ${QUOTAS.scalingInterval.value} s`,
  ])('says "%s", as the model does', (claim) => {
    expect(page.replaceAll(/\s+/g, ' ')).toContain(claim);
  });

  it('states costs and times that the model confirms', () => {
    // "Images of up to 4 MB cost $7 to $9 per million. About half of that is API Gateway's price per request."
    expect(costAt(10_000)).toBeGreaterThan(6.5);
    expect(costAt(4_000_000)).toBeLessThan(9.5);
    expect(charge(PRICES.apiRequests, MILLION) / costAt(1_000_000)).toBeCloseTo(0.45, 1);
    // "An image of 25 MB costs more than seven times as much when it is streamed whole."
    const ranges = inRanges(measured, deployment, 25_000_000).cost;
    expect(costAt(25_000_000) / ranges).toBeGreaterThan(7);
    // "A redirect costs about as much as a streamed image of 1 MB."
    expect(redirects.cost / costAt(1_000_000)).toBeCloseTo(1, 1);
    // "An abandoned image of 200 MB keeps an environment busy for more than 90 seconds and costs about a third of a cent."
    const abandoned = timeInvocation(transferOf(scenario, 'stream', 200_000_000), scenario.deployment);
    expect(totalMs(abandoned)).toBeGreaterThan(90_000);
    expect(totalMs(abandoned)).toBeLessThan(100_000);
    expect((costAt(200_000_000) / MILLION) * 300).toBeCloseTo(1, 1);
  });
});
