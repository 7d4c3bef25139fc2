import { runChild } from './child.ts';

/**
 * Nanoseconds to decode and map one path, per sample. A sample makes many passes over many paths. The fastest pass shows
 * what the core can do; the median pass includes the noise of the machine.
 */
export interface MappingTime {
  readonly fastestNs: readonly number[];
  readonly typicalNs: readonly number[];
}

export interface Mappings {
  /** The mapping of the README. */
  readonly readme: MappingTime;
  /** No mapping: the key is the path. */
  readonly identity: MappingTime;
  /** Keyed by the number of routes. */
  readonly routes: Readonly<Record<string, MappingTime>>;
  /** Keyed by kind of path and by its length in characters. */
  readonly adversaries: Readonly<Record<string, Readonly<Record<string, MappingTime>>>>;
  /** The same figures for another checkout. */
  readonly before?: Mappings;
}

/** Measures the domain in a separate process. */
export const measureMappings = (milliseconds: number, checkout?: string): Promise<Mappings> =>
  runChild('mapping-process.ts', [
    String(milliseconds),
    ...(checkout === undefined ? [] : [checkout]),
  ]) as Promise<Mappings>;
