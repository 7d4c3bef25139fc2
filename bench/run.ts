/** `npm run bench`: measures the service beside its rivals, prints how it compares, and writes what was measured. */
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installRuntimeClient } from '../test/support/lambda-runtime/install.ts';
import { startChild } from './child.ts';
import { FULL, MEASURES, type Plan, QUICK, THINK } from './plan.ts';
import { formatReport, targetTable } from './report.ts';
import { deriveRatios, type Measurements, type Results, type Section } from './results.ts';
import { type Earlier, prepareRivals } from './rivals.ts';
import { toMarkdown, toText } from './table.ts';
import { TABLES } from './tables.ts';

const HELP = `npm run bench [-- options]

Measures the service beside its rivals, prints how it compares with its targets, and writes
bench/results.json (with the raw samples), bench/RESULTS.md, docs/scale.md and, unless it is quick, the
table in README.md.

  --quick          fewer samples, in less than two minutes
  --report         writes them anew from bench/results.json, and measures nothing
  --only SECTIONS  measures some of ${Object.keys(TABLES).join(', ')};
                   prints their tables, and writes nothing
  --before DIR     also measures the function of another checkout, in which "npm run bundle" was run
  --before-node-options OPTIONS
                   what its stack tells Node.js
  --help           this text

What only some machines have is measured where it is there: python3 (for the handler in Python), nginx.
Beforehand and once, AWS's runtime client is built, for which "npm run test:lambda" says what it needs.
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
  if (values.report === true) return publish(JSON.parse(await readFile(RESULTS, 'utf8')));
  const { before: checkout, 'before-node-options': nodeOptions } = values;
  const earlier = checkout === undefined ? undefined : { checkout, nodeOptions };
  const plan = values.quick ? QUICK : FULL;
  if (values.only === undefined) return publish(await measure(plan, Object.keys(TABLES) as Section[], earlier));
  const sections = values.only.split(',') as Section[];
  const unknown = sections.filter((section) => !Object.hasOwn(TABLES, section));
  if (unknown.length > 0) throw new Error(`There is no section ${unknown.join(', ')}: see npm run bench -- --help`);
  const measurements = await measure(plan, sections, earlier);
  for (const section of sections) process.stdout.write(`${section}\n${toText(TABLES[section](measurements))}\n`);
};

const RESULTS = join(import.meta.dirname, 'results.json');

const publish = async (measurements: Measurements): Promise<void> => {
  const results = { ...measurements, ratios: deriveRatios(measurements) };
  await writeFile(RESULTS, formatJson(results));
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), formatReport(results));
  // A quick run has fewer samples than the targets ask for.
  if (!results.quick) await updateReadme(results);
  computeScale();
  process.stdout.write(
    `${toText(targetTable(results))}\nThe rest is in bench/RESULTS.md, the samples in bench/results.json.\n`,
  );
};

/** Its table, between two comments, so that no figure in it is older than the others. */
const updateReadme = async (results: Results): Promise<void> => {
  const path = join(import.meta.dirname, '../README.md');
  const text = await readFile(path, 'utf8');
  const table = toMarkdown(targetTable(results));
  await writeFile(
    path,
    text.replace(README_TABLE, (_, begin, end) => `${begin}\n\n${table}\n${end}`),
  );
};

const README_TABLE = /(<!-- Written by npm run bench. -->).*(<!-- End of what npm run bench writes. -->)/s;

/** What of the sections was asked for; of the others nothing is there. */
const measure = async (
  plan: Plan,
  sections: readonly Section[],
  before: Earlier | undefined,
): Promise<Measurements> => {
  installRuntimeClient();
  const { rivals, absent } = await prepareRivals(before);
  const origin = await startChild('origin-process.ts');
  const distant = await startChild('origin-process.ts', [String(THINK)]).catch(async (error: unknown) => {
    await origin.stop();
    throw error;
  });
  const started = performance.now();
  const progress = (done: string): void => {
    const seconds = Math.round((performance.now() - started) / 1000);
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${done === '' ? '' : `${seconds} s  ${done}`}`);
  };
  const bench = {
    plan,
    rivals,
    origin: origin.greeting,
    distant: distant.greeting,
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
    await Promise.all([origin.stop(), distant.stop()]);
  }
  return {
    ...measured,
    machine: describeMachine(),
    quick: plan === QUICK,
    absent: [...absent, ...(measured.absent ?? [])],
  } as Measurements;
};

/** The page that is computed from the measurements. */
const computeScale = (): void => {
  const script = join(import.meta.dirname, '../cost-model/write.ts');
  const { status } = spawnSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('docs/scale.md could not be written.');
};

const describeMachine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.version,
  date: new Date().toISOString().slice(0, 10),
});

/** The samples of a figure stand on one line. */
const formatJson = (results: Results): string =>
  `${JSON.stringify(results, null, 2).replace(/\[[\d\s.,-]+\]/g, (samples) => samples.replaceAll(/\s+/g, ' '))}\n`;

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
