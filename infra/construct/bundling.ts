import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { formatLicences, readLicences } from './third-party-licences.ts';

/** Root of this package: the checkout or, for users of the package, its folder in node_modules. */
export const PACKAGE_ROOT: string = dirname(createRequire(import.meta.url).resolve('images-api/package.json'));

/** Source of the Lambda function, relative to the root. It exports one handler per response mode. */
export const LAMBDA_ENTRY = 'src/app/lambda.ts';

export const BUNDLE_FILE = 'index.js';

/** Name of the file next to the bundle that holds the licence texts of the bundled packages. */
export const LICENCES_FILE = 'THIRD-PARTY-LICENCES.txt';

/** `npm run bundle`, `cdk deploy` and the benchmarks share these options, so the tested bundle is the deployed one. */
export const BUNDLE_OPTIONS = {
  platform: 'node',
  target: 'node24',
  // In an ES module, Node.js builds a namespace object for each built-in module that is imported. The namespace of
  // node:http reads `WebSocket`, which loads all of fetch.
  format: 'cjs',
  // The default order prefers CommonJS, from which esbuild cannot remove unused code: the bundle would be 30 % larger.
  mainFields: ['module', 'main'] as string[],
  alias: {
    // Lambda passes the credentials of the function in variables, so the bundle needs no other credential provider.
    '@aws-sdk/credential-provider-node': './infra/construct/lambda-credentials.ts',
    'thread-stream': './infra/construct/no-transports.ts',
  } as Record<string, string>,
  minify: true,
  sourcemap: 'linked',
  // Stack traces need names and line numbers, but not the source text, which would be more than half of the map.
  sourcesContent: false,
  legalComments: 'linked',
} as const;

/**
 * Replaces a folder with the bundle of the Lambda function: code, source map and licence texts.
 *
 * @param folder Relative to the root.
 * @throws Error if esbuild fails, or if a bundled package has no licence.
 */
export const writeLambdaBundle = (folder: string): void => {
  const files = writeBundle(LAMBDA_ENTRY, folder);
  writeFileSync(join(PACKAGE_ROOT, folder, LICENCES_FILE), formatLicences(readLicences(files, PACKAGE_ROOT)));
};

/**
 * Replaces a folder with the bundle of any entry. This works only in a checkout: users of the package have no esbuild.
 *
 * @param entry Relative to the root, like the folder.
 * @returns The files that the bundle contains, relative to the root.
 * @throws Error if esbuild fails.
 */
export const writeBundle = (
  entry: string,
  folder: string,
  overrides: Pick<BuildOptions, 'alias'> = {},
): readonly string[] => {
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const directory = join(PACKAGE_ROOT, folder);
  rmSync(directory, { recursive: true, force: true });
  const { metafile } = buildSync({
    ...BUNDLE_OPTIONS,
    bundle: true,
    metafile: true,
    absWorkingDir: PACKAGE_ROOT,
    entryPoints: [entry],
    outfile: join(directory, BUNDLE_FILE),
    ...overrides,
  });
  // Without this file, Node.js would read the module type from the package.json of a parent folder.
  writeFileSync(join(directory, 'package.json'), '{ "type": "commonjs" }\n');
  return Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
};
