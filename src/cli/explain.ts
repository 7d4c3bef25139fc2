import {
  type Explanation,
  ImageError,
  type ImageErrorCode,
  type PathMapping,
  parseImagePath,
} from '../domain/index.ts';

/** What the service would make of a path. It has either a key, or a code and a reason. */
export interface PathReport {
  /** Decoded; as it came where it is none. */
  readonly path: string;
  readonly key?: string;
  readonly code?: ImageErrorCode;
  /** What the caller of the service would be told. */
  readonly reason?: string;
  /** In the order in which they are tried; none for what is no path. */
  readonly routes: readonly Explanation[];
}

/** @param encoded as it stands in a URL, below the stage. */
export const explainPath = (encoded: string, mapping: PathMapping): PathReport => {
  let report: PathReport = { path: encoded, routes: [] };
  try {
    const path = parseImagePath(encoded);
    report = { path, routes: mapping.explain(path) };
    return { ...report, key: mapping.keyOf(path).key };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { ...report, code: error.code, reason: error.message };
  }
};

export const formatPathReport = ({ path, key, code, reason, routes }: PathReport): string => {
  // The reason repeats those of the routes, where there are any.
  if (routes.length === 0) return `no key   ${code}: ${reason}\n`;
  const lines = routes.flatMap(({ route, reason: answer }, index) => [
    `${`route ${index + 1}`.padEnd(WIDTH)}${route}`,
    `${''.padEnd(WIDTH)}${answer}`,
  ]);
  const end = key === undefined ? `no key   ${code}` : `key      ${key}`;
  return [`path     ${path}`, ...lines, end, ''].join('\n');
};

const WIDTH = 'route 1  '.length;
