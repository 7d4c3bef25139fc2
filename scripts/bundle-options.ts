/**
 * How an entry of Lambda becomes one file. `npm run bundle` passes this to esbuild, and what deploys the function has to
 * pass the same (NodejsFunction has options of these names), so that the bundle which was tested is the one that runs.
 */
export const BUNDLE_OPTIONS = {
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // Node's own order prefers CommonJS, of which nothing can be left out: the bundle would be 30 % larger.
  mainFields: ['module', 'main'] as string[],
  minify: true,
  sourcemap: 'linked',
  // A stack trace needs the names and lines of the sources, not their text, which would be more than half of the map.
  sourcesContent: false,
  legalComments: 'linked',
  // CommonJS packages call `require` for Node's own modules, and an ES module has none.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);",
  },
} as const;
