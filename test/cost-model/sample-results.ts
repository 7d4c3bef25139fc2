import type { Results } from '../../bench/results.ts';

const FIGURES = {
  machine: { cpu: 'A processor', cores: 2, node: 'v24.0.0', date: '2026-01-31' },
  cold: { ours: { initMedianMs: 400 }, oursBuffered: { initMedianMs: 300 } },
  warm: {
    ours: {
      '10 KB': { p50Ms: 2 },
      '100 KB': { p50Ms: 3 },
      '1 MB': { p50Ms: 6 },
      '4 MB': { p50Ms: 18 },
      '25 MB': { p50Ms: 106 },
    },
    oursBuffered: { '10 KB': { p50Ms: 2 }, '100 KB': { p50Ms: 4 }, '1 MB': { p50Ms: 14 }, '4 MB': { p50Ms: 52 } },
    origin: {
      '10 KB': { p50Ms: 1 },
      '100 KB': { p50Ms: 1 },
      '1 MB': { p50Ms: 2 },
      '4 MB': { p50Ms: 6 },
      '25 MB': { p50Ms: 34 },
    },
  },
};

/** Invented results with simple figures. They have only the fields that the cost model reads. */
export const SAMPLE_RESULTS: Results = FIGURES as unknown as Results;
