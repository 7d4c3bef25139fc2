import { readFileSync } from 'node:fs';
import type { Bundles } from './bundles.ts';
import type { ColdStarts } from './cold-start.ts';
import { LATENCY_SIZES, type Size } from './images.ts';
import type { Latencies, Latency, Source } from './latency.ts';
import type { Mappings } from './mapping.ts';
import type { Memories } from './memory.ts';
import type { RequestCosts } from './requests.ts';
import { median, round } from './samples.ts';

/** Everything that one run has measured. */
export interface Measurements {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly date: string };
  readonly quick: boolean;
  /** Contestants that were not measured, each with the reason. */
  readonly absent: readonly string[];
  readonly cold: ColdStarts;
  readonly bundles: Bundles;
  readonly warm: Latencies;
  /** Latency of 25 MB from an origin that waits before it responds, as S3 does. */
  readonly delayedOrigin: { readonly delayMs: number; readonly latencies: Latencies };
  readonly requests: RequestCosts;
  readonly memory: Memories;
  readonly mapping: Mappings;
}

/** A part of the benchmark that can be run by itself. */
export type Section = Exclude<keyof Measurements, 'machine' | 'quick' | 'absent'>;

/** The figures that have targets, under their published names. Null if the contestant cannot run here. */
export interface Ratios {
  readonly coldOursToBare: number;
  readonly bundleOursToBare: number;
  /** The worst ratio of 100 KB, 1 MB, 4 MB and 25 MB. */
  readonly warm100kOursToBare: number;
  readonly warm4mOursToNaive: number;
  /** With an origin that waits as long as S3 does. */
  readonly ttfb25mOursToOrigin: number;
  /** With an origin that responds immediately, so it shows the cost of the function itself. */
  readonly ttfb25mOursToInstantOrigin: number;
  readonly coldOursToPython: number | null;
  readonly mapping100RoutesTo1: number;
  /** Growth of memory at 200 MB. */
  readonly memoryOursToBare: number;
  readonly mappingsPerSecond: number;
}

/** The content of `bench/results.json`. */
export interface Results extends Measurements {
  readonly ratios: Ratios;
}

/** A figure or the whole file is missing. */
export class ResultsError extends Error {
  override readonly name = 'ResultsError';
}

/** @throws ResultsError if the file cannot be read or is not JSON. */
export const readResults = (path: string): Results => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'the file does not exist' : (error as Error).message;
    throw new ResultsError(`${path}: ${reason}. Write it with npm run bench.`, { cause: error });
  }
};

/** @throws ResultsError if the value is undefined. */
export const required = <Value>(value: Value | undefined, name: string): Value => {
  if (value === undefined) throw new ResultsError(`The results lack ${name}. Measure it with npm run bench.`);
  return value;
};

/** Derives the ratios from the medians of one run, so that they depend little on the speed of the machine. */
export const deriveRatios = ({ cold, bundles, warm, delayedOrigin, memory, mapping }: Measurements): Ratios => {
  const latencyOf = (latencies: Latencies, source: Source, size: Size): Latency =>
    required(latencies[source]?.[size], `the latency of ${source} at ${size}`);
  const warmRatio = (source: Source, size: Size): number =>
    round(latencyOf(warm, 'ours', size).p50Ms / latencyOf(warm, source, size).p50Ms);
  const firstByteRatio = (latencies: Latencies): number =>
    round(latencyOf(latencies, 'ours', '25 MB').ttfbMs / latencyOf(latencies, 'origin', '25 MB').ttfbMs);
  const coldOf = (name: keyof ColdStarts) => required(cold[name], `cold > ${name}`).medianMs;
  const sizeOf = (name: keyof Bundles) => required(bundles[name], `bundles > ${name}`).raw;
  const growthOf = (name: keyof Memories) => required(memory[name]?.['200 MB'], `memory > ${name} > 200 MB`).growthMb;
  const nanoseconds = (routes: string) => median(required(mapping.routes[routes], `mapping > ${routes}`).fastestNs);
  return {
    coldOursToBare: round(coldOf('ours') / coldOf('bare')),
    bundleOursToBare: round(sizeOf('ours') / sizeOf('bare')),
    warm100kOursToBare: Math.max(...LATENCY_SIZES.slice(1).map((size) => warmRatio('bare', size))),
    warm4mOursToNaive: warmRatio('naive', '4 MB'),
    ttfb25mOursToOrigin: firstByteRatio(delayedOrigin.latencies),
    ttfb25mOursToInstantOrigin: firstByteRatio(warm),
    coldOursToPython: cold.python === undefined ? null : round(coldOf('ours') / coldOf('python')),
    mapping100RoutesTo1: round(nanoseconds('100') / nanoseconds('1')),
    memoryOursToBare: round(growthOf('ours') / growthOf('bare')),
    mappingsPerSecond: Math.round(1e9 / median(mapping.readme.fastestNs)),
  };
};
