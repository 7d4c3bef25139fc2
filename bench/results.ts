import type { Bundles } from './bundles.ts';
import type { ColdStarts } from './cold-start.ts';
import type { Size } from './images.ts';
import type { Caller, Latencies, Latency } from './latency.ts';
import type { Mappings } from './mapping.ts';
import type { Memories } from './memory.ts';
import type { RequestCosts } from './requests.ts';
import { median, round } from './samples.ts';
import type { Throughputs } from './throughput.ts';

/** Everything that one run has measured. */
export interface Measurements {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly date: string };
  readonly quick: boolean;
  /** What was not measured here, and why. */
  readonly absent: readonly string[];
  readonly cold: ColdStarts;
  readonly bundles: Bundles;
  readonly warm: Latencies;
  /** To the first byte of 25 MB, from an origin that thinks about it as S3 does. */
  readonly distant: { readonly thinkMs: number; readonly latencies: Latencies };
  readonly requests: RequestCosts;
  readonly throughput: Throughputs;
  readonly memory: Memories;
  readonly mapping: Mappings;
}

/** What can be measured by itself. */
export type Section = Exclude<keyof Measurements, 'machine' | 'quick' | 'absent'>;

/** What the targets are about, by the names under which it is published; null where a rival is not here. */
export interface Ratios {
  readonly coldOursToBare: number;
  readonly bundleOursToBare: number;
  readonly warm100kOursToBare: number;
  readonly warm4mOursToNaive: number;
  /** From an origin that thinks as long as S3 does. */
  readonly ttfb25mOursToOrigin: number;
  /** From one that answers at once, as no store does: what a hop through a function costs by itself. */
  readonly ttfb25mOursToInstantOrigin: number;
  readonly coldOursToPython: number | null;
  readonly mapping100RoutesTo1: number;
  /** Growth of memory at 200 MB. */
  readonly memoryOursToBare: number;
  readonly mappingsPerSecond: number;
}

export interface Results extends Measurements {
  readonly ratios: Ratios;
}

/** Medians of one run, divided: machines differ, and what they differ by falls out. */
export const deriveRatios = ({ cold, bundles, warm, distant, memory, mapping }: Measurements): Ratios => {
  const latencyOf = (latencies: Latencies, caller: Caller, size: Size): Latency =>
    given(latencies[caller]?.[size], `${caller}, ${size}`);
  const warmRatio = (rival: Caller, size: Size): number =>
    round(latencyOf(warm, 'ours', size).p50Ms / latencyOf(warm, rival, size).p50Ms);
  const firstByte = (latencies: Latencies, caller: Caller) => latencyOf(latencies, caller, '25 MB').ttfbMs;
  const coldOf = (rival: keyof ColdStarts) => given(cold[rival], `cold.${rival}`).medianMs;
  const sizeOf = (rival: keyof Bundles) => given(bundles[rival], `bundles.${rival}`).raw;
  const growthOf = (rival: keyof Memories) => given(memory[rival]?.['200 MB'], `memory.${rival}.200 MB`).growthMb;
  const nanoseconds = (routes: string) => median(given(mapping.routes[routes], `${routes} routes`).fastestNs);
  return {
    coldOursToBare: round(coldOf('ours') / coldOf('bare')),
    bundleOursToBare: round(sizeOf('ours') / sizeOf('bare')),
    // "At 100 KB and up": the worst of them.
    warm100kOursToBare: Math.max(
      ...(['100 KB', '1 MB', '4 MB', '25 MB'] as const).map((size) => warmRatio('bare', size)),
    ),
    warm4mOursToNaive: warmRatio('naive', '4 MB'),
    ttfb25mOursToOrigin: round(firstByte(distant.latencies, 'ours') / firstByte(distant.latencies, 'origin')),
    ttfb25mOursToInstantOrigin: round(firstByte(warm, 'ours') / firstByte(warm, 'origin')),
    coldOursToPython: cold.python === undefined ? null : round(coldOf('ours') / coldOf('python')),
    mapping100RoutesTo1: round(nanoseconds('100') / nanoseconds('1')),
    memoryOursToBare: round(growthOf('ours') / growthOf('bare')),
    mappingsPerSecond: Math.round(1e9 / median(mapping.readme.fastestNs)),
  };
};

const given = <Value>(value: Value | undefined, name: string): Value => {
  if (value === undefined) throw new Error(`${name} was not measured.`);
  return value;
};
