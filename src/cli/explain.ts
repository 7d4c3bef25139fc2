import {
  type Explanation,
  ImageError,
  type ImageErrorCode,
  type PathMapping,
  parseImagePath,
} from '../domain/index.ts';

/** How the service maps a path, as `--json` prints it: a key, or the code and reason of the error response. */
export interface PathReport {
  /** Decoded path; if it is invalid, the path as given. */
  readonly path: string;
  readonly key?: string;
  readonly code?: ImageErrorCode;
  readonly reason?: string;
  /** Routes in the order in which they are tried; empty if the path is invalid. */
  readonly routes: readonly Explanation[];
}

/** @param encoded percent-encoded path without the stage, as in a URL. */
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
  if (routes.length === 0) return `no key   ${code}: ${reason}\n`;
  const lines = routes.flatMap(({ route, reason: routeReason }, index) => [
    `${`route ${index + 1}`.padEnd(WIDTH)}${route}`,
    `${''.padEnd(WIDTH)}${routeReason}`,
  ]);
  // The code is enough here, because `reason` repeats the reasons of the routes.
  const last = key === undefined ? `no key   ${code}` : `key      ${key}`;
  return [`path     ${path}`, ...lines, last, ''].join('\n');
};

const WIDTH = 'route 1  '.length;
