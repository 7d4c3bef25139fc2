import { ImageError, quote } from '../errors.ts';
import { pathFault } from './image-path.ts';
import { IDENTITY_ROUTE, isLongerThan, MAX_KEY_BYTES, type Mapping, type Route } from './mapping.ts';
import { type CompiledTemplate, compileTemplate } from './template.ts';

export interface CompiledMapping {
  /** Empty, or a folder with its trailing slash. */
  readonly prefix: string;
  readonly routes: readonly CompiledRoute[];
}

export interface CompiledRoute {
  /** The position in the mapping, from 1. */
  readonly number: number;
  readonly route: Route;
  readonly path: CompiledTemplate;
  /** Its values have the order of `path`. */
  readonly key: CompiledTemplate;
  /** Whether the key drops names of the path. A route may permit this (`lossy`) without doing it. */
  readonly isLossy: boolean;
}

/**
 * Checks a mapping, which may come from JSON and have any shape, and compiles its routes.
 *
 * @throws ImageError `invalid-mapping`, with one line per fault: where it is, what is wrong, and how to fix it.
 */
export const compileMapping = (mapping: Mapping): CompiledMapping => {
  const faults = memberFaults(mapping);
  const prefix = readPrefix(mapping?.prefix ?? '', faults);
  const routes = readRoutes(mapping?.routes ?? [IDENTITY_ROUTE], faults);
  if (faults.length > 0) throw new ImageError('invalid-mapping', faults.join('\n'));
  return { prefix, routes };
};

/** A misspelled member would silently leave its default in force. */
const memberFaults = (mapping: unknown): string[] => {
  if (typeof mapping !== 'object' || mapping === null) {
    return ['expected {"prefix": "…", "routes": [{"path": "…", "key": "…"}]}'];
  }
  const unknown = Object.keys(mapping).filter((name) => name !== 'prefix' && name !== 'routes');
  return unknown.map((name) => `${quote(name)} is not a member of a mapping; use "prefix" and "routes"`);
};

const readPrefix = (prefix: unknown, faults: string[]): string => {
  if (prefix === '') return '';
  if (typeof prefix !== 'string') {
    faults.push('prefix: expected a string; write a folder, such as "images/partners"');
    // Stryker disable next-line StringLiteral: equivalent, nothing reads the prefix after a fault
    return '';
  }
  const folder = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  const fault = pathFault(folder);
  if (fault !== undefined) {
    faults.push(`prefix ${quote(prefix)}: it ${fault}; write a folder, such as "images/partners"`);
  } else if (isLongerThan(MAX_KEY_BYTES - 2, folder)) {
    faults.push(`prefix: it leaves no room for a key of at most ${MAX_KEY_BYTES} bytes; shorten it`);
  }
  return `${folder}/`;
};

const readRoutes = (routes: unknown, faults: string[]): readonly CompiledRoute[] => {
  if (!Array.isArray(routes) || routes.length === 0) {
    faults.push('routes: expected a list of one or more {"path": "…", "key": "…"}');
    // Stryker disable next-line ArrayDeclaration: equivalent, nothing reads the routes after a fault
    return [];
  }
  const compiled: CompiledRoute[] = [];
  routes.forEach((route: unknown, index) => {
    const current = readRoute(route, index + 1, faults);
    if (current === undefined) return;
    const twin = compiled.find((earlier) => earlier.path.shape === current.path.shape);
    if (twin !== undefined) {
      faults.push(
        `route ${current.number}, path, column 1: never reached, because route ${twin.number} has the same template; remove one of them`,
      );
    }
    compiled.push(current);
  });
  return compiled;
};

const readRoute = (route: unknown, number: number, faults: string[]): CompiledRoute | undefined => {
  if (!isRoute(route)) {
    faults.push(
      `route ${number}: expected {"path": "…", "key": "…"}, optionally with "lossy": true; found ${quote(JSON.stringify(route) ?? 'nothing')}`,
    );
    return undefined;
  }
  const path = readTemplate(`route ${number}, path`, route.path, faults);
  const key = readTemplate(`route ${number}, key`, route.key, faults, path?.names);
  if (path === undefined || key === undefined) return undefined;
  const dropped = path.names.filter((name) => !key.names.includes(name));
  faults.push(
    ...unboundFaults(`route ${number}, path`, path, path.names, (name) => `write {${name}} somewhere in the path`),
    ...unboundFaults(`route ${number}, key`, key, path.names, (name) => `write {${name}} in the path too`),
    ...(route.lossy === true ? [] : dropped).map(
      (name) =>
        `route ${number}, key, column 1: it drops {${name}}, so several paths would share one object; use {${name}} in the key, or set "lossy": true`,
    ),
  );
  return { number, route, path, key, isLossy: dropped.length > 0 };
};

const isRoute = (value: unknown): value is Route => {
  if (typeof value !== 'object' || value === null) return false;
  const { path, key, lossy, ...others } = value as Record<string, unknown>;
  const isLossyValid = lossy === undefined || typeof lossy === 'boolean';
  return typeof path === 'string' && typeof key === 'string' && isLossyValid && Object.keys(others).length === 0;
};

const readTemplate = (
  place: string,
  source: string,
  faults: string[],
  order?: readonly string[],
): CompiledTemplate | undefined => {
  try {
    return compileTemplate(source, order);
  } catch (error) {
    faults.push(`${place}, ${(error as ImageError).message}`);
    return undefined;
  }
};

/** A slice gets its value from the whole name, and the key gets its values from the path. */
const unboundFaults = (
  place: string,
  { placeholders }: CompiledTemplate,
  names: readonly string[],
  fixFor: (name: string) => string,
): readonly string[] =>
  placeholders
    .filter(({ name }) => !names.includes(name))
    .map(({ source, index, name }) => `${place}, column ${index + 1}: ${source} has no value; ${fixFor(name)}`);
