/**
 * `npm run test:fuzz`: tries 100,000 hostile events, 1,000,000 paths and 20,000 file keys. `SEED=… npm run test:fuzz`
 * repeats a run. If a property fails, the script prints the smallest counterexample and exits with 1.
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
print(process.exitCode === 1 ? `Failed. To repeat: SEED=${seed} npm run test:fuzz` : 'All properties hold.');
