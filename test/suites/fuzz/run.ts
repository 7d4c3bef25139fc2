/**
 * `npm run test:fuzz`: 100,000 hostile events, 1,000,000 paths and 20,000 keys of files. `SEED=…` repeats a run. Ends with 1
 * at the first that does harm, which is printed, as small as it could be made.
 */
import fc from 'fast-check';
import { createFuzzers } from './fuzz.ts';
import { createTrap } from './symbolic-links.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000);
const print = (line: string) => process.stdout.write(`${line}\n`);
print(`SEED=${seed}`);

await using trap = await createTrap();
for (const { name, runs, property } of createFuzzers(trap)) {
  const started = performance.now();
  print(name);
  for (let tried = 0; tried < runs; ) {
    const numRuns = Math.min(runs - tried, 50_000);
    const details = await fc.check(property, { seed: seed + tried, numRuns });
    if (details.failed) {
      print(`  ${fc.defaultReportMessage(details)}`);
      process.exitCode = 1;
      break;
    }
    tried += numRuns;
    print(`  ${tried} of ${runs}, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
}
print(process.exitCode === 1 ? `Harm was done. SEED=${seed} repeats it.` : 'No harm was done.');
