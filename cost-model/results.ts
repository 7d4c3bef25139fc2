import { readFileSync } from 'node:fs';
import { SIZES as IMAGES } from '../bench/images.ts';

/** How the bytes of an image get from the function to the caller: as they arrive, or all at once. */
export type Mode = 'stream' | 'buffered';

/** The sizes that are measured, under the names that the results have for them. */
export const SIZES: readonly [Size, Size, Size, Size, Size] = [
  { name: '10 KB', bytes: IMAGES['10 KB'] },
  { name: '100 KB', bytes: IMAGES['100 KB'] },
  { name: '1 MB', bytes: IMAGES['1 MB'] },
  { name: '4 MB', bytes: IMAGES['4 MB'] },
  { name: '25 MB', bytes: IMAGES['25 MB'] },
];

export const LARGEST: Size = SIZES[4];

export interface Size {
  readonly name: string;
  readonly bytes: number;
}

/** What was measured of this service, on a machine and not on Lambda. */
export interface Results {
  readonly machine: { readonly cpu: string; readonly node: string; readonly date: string };
  readonly modes: Readonly<Record<Mode, Measured>>;
  /** By how much the process grows while it streams an image of this size. */
  readonly growth: { readonly image: string; readonly megabytes: number };
}

export interface Measured {
  /** Milliseconds of a cold start, until the function asks for its first event. */
  readonly coldMs: number;
  /** In the order of their size. */
  readonly work: readonly Work[];
}

/** Milliseconds that the service adds to a plain GET of the same bytes from the same origin. */
export interface Work {
  readonly bytes: number;
  readonly ms: number;
}

/** Says what is missing or wrong, and what measures it. */
export class ResultsError extends Error {
  override readonly name = 'ResultsError';
}

/** @throws ResultsError */
export const readResults = (path: string): Results => {
  const results = parse(path);
  const find = <Type extends 'number' | 'string'>(type: Type, ...keys: readonly string[]) => {
    const value = keys.reduce<unknown>(
      (parent, key) => (parent as Record<string, unknown> | undefined)?.[key],
      results,
    );
    if (typeof value === type) return value as Type extends 'number' ? number : string;
    throw new ResultsError(`${path}: ${keys.join(' > ')} is no ${type}; npm run bench measures it.`);
  };
  const measured = (name: string, sizes: readonly Size[]): Measured => ({
    coldMs: find('number', 'cold', name, 'initMedianMs'),
    work: sizes.map((size) => {
      const ms =
        find('number', 'warm', name, size.name, 'p50Ms') - find('number', 'warm', 'origin', size.name, 'p50Ms');
      // Of what is very little, the noise may be more.
      return { bytes: size.bytes, ms: Math.max(0, ms) };
    }),
  });
  return {
    machine: {
      cpu: find('string', 'machine', 'cpu'),
      node: find('string', 'machine', 'node'),
      date: find('string', 'machine', 'date'),
    },
    modes: {
      stream: measured('ours', SIZES),
      // The largest is more than a buffered answer holds.
      buffered: measured('oursBuffered', SIZES.slice(0, -1)),
    },
    growth: { image: STREAMED, megabytes: find('number', 'memory', 'ours', STREAMED, 'growthMb') },
  };
};

const STREAMED = '200 MB';

const parse = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const fault = missing ? 'there is no such file' : (error as Error).message;
    throw new ResultsError(`${path}: ${fault}; npm run bench writes it.`, { cause: error });
  }
};
