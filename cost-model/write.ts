/**
 * `npm run docs:scale`: writes `docs/scale.md` and `docs/scale.svg`, what the service costs and how far it goes.
 * `node cost-model/write.ts RESULTS FOLDER` takes the measurements from another file, and writes to another folder.
 */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ACCESS_LOG } from '../infra/construct/images-api.ts';
import { SERVICE_DEFAULTS } from '../infra/construct/service-settings.ts';
import { countLogBytes } from './log-lines.ts';
import { renderPage } from './page.ts';
import { renderPlot } from './plot.ts';
import { ResultsError, readResults } from './results.ts';
import { ASSUMED, type Scenario } from './scenario.ts';

const ROOT = join(import.meta.dirname, '..');

const main = ([results = join(ROOT, 'bench/results.json'), folder = join(ROOT, 'docs')]: readonly string[]): void => {
  const scenario: Scenario = {
    results: readResults(results),
    terms: {
      firstByteMs: ASSUMED.firstByteMs,
      coldShare: ASSUMED.coldShare,
      memoryMb: SERVICE_DEFAULTS.memory,
      logBytes: countLogBytes(ACCESS_LOG, SERVICE_DEFAULTS.memory),
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
