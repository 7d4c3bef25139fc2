/** Milliseconds, unless the name says otherwise. */
export type Samples = readonly number[];

/** Nearest-rank percentile: always one of the samples. Throws RangeError if there are none. */
export const percentile = (samples: Samples, percent: number): number => {
  if (samples.length === 0) throw new RangeError('cannot compute a percentile of zero samples');
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.max(Math.ceil((percent / 100) * sorted.length), 1) - 1] as number;
};

export const median = (samples: Samples): number => percentile(samples, 50);

export interface Summary {
  readonly medianMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly samplesMs: Samples;
}

export const summarise = (samples: Samples): Summary => ({
  medianMs: round(median(samples)),
  minMs: round(Math.min(...samples)),
  maxMs: round(Math.max(...samples)),
  samplesMs: samples.map(round),
});

export interface Percentiles {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export const percentiles = (samples: Samples): Percentiles => ({
  p50Ms: round(percentile(samples, 50)),
  p95Ms: round(percentile(samples, 95)),
  p99Ms: round(percentile(samples, 99)),
});

/** Rounds to three decimals, so milliseconds to whole microseconds. */
export const round = (value: number): number => Math.round(value * 1000) / 1000;
