/**
 * `npm run test:soak`: 20,000 requests of every kind by 200 clients at a time, and what stays behind of them. Another number
 * of requests may be given. V8's young generation is kept small, so that garbage is not counted as growth. Ends with 1 when something is not as it has to be.
 */
import { soak } from './soak.ts';

const requests = Number(process.argv[2] ?? 20_000);
if (!Number.isInteger(requests) || requests < 100) {
  process.stderr.write(`Give a number of requests, 100 or more, and not ${process.argv[2]}.\n`);
  process.exit(2);
}

const started = performance.now();
const print = (line: string) => process.stdout.write(`${line}\n`);
const { faults } = await soak({ requests, clients: 200, report: print });
print(`${requests} requests by 200 clients in ${((performance.now() - started) / 1000).toFixed(0)} s`);
for (const fault of faults) print(`- ${fault}`);
print(faults.length === 0 ? 'Nothing stays behind.' : `${faults.length} faults.`);
process.exitCode = faults.length === 0 ? 0 : 1;
