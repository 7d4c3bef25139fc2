import { measureBundles } from './bundles.ts';
import { measureColdStarts } from './cold-start.ts';
import type { Size } from './images.ts';
import { measureLatencies } from './latency.ts';
import { measureMappings } from './mapping.ts';
import { measureMemory } from './memory.ts';
import { measureRequests } from './requests.ts';
import type { Measurements, Section } from './results.ts';
import type { Rival } from './rivals.ts';
import { measureThroughputs } from './throughput.ts';

/** How often everything is measured. */
export interface Plan {
  readonly cold: number;
  readonly imports: number;
  readonly warm: Readonly<Record<Size, number>>;
  readonly requests: number;
  /** Of load, for each rival and number of clients. */
  readonly seconds: number;
  readonly memory: number;
  /** Milliseconds for a figure of the mapping. */
  readonly mapping: number;
}

export const FULL: Plan = {
  cold: 21,
  imports: 11,
  warm: { '10 KB': 200, '100 KB': 200, '1 MB': 200, '4 MB': 61, '25 MB': 25, '200 MB': 0 },
  requests: 200,
  seconds: 3,
  memory: 5,
  mapping: 1000,
};

export const QUICK: Plan = {
  cold: 5,
  imports: 5,
  warm: { '10 KB': 30, '100 KB': 30, '1 MB': 30, '4 MB': 11, '25 MB': 5, '200 MB': 0 },
  requests: 30,
  seconds: 1,
  memory: 1,
  mapping: 100,
};

/** What there is to measure with. */
export interface Bench {
  readonly plan: Plan;
  readonly rivals: readonly Rival[];
  readonly origin: string;
  /** One that thinks before it answers. */
  readonly distant: string;
  /** Another checkout, for what a change brought. */
  readonly before: string | undefined;
  progress(done: string): void;
}

/**
 * Milliseconds that the distant origin thinks before it answers: the lower end of what AWS names for S3.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
 */
export const THINK = 100;

export const MEASURES: Readonly<Record<Section, (bench: Bench) => Promise<Partial<Measurements>>>> = {
  cold: async ({ plan, rivals, origin, progress }) => ({
    cold: await measureColdStarts(rivals, origin, plan.cold, progress),
  }),
  bundles: async ({ plan, rivals, origin, progress }) => ({
    bundles: await measureBundles(rivals, origin, plan.imports, progress),
  }),
  warm: async ({ plan, rivals, origin, progress }) => ({
    warm: await measureLatencies(
      warmOf(rivals),
      origin,
      ['10 KB', '100 KB', '1 MB', '4 MB', '25 MB'],
      plan.warm,
      progress,
    ),
  }),
  distant: async ({ plan, rivals, distant, progress }) => {
    const streaming = warmOf(rivals).filter(({ mode }) => mode === 'stream');
    const latencies = await measureLatencies(streaming, distant, ['25 MB'], plan.warm, progress);
    return { distant: { thinkMs: THINK, latencies } };
  },
  requests: async ({ plan, rivals, origin, progress }) => ({
    requests: await measureRequests(
      rivals.find(({ name }) => name === 'ours') as Rival,
      origin,
      plan.requests,
      progress,
    ),
  }),
  throughput: async ({ plan, rivals, origin, progress }) => {
    const load = { size: '100 KB', clients: [1, 16, 128], seconds: plan.seconds } as const;
    const { throughputs, absent } = await measureThroughputs(warmOf(bundledOf(rivals)), origin, load, progress);
    return { throughput: throughputs, absent };
  },
  memory: async ({ plan, rivals, origin, progress }) => {
    // The one in Python has another runtime, and no images that it streams.
    const sizes = ['1 MB', '4 MB', '25 MB', '200 MB'] as const;
    const others = warmOf(rivals).filter(({ name }) => name !== 'python');
    return { memory: await measureMemory(others, origin, sizes, plan.memory, progress) };
  },
  mapping: async ({ plan, before }) => {
    const mapping = await measureMappings(plan.mapping);
    return {
      mapping: before === undefined ? mapping : { ...mapping, before: await measureMappings(plan.mapping, before) },
    };
  },
};

const bundledOf = (rivals: readonly Rival[]): readonly Rival[] => rivals.filter(({ bundle }) => bundle !== undefined);

/** What is left out of a bundle shows in its size and in a cold start, and nowhere else. */
const warmOf = (rivals: readonly Rival[]): readonly Rival[] => rivals.filter(({ name }) => name !== 'bareTrimmed');
