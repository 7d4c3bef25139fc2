import fc from 'fast-check';

/** `FC_RUNS=10000 npm run unit` tries every property that often; a failure prints the seed that repeats it. */
fc.configureGlobal({ numRuns: Number(process.env['FC_RUNS'] ?? 200) });
