import { ImageError, quote } from '../errors.ts';
import { type ImagePath, pathFault } from './image-path.ts';
import { createRouteIndex } from './route-index.ts';
import { Mismatch, parseTemplate, type Template, type Values } from './template.ts';

/** How the paths of one shape become keys: two templates of the mapping language. */
export interface Route {
  readonly path: string;
  readonly key: string;
  /** Says that the key may drop names of the path, so that several paths share one object. */
  readonly lossy?: boolean;
}

export interface Mapping {
  /** The folder of the bucket that holds every key, with or without its trailing slash. Default: the bucket's root. */
  readonly prefix?: string;
  /** The first one that matches wins. Default: the key is the path, for every image extension. */
  readonly routes?: readonly Route[];
}

export interface MappedKey {
  readonly key: string;
  /** The path template of the route that took the path. */
  readonly route: string;
}

/** What one route did with a path. */
export interface Explanation {
  readonly route: string;
  /** Present when this route takes the path. */
  readonly key?: string;
  readonly reason: string;
}

/** The two-way map between the paths of the service and the keys of the bucket. */
export interface PathMapping {
  /** Empty, or a folder with its trailing slash. */
  readonly prefix: string;
  readonly routes: readonly Route[];
  /**
   * @throws ImageError `unknown-path` when no route takes the path, or the one that does has no key that leads back to
   * it; `invalid-path` when the key would be longer than S3 allows.
   */
  keyOf(path: ImagePath): MappedKey;
  /** The one path that has this key; undefined where none has it, or several do (see `pathsOf`). */
  pathOf(key: string): ImagePath | undefined;
  /**
   * Every path that has this key, in the order of their routes. Routes that drop names are left out: they give one key
   * to more paths than can be listed.
   */
  pathsOf(key: string): readonly ImagePath[];
  /** For people: what each route says to the path, in their order. Never throws. */
  explain(path: ImagePath): readonly Explanation[];
}

/** The mapping of a service that has none: the key is the path. */
export const IDENTITY_ROUTE: Route = { path: '{path+}.{ext:image}', key: '{path+}.{ext}' };

/** In bytes of UTF-8: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_KEY_BYTES = 1024;

/**
 * @throws ImageError `invalid-mapping`, with a line for every fault: the route, the template, the column and the mend.
 */
export const createPathMapping = (mapping: Mapping = {}): PathMapping => {
  const faults = memberFaults(mapping);
  const prefix = readPrefix(mapping?.prefix ?? '', faults);
  const routes = readRoutes(mapping?.routes ?? [IDENTITY_ROUTE], faults);
  if (faults.length > 0) throw new ImageError('invalid-mapping', faults.join('\n'));

  const candidatesFor = createRouteIndex(routes);

  const keyOf = (path: ImagePath): MappedKey => {
    for (const route of candidatesFor(path)) {
      const values = route.path.match(path);
      if (values instanceof Mismatch) continue;
      const key = keyFor(prefix, route, values);
      if (typeof key !== 'string') throw new ImageError(key.code, key.message);
      return { key, route: route.path.source };
    }
    const reasons = explain(path).map(({ reason }, index) => `route ${index + 1} ${reason}`);
    const more = reasons.length > MAX_REASONS ? `; and ${reasons.length - MAX_REASONS} more` : '';
    throw new ImageError(
      'unknown-path',
      `No route takes the path: ${reasons.slice(0, MAX_REASONS).join('; ')}${more}.`,
    );
  };

  const explain = (path: ImagePath): readonly Explanation[] => {
    let taker: number | undefined;
    return routes.map((route): Explanation => {
      const source = route.path.source;
      if (taker !== undefined) return { route: source, reason: `not tried: route ${taker} takes the path` };
      const values = route.path.match(path);
      if (values instanceof Mismatch) return { route: source, reason: values.reason };
      taker = route.number;
      const key = keyFor(prefix, route, values);
      return typeof key === 'string'
        ? { route: source, key, reason: 'takes the path' }
        : { route: source, reason: `takes the path, and refuses it: ${key.reason}` };
    });
  };

  const pathsOf = (key: string): readonly ImagePath[] => {
    const text = below(prefix, key);
    if (text === undefined) return [];
    const paths = routes.flatMap((route) => {
      if (isMany(route)) return [];
      const values = route.key.match(text);
      const path = values instanceof Mismatch ? values : route.path.format(values);
      if (path instanceof Mismatch || pathFault(path) !== undefined) return [];
      // Asked back, because an earlier route may take this path elsewhere.
      return leadsTo(path as ImagePath, key) ? [path as ImagePath] : [];
    });
    return [...new Set(paths)];
  };

  const pathOf = (key: string): ImagePath | undefined => {
    const [path, ...others] = pathsOf(key);
    const text = below(prefix, key) ?? '';
    const shared = routes.some((route) => isMany(route) && !(route.key.match(text) instanceof Mismatch));
    return shared || others.length > 0 ? undefined : path;
  };

  const leadsTo = (path: ImagePath, key: string): boolean =>
    explain(path).some((explanation) => explanation.key === key);

  return { prefix, routes: routes.map(({ route }) => route), keyOf, pathOf, pathsOf, explain };
};

/** Of an error, so that a mapping of many routes does not fill the answer. */
const MAX_REASONS = 3;

interface CompiledRoute {
  readonly number: number;
  readonly route: Route;
  readonly path: Template;
  readonly key: Template;
  /** The names of the path that the key does not hold whole. */
  readonly dropped: readonly string[];
}

const isMany = ({ dropped }: CompiledRoute): boolean => dropped.length > 0;

