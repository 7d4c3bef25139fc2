import fc from 'fast-check';
import { createPathMapping, type Mapping, type PathMapping } from '../../../src/domain/index.ts';
import { compareCodePoints } from '../../../src/domain/mapping/code-point-order.ts';
import { mappings, pathsMatching } from '../../../src/testing/index.ts';

/** A mapping, and the keys of a bucket for it. */
export interface MappedBucket {
  readonly name: string;
  readonly mapping: Mapping;
  /** In the order of their UTF-8 bytes. Some have no path. */
  readonly keys: readonly string[];
}

/** The mapping of the README and three generated ones, each with `count` keys. The same keys in every run. */
export const mappedBuckets = (count: number): readonly MappedBucket[] => [
  toBucket('the mapping of the README', README, readmeKeys, count),
  ...GENERATED.map((mapping, index) =>
    toBucket(`generated mapping ${index + 1}`, mapping, () => generatedKeys(createPathMapping(mapping)), count),
  ),
];

const README: Mapping = {
  prefix: 'images',
  routes: [
    { path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}', key: 'partners/{id}/original.{ext}' },
    { path: '{path+}.{ext:image}', key: '{path+}.{ext}' },
  ],
};

/** Two thirds of the keys belong to the first route, one in ten has no path. */
function* readmeKeys(): Generator<string> {
  for (let number = 0; ; number++) {
    const id = String((number * 7_919) % 100_000_000).padStart(8, '0');
    if (number % 10 === 9) yield number % 20 === 9 ? `images/notes/${id}.txt` : `other/${id}.jpeg`;
    else if (number % 3 === 0) yield `images/logos/${number % 40}/ü ${id}+.png`;
    else yield `images/partners/${id}/original.${number % 2 === 0 ? 'jpeg' : 'PNG'}`;
  }
}

/** Keys of random paths. One in ten has a suffix that no path leads to. */
function* generatedKeys(mapping: PathMapping): Generator<string> {
  const paths = pathsMatching(mapping);
  for (let seed = 1; ; seed++) {
    for (const [index, path] of fc.sample(paths, { seed, numRuns: 1_000 }).entries()) {
      const key = keyOf(mapping, path);
      if (key !== undefined) yield index % 10 === 9 ? `${key}.~` : key;
    }
  }
}

/** Undefined if another route of the mapping takes the path and refuses its key. */
const keyOf = (mapping: PathMapping, path: Parameters<PathMapping['keyOf']>[0]): string | undefined => {
  try {
    return mapping.keyOf(path).key;
  } catch {
    return undefined;
  }
};

const toBucket = (name: string, mapping: Mapping, keysOf: () => Iterable<string>, count: number): MappedBucket => {
  const keys = new Set<string>();
  const folders = new Set<string>();
  for (const key of keysOf()) {
    const parents = parentsOf(key);
    // A folder cannot have a file and a folder of the same name.
    if (folders.has(key) || parents.some((parent) => keys.has(parent))) continue;
    keys.add(key);
    for (const parent of parents) folders.add(parent);
    if (keys.size === count) break;
  }
  return { name, mapping, keys: [...keys].sort(compareCodePoints) };
};

const parentsOf = (key: string): readonly string[] => {
  const parts = key.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
};

/** Whether a mapping has paths for 25,000 different keys. Some have only routes without placeholders. */
const isLarge = ({ routes = [] }: Mapping): boolean => routes.filter(({ path }) => path.includes('+}')).length > 1;

const GENERATED: readonly Mapping[] = fc.sample(mappings(), { seed: 11, numRuns: 100 }).filter(isLarge).slice(0, 3);
