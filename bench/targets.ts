import type { Ratios } from './results.ts';

export interface Target {
  readonly name: keyof Ratios;
  readonly what: string;
  readonly bound: 'at most' | 'at least';
  readonly value: number;
  readonly unit: '' | 'a second';
}

export const TARGETS: readonly Target[] = [
  { name: 'coldOursToBare', what: 'cold start of ours / bare', bound: 'at most', value: 1.15, unit: '' },
  { name: 'bundleOursToBare', what: 'bundle of ours / bare', bound: 'at most', value: 1.45, unit: '' },
  {
    name: 'warm100kOursToBare',
    what: 'warm p50 of ours / bare, the worst of 100 KB, 1 MB, 4 MB and 25 MB',
    bound: 'at most',
    value: 1.05,
    unit: '',
  },
  { name: 'warm4mOursToNaive', what: 'warm p50 of ours / naive at 4 MB', bound: 'at most', value: 0.5, unit: '' },
  {
    name: 'ttfb25mOursToOrigin',
    what: 'time to first byte at 25 MB of ours / the origin, which thinks 100 ms as S3 does',
    bound: 'at most',
    value: 1.15,
    unit: '',
  },
  {
    name: 'memoryOursToBare',
    what: 'growth of memory at 200 MB of ours / bare',
    bound: 'at most',
    value: 1.05,
    unit: '',
  },
  { name: 'coldOursToPython', what: 'cold start of ours / naive in Python', bound: 'at most', value: 0.6, unit: '' },
  {
    name: 'mapping100RoutesTo1',
    what: 'mapping with 100 routes / 1 route, fastest passes',
    bound: 'at most',
    value: 2,
    unit: '',
  },
  {
    name: 'mappingsPerSecond',
    what: 'paths mapped on one core, fastest passes',
    bound: 'at least',
    value: 1_000_000,
    unit: 'a second',
  },
];

/** Undefined where it was not measured. */
export const isMet = ({ name, bound, value }: Target, ratios: Ratios): boolean | undefined => {
  const measured = ratios[name];
  if (measured === null) return undefined;
  return bound === 'at most' ? measured <= value : measured >= value;
};
