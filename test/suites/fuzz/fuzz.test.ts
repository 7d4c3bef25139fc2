import fc from 'fast-check';
import { afterAll, describe, it } from 'vitest';
import { createFuzzers } from './fuzz.ts';
import { createTrap } from './symbolic-links.ts';

/** Far fewer than `npm run test:fuzz` tries. */
const RUNS = 1_000;

describe('hostile input', async () => {
  const trap = await createTrap();
  afterAll(() => trap[Symbol.asyncDispose]());
  it.each(createFuzzers(trap))(
    '$name',
    async ({ property }) => {
      await fc.assert(property, { numRuns: RUNS });
    },
    60_000,
  );
});
