import { runChild } from './child.ts';

/**
 * For a path, decoded and mapped. A sample has many passes over many paths: the fastest is what the core can do, and the
 * typical one what it did beside all else that the machine had to do.
 */
export interface MappingTime {
  readonly fastestNs: readonly number[];
  readonly typicalNs: readonly number[];
}

export interface Mappings {
  /** The mapping of the README, and the one of a service that has none. */
  readonly readme: MappingTime;
  readonly identity: MappingTime;
  /** By their number. */
  readonly routes: Readonly<Record<string, MappingTime>>;
  /** By family and length of the path, in characters. */
  readonly adversaries: Readonly<Record<string, Readonly<Record<string, MappingTime>>>>;
  /** Of another checkout. */
  readonly before?: Mappings;
}

/** The domain alone, in a process of its own. */
export const measureMappings = (milliseconds: number, checkout?: string): Promise<Mappings> =>
  runChild('mapping-process.ts', [
    String(milliseconds),
    ...(checkout === undefined ? [] : [checkout]),
  ]) as Promise<Mappings>;
