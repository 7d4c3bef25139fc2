/** `npm run bench`: measures the service next to other handlers, and writes the results. See HELP. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeScale } from '../cost-model/write.ts';
import { installRuntimeClient } from '../test/support/lambda-runtime/install.ts';
import { startChild } from './child.ts';
import { type EarlierCheckout, prepareContestants } from './contestants.ts';
import { replaceBetween, toMarkdown, toText } from './markdown.ts';
import { FULL, MEASURES, ORIGIN_DELAY_MS, type Plan, QUICK } from './plan.ts';
import { fillReport, targetTable } from './report.ts';
import { deriveRatios, type Measurements, type Results, readResults, type Section } from './results.ts';
import { TABLES } from './tables.ts';

const HELP = `npm run bench [-- options]

Measures the service next to other handlers and compares the figures with their targets. Writes
bench/results.json (with all samples) and the tables in bench/RESULTS.md and docs/scale.md. A run
without --quick also writes the table in README.md.

  --quick          takes fewer samples, in less than two minutes
  --report         writes the pages again from bench/results.json and measures nothing
  --only SECTIONS  measures some of ${Object.keys(TABLES).join(', ')};
                   prints their tables and writes nothing
  --before DIR     also measures the function of another checkout; run "npm run bundle" there first
  --before-node-options OPTIONS
                   the NODE_OPTIONS that the stack of that checkout sets
  --help           prints this text

The Python handler needs python3; without it, the other handlers are measured. The first run compiles
the AWS runtime client, which needs the packages that the README lists for "npm run test:lambda".
`;

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      report: { type: 'boolean' },
      only: { type: 'string' },
      before: { type: 'string' },
      'before-node-options': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return void process.stdout.write(HELP);
  if (values.report === true) return publish(readResults(RESULTS));
  const { before: checkout, 'before-node-options': nodeOptions } = values;
  const earlier = checkout === undefined ? undefined : { checkout, nodeOptions };
  const plan = values.quick ? QUICK : FULL;
  if (values.only === undefined) return publish(await measure(plan, SECTIONS, earlier));
  const sections = values.only.split(',') as Section[];
  const unknown = sections.filter((section) => !SECTIONS.includes(section));
  if (unknown.length > 0) {
    throw new Error(`--only: unknown section ${unknown.join(', ')}. The sections are ${SECTIONS.join(', ')}.`);
  }
  const measurements = await measure(plan, sections, earlier);
  for (const section of sections) process.stdout.write(`${section}\n${toText(TABLES[section](measurements))}\n`);
};

const SECTIONS = Object.keys(TABLES) as Section[];
const RESULTS = join(import.meta.dirname, 'results.json');

const publish = async (measurements: Measurements): Promise<void> => {
  const results = { ...measurements, ratios: deriveRatios(measurements) };
  await writeFile(RESULTS, formatJson(results));
  await rewrite('RESULTS.md', (page) => fillReport(page, results));
  // A quick run has too few samples for the figures of the README.
  if (!results.quick) await rewrite('../README.md', (page) => fillReadme(page, results));
  writeScale(results);
  process.stdout.write(
    `${toText(targetTable(results))}\nAll tables: bench/RESULTS.md. All samples: bench/results.json.\n`,
  );
};

const rewrite = async (page: string, fill: (text: string) => string): Promise<void> => {
  const path = join(import.meta.dirname, page);
  await writeFile(path, fill(await readFile(path, 'utf8')));
};

const fillReadme = (page: string, results: Results): string =>
  replaceBetween(
    page,
    '<!-- Written by npm run bench. -->',
    '<!-- End of what npm run bench writes. -->',
    toMarkdown(targetTable(results)),
  );

/** Measures the given sections. The other sections are missing from what it returns. */
const measure = async (
  plan: Plan,
  sections: readonly Section[],
  before: EarlierCheckout | undefined,
): Promise<Measurements> => {
  installRuntimeClient();
  const { contestants, absent } = await prepareContestants(before);
  const origin = await startChild('origin-process.ts');
  const delayedOrigin = await startChild('origin-process.ts', [String(ORIGIN_DELAY_MS)]).catch(
    async (error: unknown) => {
      await origin.stop();
      throw error;
    },
  );
  const started = performance.now();
  const progress = (done: string): void => {
    const seconds = Math.round((performance.now() - started) / 1000);
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${done === '' ? '' : `${seconds} s  ${done}`}`);
  };
  const bench = {
    plan,
    contestants,
    origin: origin.greeting,
    delayedOrigin: delayedOrigin.greeting,
    before: before?.checkout,
    progress,
  };
  const measured: Partial<Measurements> = {};
  try {
    for (const section of sections) {
      if (!process.stderr.isTTY) process.stderr.write(`${section} ...\n`);
      Object.assign(measured, await MEASURES[section](bench));
    }
    progress('');
  } finally {
    await Promise.all([origin.stop(), delayedOrigin.stop()]);
  }
  return { ...measured, machine: describeMachine(), quick: plan === QUICK, absent } as Measurements;
};

const describeMachine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
});

/** Formats JSON with each array of samples on one line. */
const formatJson = (results: Results): string =>
  `${JSON.stringify(results, null, 2).replace(/\[[\d\s.,-]+\]/g, (samples) => samples.replaceAll(/\s+/g, ' '))}\n`;

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
