import { describe, expect, it } from 'vitest';
import { measuredFrom } from '../../cost-model/measured.ts';
import { SAMPLE_RESULTS } from './sample-results.ts';

describe('measuredFrom', () => {
  it('subtracts the latency of a plain GET of the same size', () => {
    const { stream, buffered } = measuredFrom(SAMPLE_RESULTS);
    expect(stream.work.at(2)).toEqual({ bytes: 1_000_000, ms: 6 - 2 });
    expect(buffered.work.at(2)).toEqual({ bytes: 1_000_000, ms: 14 - 2 });
  });

  it('has no buffered figure for an image that a buffered response cannot hold', () => {
    const { stream, buffered } = measuredFrom(SAMPLE_RESULTS);
    expect(stream.work).toHaveLength(5);
    expect(buffered.work).toHaveLength(4);
  });

  it('replaces a negative difference by zero', () => {
    const warm = { ...SAMPLE_RESULTS.warm, ours: { ...SAMPLE_RESULTS.warm.ours, '10 KB': { p50Ms: 0.5 } } };
    expect(measuredFrom({ ...SAMPLE_RESULTS, warm } as never).stream.work.at(0)?.ms).toBe(0);
  });

  it.each([
    ['warm', 'The results lack warm > ours > 10 KB > p50Ms. Measure it with npm run bench.'],
    ['cold', 'The results lack cold > ours > initMedianMs. Measure it with npm run bench.'],
  ])('names the missing figure without %s', (part, message) => {
    expect(() => measuredFrom({ ...SAMPLE_RESULTS, [part]: undefined })).toThrow(message);
  });
});
