import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { BUNDLE_FILE, BUNDLE_OPTIONS, BUNDLE_PACKAGE } from './bundling.ts';

/** One of the two that Lambda runs: `src/app/<entry>.ts`. */
export type Entry = 'lambda' | 'lambda-buffered';

/**
 * The code of a function. Where the CLI needs none (`cdk list`, `cdk destroy`, the stacks that a `cdk deploy` leaves
 * alone), nothing is bundled, as with the constructs of CDK itself.
 */
export const functionCode = (scope: Construct, entry: Entry): Code =>
  Code.fromAsset(Stack.of(scope).bundlingRequired ? bundleOf(entry) : import.meta.dirname);

/** The published package brings its bundles; the project makes them of its sources, once in a process. */
const bundleOf = (entry: Entry): string => {
  if (!import.meta.filename.endsWith('.ts')) return join(import.meta.dirname, '../../../build', entry);
  const directory = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, directory);
  return directory;
};

const bundles = new Map<Entry, string>();

const bundle = (entry: Entry): string => {
  // A tool of this project, which those who install the package do not have.
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const root = join(import.meta.dirname, '../..');
  const directory = join(root, 'build/cdk', entry);
  const outfile = join(directory, BUNDLE_FILE);
  buildSync({ ...BUNDLE_OPTIONS, bundle: true, absWorkingDir: root, entryPoints: [`src/app/${entry}.ts`], outfile });
  writeFileSync(join(directory, 'package.json'), BUNDLE_PACKAGE);
  return directory;
};
