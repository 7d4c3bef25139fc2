import type { Results } from '../bench/results.ts';
import { ACCESS_LOG } from '../infra/construct/access-log.ts';
import { SERVICE_DEFAULTS } from '../infra/construct/service-settings.ts';
import type { Deployment } from './cost.ts';
import { type Transfer, timeInvocation, totalMs } from './invocation.ts';
import { type ApiLimits, type Limit, listLimits } from './limits.ts';
import { countLogBytes } from './log-lines.ts';
import { type Measured, type Mode, measuredFrom } from './measured.ts';
import { QUOTAS } from './quotas.ts';
import { SIGNING, type Signing } from './ways.ts';

/** Everything that the costs and limits are computed from, except the prices and quotas of AWS. */
export interface Scenario {
  readonly measured: Readonly<Record<Mode, Measured>>;
  readonly deployment: Deployment;
  readonly apiLimits: ApiLimits;
  readonly signing: Signing;
  /** Share of the requests that a CloudFront cache answers. */
  readonly hitRate: number;
  /** Share of the images whose clients leave before they have received them. */
  readonly abandonedShare: number;
}

/**
 * The default settings of the stack, with the measurements of the benchmark.
 *
 * @throws ResultsError if a measurement is missing.
 */
export const createScenario = (results: Partial<Results>): Scenario => ({
  measured: measuredFrom(results),
  deployment: {
    firstByteMs: QUOTAS.s3FirstByte.value,
    // AWS observes fewer: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
    coldShare: 0.01,
    memoryMb: SERVICE_DEFAULTS.memory,
    logBytes: countLogBytes(ACCESS_LOG, SERVICE_DEFAULTS.memory),
  },
  apiLimits: { ...SERVICE_DEFAULTS, prefixes: 1 },
  signing: SIGNING,
  hitRate: 0.9,
  abandonedShare: 0.01,
});

export const transferOf = ({ measured }: Scenario, mode: Mode, bytes: number): Transfer => ({
  mode,
  bytes,
  measured: measured[mode],
});

/** Milliseconds for which one image keeps an environment busy. */
export const busyMs = (scenario: Scenario, mode: Mode, bytes: number): number =>
  totalMs(timeInvocation(transferOf(scenario, mode, bytes), scenario.deployment));

/** All limits for images of this size, the lowest first. */
export const limitsOf = (scenario: Scenario, bytes: number): readonly Limit[] =>
  listLimits({ requests: 1, s3Requests: 1, busyMs: busyMs(scenario, 'stream', bytes) }, scenario.apiLimits);
