import { LATENCY_SIZES, SIZES } from '../bench/images.ts';
import type { Source } from '../bench/latency.ts';
import { type Results, required } from '../bench/results.ts';

/** How the function sends an image: chunk by chunk, or all at once. */
export type Mode = 'stream' | 'buffered';

/** The measured image sizes, from small to large. */
export const IMAGES: readonly { readonly name: string; readonly bytes: number }[] = LATENCY_SIZES.map((name) => ({
  name,
  bytes: SIZES[name],
}));

/** Measurements of this service on a local machine, not on Lambda. */
export interface Measured {
  /** Milliseconds of a cold start, until the function asks for its first event. */
  readonly coldMs: number;
  /** From small to large. */
  readonly work: readonly Work[];
}

/** Milliseconds that the service adds to a plain GET of the same bytes from the same origin. */
export interface Work {
  readonly bytes: number;
  readonly ms: number;
}

/** @throws ResultsError if a figure is missing. */
export const measuredFrom = (results: Partial<Results>): Readonly<Record<Mode, Measured>> => {
  const p50 = (source: Source, name: (typeof LATENCY_SIZES)[number]): number =>
    required(results.warm?.[source]?.[name]?.p50Ms, `warm > ${source} > ${name} > p50Ms`);
  const measure = (source: 'ours' | 'oursBuffered', sizes: readonly (typeof LATENCY_SIZES)[number][]): Measured => ({
    coldMs: required(results.cold?.[source]?.initMedianMs, `cold > ${source} > initMedianMs`),
    // Noise can make a small difference negative.
    work: sizes.map((name) => ({ bytes: SIZES[name], ms: Math.max(0, p50(source, name) - p50('origin', name)) })),
  });
  return {
    stream: measure('ours', LATENCY_SIZES),
    // A buffered response cannot hold the largest image.
    buffered: measure('oursBuffered', LATENCY_SIZES.slice(0, -1)),
  };
};
