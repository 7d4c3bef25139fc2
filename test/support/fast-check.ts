import fc from 'fast-check';

/** `FC_RUNS=10000 npm run unit` runs every property 10,000 times. A failure prints the seed to repeat it. */
fc.configureGlobal({ numRuns: Number(process.env['FC_RUNS'] ?? 200) });
