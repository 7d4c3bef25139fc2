import { ImageError, quote } from '../errors.ts';
import { compareCodePoints } from './code-point-order.ts';
import { type ImagePath, pathFault } from './image-path.ts';
import { keyPrefixOf } from './key-prefix.ts';
import { isLongerThan, MAX_KEY_BYTES, type Mapping, type Route } from './mapping.ts';
import { type CompiledRoute, compileMapping } from './mapping-checks.ts';
import { createRouteIndex } from './route-index.ts';
import { formatTemplate, Mismatch, matchTemplate, type Values } from './template.ts';

export { IDENTITY_ROUTE, type Mapping, type Route } from './mapping.ts';

export interface MappedKey {
  readonly key: string;
  /** The path template of the route that matched the path. */
  readonly route: string;
}

/** The result of one route for a path. */
export interface Explanation {
  readonly route: string;
  /** Present if this route gives the path its key. */
  readonly key?: string;
  readonly reason: string;
}

/** The two-way map between the paths of the service and the keys of the bucket. */
export interface PathMapping {
  /** Empty, or a folder with its trailing slash. */
  readonly prefix: string;
  readonly routes: readonly Route[];
  /**
   * @throws ImageError `unknown-path` if no route matches, or if the key of the first matching route would not map back
   * to this path; `invalid-path` if the key would be longer than S3 allows.
   */
  keyOf(path: ImagePath): MappedKey;
  /** The only path with this key; undefined if there is none or more than one (see `pathsOf`). */
  pathOf(key: string): ImagePath | undefined;
  /**
   * Every path with this key, in the order of their routes. Excludes routes that drop names, because they give one key
   * to more paths than can be listed.
   */
  pathsOf(key: string): readonly ImagePath[];
  /**
   * Prefixes of keys, sorted by their UTF-8 bytes. The key of every path that starts with `pathPrefix` (decoded, may be
   * empty) starts with one of them, and none starts with another. Excludes routes that drop names, as `pathsOf` does.
   * Keys with these prefixes may have other paths, or none.
   */
  keyPrefixesOf(pathPrefix: string): readonly string[];
  /** The result of each route, in their order, for people to read. Never throws. */
  explain(path: ImagePath): readonly Explanation[];
}

