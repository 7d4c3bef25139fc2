import fc from 'fast-check';
import { ImageError } from '../domain/errors.ts';
import { formatImagePath, type ImagePath, parseImagePath, pathFault } from '../domain/mapping/image-path.ts';
import { MAX_KEY_BYTES, type MappedKey, type PathMapping } from '../domain/mapping/path-mapping.ts';
import { Mismatch, parseTemplate, type Values } from '../domain/mapping/template.ts';
import { hostilePaths, imagePaths, pathsTakenBy, valuesOf } from './arbitraries.ts';

/** A claim that holds for every input, and the property that tries to refute it: give it to `fc.assert`. */
export interface Law {
  readonly name: string;
  readonly property: fc.IRawProperty<unknown>;
}

/** What holds for paths, whatever the mapping. */
export const pathLaws = (): readonly Law[] => [
  law('parsing undoes formatting', imagePaths(), (path) => parseImagePath(formatImagePath(path)) === path),
  law(
    'parsing answers an image path or throws invalid-path, for any text at all',
    hostilePaths(),
    (text) => outcomeOf(() => pathFault(parseImagePath(text)) === undefined, ['invalid-path']) !== false,
  ),
];

/** What holds for every mapping: for a lossy route, as far as it can. */
export const mappingLaws = (mapping: PathMapping): readonly Law[] => {
  const taken = pathsTakenBy(mapping);
  const asked = fc.oneof({ weight: 3, arbitrary: taken }, { weight: 1, arbitrary: imagePaths() });
  const keyOf = (path: ImagePath) => outcomeOf(() => mapping.keyOf(path), ['unknown-path', 'invalid-path']);
  const isLossy = ({ route }: MappedKey) => mapping.routes.some(({ path, lossy }) => path === route && lossy === true);
  const templates = mapping.routes
    .flatMap(({ path, key, lossy }) => (lossy === true ? [path] : [path, key]))
    .map((source) => parseTemplate(source));

  return [
    law(
      'matching undoes formatting',
      fc.oneof(...templates.map((template) => valuesOf(template).map((values) => ({ template, values })))),
      ({ template, values }) => isEqual(template.match(template.format(values) as string), values),
    ),
    law('formatting undoes matching', asked, (path) =>
      templates.every((template) => {
        const values = template.match(path);
        return values instanceof Mismatch || template.format(values) === path;
      }),
    ),
    law('two paths never get the same key from the same route', fc.tuple(taken, taken), ([one, other]) => {
      const [first, second] = [keyOf(one), keyOf(other)];
      if (first === undefined || second === undefined || first.route !== second.route || isLossy(first)) return true;
      return one === other || first.key !== second.key;
    }),
    law('a key leads back to the path that it came from', asked, (path) => {
      const mapped = keyOf(path);
      return mapped === undefined || isLossy(mapped) || mapping.pathsOf(mapped.key).includes(path);
    }),
    law('where a key has one path, it is the path that it came from', asked, (path) => {
      const mapped = keyOf(path);
      const back = mapped && mapping.pathOf(mapped.key);
      return back === undefined || back === path;
    }),
    law(
      'a path is never answered for a key that is not its own',
      fc.oneof(hostilePaths(), keysNear(mapping, taken)),
      (key) => mapping.pathsOf(key).every((path) => keyOf(path)?.key === key),
    ),
    law('every key is a safe one, below the prefix', asked, (path) => {
      const key = keyOf(path)?.key;
      return key === undefined || isSafe(key, mapping.prefix);
    }),
    // It tries the routes one after the other, so that no way to find one sooner may find another.
    law('explaining tells the key that is served, and its route', asked, (path) => {
      const explained = mapping.explain(path).filter(({ key }) => key !== undefined);
      const [{ key, route } = {}] = explained;
      const served = keyOf(path);
      return key === served?.key && route === served?.route && explained.length <= 1;
    }),
    law('doubling a path at most doubles the time', adversaries(mapping), (piece) => isLinear(mapping, piece)),
  ];
};

const law = <Input>(name: string, arbitrary: fc.Arbitrary<Input>, holds: (input: Input) => boolean): Law => ({
  name,
  property: fc.property(arbitrary, holds) as fc.IRawProperty<unknown>,
});

/** Undefined where it throws an ImageError with one of these codes; nothing else may be thrown. */
const outcomeOf = <Result>(attempt: () => Result, codes: readonly string[]): Result | undefined => {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof ImageError && codes.includes(error.code)) return undefined;
    throw error;
  }
};

const isEqual = (one: Values | Mismatch, other: Values): boolean =>
  !(one instanceof Mismatch) && one.length === other.length && other.every((value, index) => one[index] === value);

/** Says it in other words than the mapping does. */
const isSafe = (key: string, prefix: string): boolean =>
  key.startsWith(prefix) &&
  key.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..') &&
  [...key].every((character) => character >= ' ' && character !== '\u007f' && !/^[\ud800-\udfff]$/.test(character)) &&
  new TextEncoder().encode(key).length <= MAX_KEY_BYTES;

/** Keys of the mapping, whole and with something changed. */
const keysNear = (mapping: PathMapping, taken: fc.Arbitrary<ImagePath>): fc.Arbitrary<string> =>
  fc.tuple(taken, fc.constantFrom('', 'x', '/', '.', '-a', '/../x', '%2F')).map(([path, change]) => {
    const key = mapping.explain(path).find((explanation) => explanation.key !== undefined)?.key ?? path;
    const middle = Math.floor(key.length / 2);
    return key.slice(0, middle) + change + key.slice(middle);
  });

/** Short texts that, repeated, look like the templates almost everywhere. */
const adversaries = (mapping: PathMapping): fc.Arbitrary<string> => {
  const literals = mapping.routes
    .flatMap(({ path }) => path.split(/\{[^}]*\}/))
    .filter((literal) => literal.length > 0);
  return fc
    .array(
      fc.constantFrom('a', '.', '-', '/a', '0', '.jpg', ...literals.map((literal) => literal.replace(/^\//, 'a/'))),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((pieces) => pieces.join(''));
};

/**
 * Compares a path with one 16 times as long. A clock is no exact witness: cost that grows with the square would be 256
 * times as high, so that 4 times what is linear is neither noise nor a square; and the best of several tries counts.
 */
const isLinear = (mapping: PathMapping, piece: string): boolean => {
  const path = (length: number) => `x/${piece.repeat(Math.ceil(length / piece.length))}` as ImagePath;
  const [short, long] = [path(2_000), path(32_000)];
  for (let attempt = 0; attempt < 5; attempt++) {
    if (
      timeOf(() => mapping.explain(long), 1) <=
      4 *
        Math.max(
          timeOf(() => mapping.explain(short), 16),
          0.05,
        )
    )
      return true;
  }
  return false;
};

const timeOf = (work: () => void, times: number): number => {
  const started = performance.now();
  for (let time = 0; time < times; time++) work();
  return performance.now() - started;
};
