import { fillBlocks, type Table, toMarkdown } from './markdown.ts';
import type { Results } from './results.ts';
import { adversaryTable, TABLES } from './tables.ts';
import { isMet, TARGETS } from './targets.ts';

/** The measured figures next to their targets. Shown in the terminal, in the README and in RESULTS.md. */
export const targetTable = ({ ratios }: Results): Table => [
  ['figure', 'target', 'measured', ''],
  ...TARGETS.map((target) => {
    const measured = ratios[target.name];
    const met = isMet(target, ratios);
    return [
      target.title,
      `${target.bound} ${formatFigure(target.value)}`,
      measured === null ? 'not measured' : formatFigure(measured),
      met === undefined ? '' : met ? 'met' : 'missed',
    ];
  }),
];

/** Fills the tables of `bench/RESULTS.md`. */
export const fillReport = (page: string, results: Results): string => {
  const tables = Object.entries(TABLES).map(([section, table]) => [section, toMarkdown(table(results))] as const);
  return fillBlocks(page, 'bench', {
    machine: describeRun(results),
    targets: toMarkdown(targetTable(results)),
    ...Object.fromEntries(tables),
    adversaries: toMarkdown(adversaryTable(results)),
  });
};

const describeRun = ({ machine, quick, absent }: Results): string =>
  [
    `Measured on ${machine.date} with Node.js ${machine.node} on ${machine.cores} cores of ${machine.cpu}.`,
    ...(quick ? ['This was a quick run: it has fewer samples than the targets need.'] : []),
    ...absent.map((reason) => `Not measured: ${reason}.`),
  ].join('\n');

const formatFigure = (value: number): string =>
  value < 1000 ? value.toFixed(2) : Math.round(value).toLocaleString('en');