/** @throws ImageError `invalid-mapping`, with one line per fault: the route, the template, the column and the fix. */
export const createPathMapping = (mapping: Mapping = {}): PathMapping => {
  const { prefix, routes } = compileMapping(mapping);
  const routesForPath = createRouteIndex(routes, ({ path }) => path.literalSegments);
  const routesForKey = createRouteIndex(routes, ({ key }) => key.literalSegments);

  /** The key from the first route that matches; undefined if none does. */
  const resolve = (path: ImagePath): Resolution | undefined => {
    for (const route of routesForPath(path)) {
      const values = matchTemplate(route.path, path);
      if (!(values instanceof Mismatch)) return { route, key: createKey(prefix, route, values) };
    }
    return undefined;
  };

  const keyOf = (path: ImagePath): MappedKey => {
    const resolution = resolve(path);
    if (resolution === undefined) throw new ImageError('unknown-path', noMatchMessage(explain(path)));
    const { route, key } = resolution;
    if (typeof key !== 'string') throw new ImageError(key.code, key.message);
    return { key, route: route.path.source };
  };

  const explain = (path: ImagePath): readonly Explanation[] => {
    let matching: number | undefined;
    return routes.map((route): Explanation => {
      const source = route.path.source;
      if (matching !== undefined) return { route: source, reason: `not tried: route ${matching} matches the path` };
      const values = matchTemplate(route.path, path);
      if (values instanceof Mismatch) return { route: source, reason: values.reason };
      matching = route.number;
      const key = createKey(prefix, route, values);
      return typeof key === 'string'
        ? { route: source, key, reason: 'matches the path' }
        : { route: source, reason: `matches the path but gives it no key: ${key.reason}` };
    });
  };

  const pathsOf = (key: string): readonly ImagePath[] => {
    const text = key.slice(prefix.length);
    const paths = routesForKey(text).flatMap((route) => {
      const values = matchTemplate(route.key, text);
      // A route that drops names cannot format its path without their values.
      const path = values instanceof Mismatch ? values : formatTemplate(route.path, values);
      if (path instanceof Mismatch || pathFault(path) !== undefined) return [];
      // An earlier route may give this path another key, and `key` may be invalid or lack the prefix.
      // Stryker disable next-line OptionalChaining: equivalent, the path matches at least its own route
      return resolve(path as ImagePath)?.key === key ? [path as ImagePath] : [];
    });
    return [...new Set(paths)];
  };

  const pathOf = (key: string): ImagePath | undefined => {
    const [path, ...others] = pathsOf(key);
    if (others.length > 0) return undefined;
    const text = key.slice(prefix.length);
    const isShared = routesForKey(text).some(
      (route) => route.isLossy && !(matchTemplate(route.key, text) instanceof Mismatch),
    );
    return isShared ? undefined : path;
  };

  const keyPrefixesOf = (pathPrefix: string): readonly string[] => {
    const found = routes.flatMap(({ path, key, isLossy }) => {
      const certain = isLossy ? undefined : keyPrefixOf(path, key, pathPrefix);
      // A slice may end inside a surrogate pair.
      const text = certain?.replace(/[\ud800-\udbff]$/, '');
      return text !== undefined && isStartOfKey(prefix, text) ? [prefix + text] : [];
    });
    const kept: string[] = [];
    // A prefix sorts before those that it covers.
    for (const candidate of found.sort(compareCodePoints)) {
      if (!kept.some((shorter) => candidate.startsWith(shorter))) kept.push(candidate);
    }
    return kept;
  };

  return { prefix, routes: routes.map(({ route }) => route), keyOf, pathOf, pathsOf, keyPrefixesOf, explain };
};

interface Resolution {
  readonly route: CompiledRoute;
  readonly key: string | Refusal;
}

/** Why a path that matches a route gets no key. */
interface Refusal {
  readonly code: 'unknown-path' | 'invalid-path';
  /** For the caller of the service: does not contain the key. */
  readonly message: string;
  /** For operators: may contain the key. */
  readonly reason: string;
}

const createKey = (prefix: string, { number, key }: CompiledRoute, values: Values): string | Refusal => {
  const text = formatTemplate(key, values);
  if (text instanceof Mismatch) return irreversible(number, text.reason);
  const fault = pathFault(text);
  if (fault !== undefined) return irreversible(number, `its key, ${quote(text)}, ${fault}`);
  if (!isLongerThan(MAX_KEY_BYTES, prefix + text)) return prefix + text;
  return {
    code: 'invalid-path',
    message: `The path is too long: its key would have more than ${MAX_KEY_BYTES} bytes.`,
    reason: `its key has more than ${MAX_KEY_BYTES} bytes`,
  };
};

/** Whether a key may start with the folder and this text. Its last segment may be incomplete. */
const isStartOfKey = (prefix: string, text: string): boolean =>
  pathFault(`${text}x`) === undefined && !isLongerThan(MAX_KEY_BYTES, prefix + text);

const irreversible = (number: number, reason: string): Refusal => ({
  code: 'unknown-path',
  message: `Route ${number} matches the path but cannot give it a valid key that maps back to it.`,
  reason,
});

/** Limits an error message, because a mapping may have many routes. */
const MAX_REASONS = 3;

const noMatchMessage = (explanations: readonly Explanation[]): string => {
  const reasons = explanations.slice(0, MAX_REASONS).map(({ reason }, index) => `route ${index + 1} ${reason}`);
  const more = explanations.length - reasons.length;
  return `No route matches the path: ${reasons.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
};
