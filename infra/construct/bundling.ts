/**
 * How an entry of Lambda becomes one file. `npm run bundle` passes this to esbuild, and what deploys the function has to
 * pass the same (NodejsFunction has options of these names), so that the bundle which was tested is the one that runs.
 */
export const BUNDLE_OPTIONS = {
  platform: 'node',
  target: 'node24',
  // For an ES module, Node.js makes a namespace of every module of its own that is imported. That of node:http asks for
  // WebSocket, which loads the whole of fetch.
  format: 'cjs',
  // Node's own order prefers CommonJS packages, of which nothing can be left out: the bundle would be 30 % larger.
  mainFields: ['module', 'main'] as string[],
  // The function's own credentials come in its environment, so that no other provider has to be there.
  alias: { '@aws-sdk/credential-provider-node': './infra/construct/lambda-credentials.ts' } as Record<string, string>,
  minify: true,
  sourcemap: 'linked',
  // A stack trace needs the names and lines of the sources, not their text, which would be more than half of the map.
  sourcesContent: false,
  legalComments: 'linked',
} as const;

export const BUNDLE_FILE = 'index.js';

/** Of the package.json beside it, without which one further up would say what it is. */
export const BUNDLE_PACKAGE = '{ "type": "commonjs" }\n';
