/**
 * `npm run docs:scale`: writes `docs/scale.md` and `docs/scale.svg`, what the service costs and how far it goes.
 * `node bench/cost-model.ts RESULTS FOLDER` takes the measurements from another file, and writes to another folder.
 */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { MEMORY_SIZE } from '../infra/image-function.ts';
import { ACCESS_LOG } from '../infra/images-api.ts';
import { SERVICE_DEFAULTS } from '../infra/service-settings.ts';
import { countLogBytes } from './scale/log-lines.ts';
import { renderPage } from './scale/page.ts';
import { renderPlot } from './scale/plot.ts';
import { ResultsError, readResults } from './scale/results.ts';
import { ASSUMED, type Scenario } from './scale/scenario.ts';

const ROOT = join(import.meta.dirname, '..');

const main = ([results = join(ROOT, 'bench/results.json'), folder = join(ROOT, 'docs')]: readonly string[]): void => {
  const scenario: Scenario = {
    results: readResults(results),
    terms: {
      firstByteMs: ASSUMED.firstByteMs,
      coldShare: ASSUMED.coldShare,
      memoryMb: MEMORY_SIZE,
      logBytes: countLogBytes(ACCESS_LOG, MEMORY_SIZE),
      caller: ASSUMED.caller,
    },
    allowance: { ...SERVICE_DEFAULTS, prefixes: ASSUMED.prefixes },
  };
  for (const [name, text] of [
    ['scale.md', renderPage(scenario)],
    ['scale.svg', renderPlot(scenario)],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(path, text);
    process.stdout.write(`Wrote ${relative(process.cwd(), path)}\n`);
  }
};

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ResultsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
