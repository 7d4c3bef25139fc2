/**
 * `npm run docs:scale`: fills the tables of docs/scale.md and draws docs/scale.svg.
 * `node cost-model/write.ts RESULTS` reads the measurements from another file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillBlocks } from '../bench/markdown.ts';
import { type Results, ResultsError, readResults } from '../bench/results.ts';
import { renderPlot } from './plot.ts';
import { createScenario } from './scenario.ts';
import { renderBlocks } from './tables.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGE = join(ROOT, 'docs/scale.md');
const PLOT = join(ROOT, 'docs/scale.svg');

/** @throws ResultsError if a measurement is missing. */
export const renderScale = (page: string, results: Results): { readonly page: string; readonly plot: string } => {
  const scenario = createScenario(results);
  return { page: fillBlocks(page, 'docs:scale', renderBlocks(scenario, results)), plot: renderPlot(scenario) };
};

/** @throws ResultsError if a measurement is missing. */
export const writeScale = (results: Results): void => {
  const { page, plot } = renderScale(readFileSync(PAGE, 'utf8'), results);
  writeFileSync(PAGE, page);
  writeFileSync(PLOT, plot);
};

if (import.meta.main) {
  try {
    writeScale(readResults(process.argv[2] ?? join(ROOT, 'bench/results.json')));
    process.stdout.write('Wrote docs/scale.md and docs/scale.svg\n');
  } catch (error) {
    if (!(error instanceof ResultsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
