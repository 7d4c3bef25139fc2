/**
 * `npm run test:soak [requests]`: 200 concurrent clients send 20,000 requests of every kind; then leaks are counted. The npm
 * script keeps V8's young generation small, so that garbage does not count as growth. The exit code is 1 if a check fails.
 */
import { soak } from './soak.ts';

const requests = Number(process.argv[2] ?? 20_000);
if (!Number.isInteger(requests) || requests < 100) {
  process.stderr.write(`The number of requests must be 100 or more, but is ${process.argv[2]}.\n`);
  process.exit(2);
}

const started = performance.now();
const print = (line: string) => process.stdout.write(`${line}\n`);
const { failures } = await soak({ requests, clients: 200, report: print });
print(`${requests} requests by 200 clients in ${((performance.now() - started) / 1000).toFixed(0)} s`);
for (const failure of failures) print(`- ${failure}`);
print(failures.length === 0 ? 'No leaks and no wrong responses.' : `${failures.length} checks failed.`);
process.exitCode = failures.length === 0 ? 0 : 1;
