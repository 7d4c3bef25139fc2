import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatReport, targetTable } from '../../bench/report.ts';
import { toMarkdown } from '../../bench/table.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const results = JSON.parse(read('bench/results.json'));

// `npm run bench -- --report` writes them.
it('writes the page that stands beside the results', () => {
  expect(read('bench/RESULTS.md')).toBe(formatReport(results));
});

it('puts the figures of a full run into the README', () => {
  // A quick one leaves them as they are.
  expect(results.quick || read('README.md').includes(toMarkdown(targetTable(results)))).toBe(true);
});
