import { measureBundles } from './bundles.ts';
import { measureColdStarts } from './cold-start.ts';
import type { Contestant } from './contestants.ts';
import { LATENCY_SIZES, type Size } from './images.ts';
import { measureLatencies } from './latency.ts';
import { measureMappings } from './mapping.ts';
import { measureMemory } from './memory.ts';
import { measureRequests } from './requests.ts';
import type { Measurements, Section } from './results.ts';

/** Number of samples per section. */
export interface Plan {
  readonly cold: number;
  readonly imports: number;
  readonly warm: Readonly<Record<Size, number>>;
  readonly requests: number;
  readonly memory: number;
  /** Milliseconds per figure of the mapping. */
  readonly mapping: number;
}

export const FULL: Plan = {
  cold: 21,
  imports: 11,
  warm: { '10 KB': 200, '100 KB': 200, '1 MB': 200, '4 MB': 61, '25 MB': 25, '200 MB': 0 },
  requests: 200,
  memory: 5,
  mapping: 1000,
};

export const QUICK: Plan = {
  cold: 5,
  imports: 5,
  warm: { '10 KB': 30, '100 KB': 30, '1 MB': 30, '4 MB': 11, '25 MB': 5, '200 MB': 0 },
  requests: 30,
  memory: 1,
  mapping: 100,
};

export interface Bench {
  readonly plan: Plan;
  readonly contestants: readonly Contestant[];
  /** URL of the S3 stand-in. */
  readonly origin: string;
  /** URL of an S3 stand-in that waits ORIGIN_DELAY_MS before it responds. */
  readonly delayedOrigin: string;
  /** Another checkout to compare with. */
  readonly before: string | undefined;
  progress(done: string): void;
}

/**
 * The time to first byte of S3: the lower end of the range that AWS gives.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
 */
export const ORIGIN_DELAY_MS = 100;

export const MEASURES: Readonly<Record<Section, (bench: Bench) => Promise<Partial<Measurements>>>> = {
  cold: async ({ plan, contestants, origin, progress }) => ({
    cold: await measureColdStarts(contestants, origin, plan.cold, progress),
  }),
  bundles: async ({ plan, contestants, origin, progress }) => ({
    bundles: await measureBundles(contestants, origin, plan.imports, progress),
  }),
  warm: async ({ plan, contestants, origin, progress }) => ({
    warm: await measureLatencies(withoutTrimmed(contestants), origin, LATENCY_SIZES, plan.warm, progress),
  }),
  delayedOrigin: async ({ plan, contestants, delayedOrigin, progress }) => {
    const streaming = withoutTrimmed(contestants).filter(({ mode }) => mode === 'stream');
    const latencies = await measureLatencies(streaming, delayedOrigin, ['25 MB'], plan.warm, progress);
    return { delayedOrigin: { delayMs: ORIGIN_DELAY_MS, latencies } };
  },
  requests: async ({ plan, contestants, origin, progress }) => ({
    requests: await measureRequests(
      contestants.find(({ name }) => name === 'ours') as Contestant,
      origin,
      plan.requests,
      progress,
    ),
  }),
  memory: async ({ plan, contestants, origin, progress }) => {
    // Python is left out: another runtime has another baseline, and the handler streams nothing.
    const others = withoutTrimmed(contestants).filter(({ name }) => name !== 'python');
    const sizes = ['1 MB', '4 MB', '25 MB', '200 MB'] as const;
    return { memory: await measureMemory(others, origin, sizes, plan.memory, progress) };
  },
  mapping: async ({ plan, before }) => {
    const mapping = await measureMappings(plan.mapping);
    return {
      mapping: before === undefined ? mapping : { ...mapping, before: await measureMappings(plan.mapping, before) },
    };
  },
};

/** Leaves out the trimmed bundle: it differs from bare in size and cold start only. */
const withoutTrimmed = (contestants: readonly Contestant[]): readonly Contestant[] =>
  contestants.filter(({ name }) => name !== 'bareTrimmed');
