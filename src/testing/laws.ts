import fc from 'fast-check';
import { ImageError } from '../domain/errors.ts';
import { formatImagePath, type ImagePath, parseImagePath, pathFault } from '../domain/mapping/image-path.ts';
import { MAX_KEY_BYTES } from '../domain/mapping/mapping.ts';
import type { MappedKey, PathMapping } from '../domain/mapping/path-mapping.ts';
import { compileTemplate, formatTemplate, Mismatch, matchTemplate, type Values } from '../domain/mapping/template.ts';
import { hostilePaths, imagePaths, pathsMatching, valuesOf } from './arbitraries.ts';

/** A claim about every input, and the property that tests it. Pass the property to `fc.assert`. */
export interface Law {
  readonly name: string;
  readonly property: fc.IRawProperty<unknown>;
}

/** Laws of paths. They need no mapping. */
export const pathLaws = (): readonly Law[] => [
  law('parsing undoes formatting', imagePaths(), (path) => parseImagePath(formatImagePath(path)) === path),
  law(
    'parsing any text returns an image path or throws invalid-path',
    hostilePaths(),
    (text) => resultOf(() => pathFault(parseImagePath(text)) === undefined, ['invalid-path']) !== false,
  ),
];

/** Laws of every mapping. Lossy routes are exempt from the laws that need a unique key. */
export const mappingLaws = (mapping: PathMapping): readonly Law[] => {
  const matchingPaths = pathsMatching(mapping);
  const paths = fc.oneof({ weight: 3, arbitrary: matchingPaths }, { weight: 1, arbitrary: imagePaths() });
  const keyOf = (path: ImagePath) => resultOf(() => mapping.keyOf(path), ['unknown-path', 'invalid-path']);
  const isLossy = ({ route }: MappedKey) => mapping.routes.some(({ path, lossy }) => path === route && lossy === true);
  const templates = mapping.routes
    .flatMap(({ path, key, lossy }) => (lossy === true ? [path] : [path, key]))
    .map((source) => compileTemplate(source));

  return [
    law(
      'matching undoes formatting',
      fc.oneof(...templates.map((template) => valuesOf(template).map((values) => ({ template, values })))),
      ({ template, values }) => isEqual(matchTemplate(template, formatTemplate(template, values) as string), values),
    ),
    law('formatting undoes matching', paths, (path) =>
      templates.every((template) => {
        const values = matchTemplate(template, path);
        return values instanceof Mismatch || formatTemplate(template, values) === path;
      }),
    ),
    law('two paths never get the same key from the same route', fc.tuple(matchingPaths, matchingPaths), (pair) => {
      const [one, other] = pair;
      const [first, second] = [keyOf(one), keyOf(other)];
      if (first === undefined || second === undefined || first.route !== second.route || isLossy(first)) return true;
      return one === other || first.key !== second.key;
    }),
    law('pathsOf returns the path of a key', paths, (path) => {
      const mapped = keyOf(path);
      return mapped === undefined || isLossy(mapped) || mapping.pathsOf(mapped.key).includes(path);
    }),
    law('pathOf returns the path of a key or undefined', paths, (path) => {
      const mapped = keyOf(path);
      const back = mapped && mapping.pathOf(mapped.key);
      return back === undefined || back === path;
    }),
    law(
      'every path that pathsOf returns has the given key',
      fc.oneof(hostilePaths(), keysNear(mapping, matchingPaths)),
      (key) => mapping.pathsOf(key).every((path) => keyOf(path)?.key === key),
    ),
    law('every key starts with the prefix, is short enough and has no dot segment', paths, (path) => {
      const key = keyOf(path)?.key;
      return key === undefined || isSafe(key, mapping.prefix);
    }),
    // `explain` tries the routes one by one, so this law also checks the index that `keyOf` uses.
    law('explain reports the key and the route of keyOf', paths, (path) => {
      const explained = mapping.explain(path).filter(({ key }) => key !== undefined);
      const [{ key, route } = {}] = explained;
      const mapped = keyOf(path);
      return key === mapped?.key && route === mapped?.route && explained.length <= 1;
    }),
  ];
};

export const law = <Input>(name: string, arbitrary: fc.Arbitrary<Input>, holds: (input: Input) => boolean): Law => ({
  name,
  property: fc.property(arbitrary, holds) as fc.IRawProperty<unknown>,
});

/** Returns the result of `attempt`, or undefined for an ImageError with one of the codes. Rethrows other errors. */
export const resultOf = <Result>(attempt: () => Result, codes: readonly string[]): Result | undefined => {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof ImageError && codes.includes(error.code)) return undefined;
    throw error;
  }
};

const isEqual = (one: Values | Mismatch, other: Values): boolean =>
  !(one instanceof Mismatch) && one.length === other.length && other.every((value, index) => one[index] === value);

/** Checks a key without the code of the domain, so that it cannot share a bug with it. */
const isSafe = (key: string, prefix: string): boolean =>
  key.startsWith(prefix) &&
  key.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..') &&
  [...key].every((character) => character >= ' ' && character !== '\u007f' && !/^[\ud800-\udfff]$/.test(character)) &&
  new TextEncoder().encode(key).length <= MAX_KEY_BYTES;

/** Keys of the mapping, some of which are changed in the middle. */
export const keysNear = (mapping: PathMapping, paths: fc.Arbitrary<ImagePath>): fc.Arbitrary<string> =>
  fc.tuple(paths, fc.constantFrom('', 'x', '/', '.', '-a', '/../x', '%2F')).map(([path, change]) => {
    const key = mapping.explain(path).find((explanation) => explanation.key !== undefined)?.key ?? path;
    const middle = Math.floor(key.length / 2);
    return key.slice(0, middle) + change + key.slice(middle);
  });
