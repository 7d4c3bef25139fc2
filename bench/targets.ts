import type { Ratios } from './results.ts';

export interface Target {
  readonly name: keyof Ratios;
  readonly title: string;
  readonly bound: 'at most' | 'at least';
  readonly value: number;
}

export const TARGETS: readonly Target[] = [
  { name: 'coldOursToBare', title: 'cold start, ours / bare', bound: 'at most', value: 1.15 },
  { name: 'bundleOursToBare', title: 'bundle size, ours / bare', bound: 'at most', value: 1.45 },
  {
    name: 'warm100kOursToBare',
    title: 'warm p50, ours / bare, the worst of 100 KB, 1 MB, 4 MB and 25 MB',
    bound: 'at most',
    value: 1.05,
  },
  { name: 'warm4mOursToNaive', title: 'warm p50 at 4 MB, ours / naive', bound: 'at most', value: 0.5 },
  {
    name: 'ttfb25mOursToOrigin',
    title: 'time to first byte at 25 MB, ours / an origin that takes 100 ms, like S3',
    bound: 'at most',
    value: 1.15,
  },
  { name: 'memoryOursToBare', title: 'memory growth at 200 MB, ours / bare', bound: 'at most', value: 1.05 },
  { name: 'coldOursToPython', title: 'cold start, ours / naive in Python', bound: 'at most', value: 0.6 },
  { name: 'mapping100RoutesTo1', title: 'mapping a path, 100 routes / 1 route', bound: 'at most', value: 2 },
  { name: 'mappingsPerSecond', title: 'paths mapped per second, one core', bound: 'at least', value: 1_000_000 },
];

/** Undefined if the figure was not measured. */
export const isMet = ({ name, bound, value }: Target, ratios: Ratios): boolean | undefined => {
  const measured = ratios[name];
  if (measured === null) return undefined;
  return bound === 'at most' ? measured <= value : measured >= value;
};
