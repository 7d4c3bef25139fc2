import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { formatLicences, readLicences } from './third-party-licences.ts';

/** Root of this package: of the checkout or, for users, the folder in node_modules. */
export const PACKAGE_ROOT: string = dirname(createRequire(import.meta.url).resolve('images-api/package.json'));

/** Source of the Lambda function, relative to the root. It exports a handler for each response mode. */
export const LAMBDA_ENTRY = 'src/app/lambda.ts';

export const BUNDLE_FILE = 'index.js';

/** Licence texts of the packages that a bundle contains, in the same folder. */
export const LICENCES_FILE = 'THIRD-PARTY-LICENCES.txt';

/** One set of options for `npm run bundle`, `cdk deploy` and the benchmarks: the bundle that is tested is deployed. */
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

/**
 * Replaces a folder by the bundle of the Lambda function: code, source map and licence texts.
 *
 * @param folder Relative to the root.
 * @throws Error if esbuild fails, or if a bundled package has no licence.
 */
export const writeLambdaBundle = (folder: string): void => {
  const files = writeBundle(LAMBDA_ENTRY, folder);
  writeFileSync(join(PACKAGE_ROOT, folder, LICENCES_FILE), formatLicences(readLicences(files, PACKAGE_ROOT)));
};

/**
 * Replaces a folder by the bundle of any entry. Works in a checkout only: users of the package have no esbuild.
 *
 * @param entry Relative to the root, as is the folder.
 * @returns the files that the bundle contains, relative to the root.
 * @throws Error if esbuild fails.
 */
export const writeBundle = (
  entry: string,
  folder: string,
  others: Pick<BuildOptions, 'alias'> = {},
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
    ...others,
  });
  // Without it, Node.js would read the module type from a package.json further up.
  writeFileSync(join(directory, 'package.json'), '{ "type": "commonjs" }\n');
  return Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
};
