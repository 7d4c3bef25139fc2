import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toMarkdown } from '../../bench/markdown.ts';
import { fillReport, targetTable } from '../../bench/report.ts';
import { readResults } from '../../bench/results.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const results = readResults(join(ROOT, 'bench/results.json'));

// After a change, run `npm run bench -- --report`.
it('bench/RESULTS.md has the tables of bench/results.json', () => {
  expect(read('bench/RESULTS.md')).toBe(fillReport(read('bench/RESULTS.md'), results));
});

it('README.md has the targets and figures of the last full run', () => {
  // A quick run leaves the README unchanged.
  expect(results.quick || read('README.md').includes(toMarkdown(targetTable(results)))).toBe(true);
});
