import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readResults } from '../../cost-model/results.ts';
import { SAMPLE_RESULTS } from '../cost-model/sample-results.ts';

const write = (results: unknown): string => {
  const folder = mkdtempSync(join(tmpdir(), 'images-api-results-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'results.json');
  writeFileSync(path, JSON.stringify(results));
  return path;
};

describe('the results of the benchmark', () => {
  it('tell what the service adds to a plain GET of the same size', () => {
    const { modes } = readResults(write(SAMPLE_RESULTS));
    expect(modes.stream.work.at(2)).toEqual({ bytes: 1_000_000, ms: 6 - 2 });
    expect(modes.buffered.work.at(2)).toEqual({ bytes: 1_000_000, ms: 14 - 2 });
  });

  it('have no buffered figure of what a buffered answer cannot hold', () => {
    const { modes } = readResults(write(SAMPLE_RESULTS));
    expect(modes.stream.work).toHaveLength(5);
    expect(modes.buffered.work).toHaveLength(4);
  });

  it('never say that the service takes less than no time', () => {
    const origin = { ...SAMPLE_RESULTS.warm.origin, '10 KB': { p50Ms: 1000 } };
    const { modes } = readResults(write({ ...SAMPLE_RESULTS, warm: { ...SAMPLE_RESULTS.warm, origin } }));
    expect(modes.stream.work.at(0)?.ms).toBe(0);
  });

  it.each([
    ['warm', 'warm > ours > 10 KB > p50Ms is no number; npm run bench measures it.'],
    ['cold', 'cold > ours > initMedianMs is no number; npm run bench measures it.'],
    ['machine', 'machine > cpu is no string; npm run bench measures it.'],
    ['memory', 'memory > ours > 200 MB > growthMb is no number; npm run bench measures it.'],
  ])('say which figure is missing without %s, and how to get it', (part, message) => {
    const path = write({ ...SAMPLE_RESULTS, [part]: undefined });
    expect(() => readResults(path)).toThrow(`${path}: ${message}`);
  });

  it('say how to get them when there is no file', () => {
    expect(() => readResults('no/such/results.json')).toThrow(
      'no/such/results.json: there is no such file; npm run bench writes it.',
    );
  });
});