/** What the mapping's routes see of a key; undefined for a key that no path can have. */
const below = (prefix: string, key: string): string | undefined => {
  const text = key.slice(prefix.length);
  return key.startsWith(prefix) && pathFault(text) === undefined ? text : undefined;
};

/** Why a route that takes a path gives it no key: `message` may be shown to a caller, `reason` names the key. */
interface Refusal {
  readonly code: 'unknown-path' | 'invalid-path';
  readonly message: string;
  readonly reason: string;
}

const keyFor = (prefix: string, { number, key }: CompiledRoute, values: Values): string | Refusal => {
  const text = key.format(values);
  const fault = text instanceof Mismatch ? text.reason : pathFault(text);
  if (fault !== undefined || text instanceof Mismatch) {
    return {
      code: 'unknown-path',
      message: `Route ${number} takes the path, but cannot make a key of it that leads back to it alone.`,
      reason: text instanceof Mismatch ? text.reason : `its key, ${quote(text)}, ${fault}`,
    };
  }
  if (!isLongerThan(MAX_KEY_BYTES, prefix + text)) return prefix + text;
  return {
    code: 'invalid-path',
    message: `The path is too long: keys end at ${MAX_KEY_BYTES} bytes.`,
    reason: `its key is longer than ${MAX_KEY_BYTES} bytes`,
  };
};

/** Compares the UTF-8 length; a code unit of a string takes from 1 to 3 bytes. */
const isLongerThan = (bytes: number, text: string): boolean =>
  text.length > bytes || (text.length * 3 > bytes && encodeURIComponent(text).replace(/%../g, '%').length > bytes);

/** What comes out of JSON has any shape, and a name that is misspelled would leave the default in its place. */
const memberFaults = (mapping: unknown): string[] => {
  if (typeof mapping !== 'object' || mapping === null) {
    return ['expected {"prefix": "…", "routes": [{"path": "…", "key": "…"}]}'];
  }
  const others = Object.keys(mapping).filter((name) => name !== 'prefix' && name !== 'routes');
  return others.map((name) => `${quote(name)} is no part of a mapping: it has "prefix" and "routes"`);
};

const readPrefix = (prefix: unknown, faults: string[]): string => {
  if (prefix === '') return '';
  if (typeof prefix !== 'string') {
    faults.push('prefix: expected a text; write a folder, such as "images/partners"');
    return '';
  }
  const folder = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  const fault = pathFault(folder);
  if (fault !== undefined) {
    faults.push(`prefix ${quote(prefix)}: it ${fault}; write a folder, such as "images/partners"`);
  } else if (isLongerThan(MAX_KEY_BYTES - 2, folder)) {
    faults.push(`prefix: it leaves no room for a key of ${MAX_KEY_BYTES} bytes; shorten it`);
  }
  return `${folder}/`;
};

const readRoutes = (routes: unknown, faults: string[]): readonly CompiledRoute[] => {
  if (!Array.isArray(routes) || routes.length === 0) {
    faults.push('routes: expected a list of one or more {"path": "…", "key": "…"}');
    return [];
  }
  const compiled: CompiledRoute[] = [];
  routes.forEach((route: unknown, index) => {
    const subject = `route ${index + 1}`;
    if (!isRoute(route)) {
      faults.push(
        `${subject}: expected {"path": "…", "key": "…"} and, at will, "lossy": true; found ${quote(JSON.stringify(route) ?? 'nothing')}`,
      );
      return;
    }
    const path = readTemplate(`${subject}, path`, route.path, faults);
    const key = readTemplate(`${subject}, key`, route.key, faults, path?.names);
    if (path === undefined || key === undefined) return;
    const dropped = path.names.filter((name) => !key.names.includes(name));
    const current: CompiledRoute = { number: index + 1, route, path, key, dropped };
    faults.push(...checkNames(current, subject));
    const twin = compiled.find((earlier) => earlier.path.shape === path.shape);
    if (twin !== undefined) {
      faults.push(
        `${subject}, path, column 1: never reached, because route ${twin.number} is the same template; remove one of them`,
      );
    }
    compiled.push(current);
  });
  return compiled;
};

const isRoute = (value: unknown): value is Route => {
  if (typeof value !== 'object' || value === null) return false;
  const { path, key, lossy, ...others } = value as Record<string, unknown>;
  const lossyFits = lossy === undefined || typeof lossy === 'boolean';
  return typeof path === 'string' && typeof key === 'string' && lossyFits && Object.keys(others).length === 0;
};

const readTemplate = (
  subject: string,
  source: string,
  faults: string[],
  order?: readonly string[],
): Template | undefined => {
  try {
    return parseTemplate(source, order);
  } catch (error) {
    faults.push(`${subject}, ${(error as ImageError).message}`);
    return undefined;
  }
};

const checkNames = ({ route, path, key, dropped }: CompiledRoute, subject: string): readonly string[] => {
  const unbound = (template: Template, side: string, mend: string) =>
    template.placeholders
      .filter(({ name }) => !path.names.includes(name))
      .map(
        ({ source, index, name }) =>
          `${subject}, ${side}, column ${index + 1}: ${source} has no value; ${mend.replace('NAME', name)}`,
      );
  const lost = route.lossy === true ? [] : dropped;
  return [
    ...unbound(path, 'path', 'let {NAME} stand whole somewhere in the path'),
    ...unbound(key, 'key', 'bind {NAME} in the path'),
    ...lost.map(
      (name) =>
        `${subject}, key, column 1: it drops {${name}}, so several images would share one object; use {${name}} in the key, or say "lossy": true`,
    ),
  ];
};
