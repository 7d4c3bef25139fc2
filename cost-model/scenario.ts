import type { Terms } from './cost.ts';
import { type Conditions, type Delivery, timeInvocation, totalMs } from './invocation.ts';
import { type Allowance, type Limit, listLimits } from './limits.ts';
import { QUOTAS } from './quotas.ts';
import type { Mode, Results } from './results.ts';

/** Everything that a cost and a limit follow from, beside what AWS publishes. */
export interface Scenario {
  readonly results: Results;
  readonly terms: Terms;
  readonly allowance: Allowance;
}

export const deliver = ({ results }: Scenario, mode: Mode, bytes: number): Delivery => ({
  mode,
  bytes,
  measured: results.modes[mode],
});

/** Milliseconds that an environment is busy with one image. */
export const busyMs = (scenario: Scenario, mode: Mode, bytes: number): number =>
  totalMs(timeInvocation(deliver(scenario, mode, bytes), scenario.terms));

/** The lowest first. */
export const limitsOf = (scenario: Scenario, mode: Mode, bytes: number): readonly Limit[] =>
  listLimits(busyMs(scenario, mode, bytes), scenario.allowance);

/** What is assumed where a figure is not about it. */
export const ASSUMED: Assumptions = {
  firstByteMs: QUOTAS.s3FirstByte.value,
  // AWS finds fewer: https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
  coldShare: 0.01,
  caller: 'in the region',
  prefixes: 1,
  hitRate: 0.9,
};

export interface Assumptions extends Conditions, Pick<Terms, 'caller'>, Pick<Allowance, 'prefixes'> {
  /** Of a cache in front. */
  readonly hitRate: number;
}

/** Milliseconds until S3 sends: what it may be near by, and what AWS names. */
export const FIRST_BYTES: readonly number[] = [30, QUOTAS.s3FirstByte.value, QUOTAS.s3SlowFirstByte.value];

/** Of the requests. */
export const COLD_SHARES: readonly number[] = [0.001, ASSUMED.coldShare, 0.1];

/** Images a second. */
export const RATES: readonly [low: number, middle: number, high: number] = [10, 1000, 100_000];
