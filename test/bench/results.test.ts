import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readResults } from '../../bench/results.ts';

const write = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'images-api-results-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'results.json');
  writeFileSync(path, text);
  return path;
};

it('reads results that the benchmark wrote', () => {
  expect(readResults(write('{"quick": true}'))).toEqual({ quick: true });
});

it('names the command that writes the file if it does not exist', () => {
  expect(() => readResults('no/such/results.json')).toThrow(
    'no/such/results.json: the file does not exist. Write it with npm run bench.',
  );
});

it('names the file if it is not JSON', () => {
  const path = write('<html>');
  expect(() => readResults(path)).toThrow(`${path}: Unexpected token`);
});
