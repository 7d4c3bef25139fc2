import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { BUNDLE_OPTIONS } from '../scripts/bundle-options.ts';

/**
 * The code of a function from one of the entries in `src/app`, bundled once in a process, however many stacks have it.
 * Where the CLI needs no code (`cdk list`, `cdk destroy`, the stacks that a `cdk deploy` leaves alone), nothing is
 * bundled, as with the constructs of CDK itself.
 */
export const functionCode = (scope: Construct, entry: Entry): Code => {
  if (!Stack.of(scope).bundlingRequired) return Code.fromAsset(join(ROOT, 'src/app'));
  const bundled = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, bundled);
  return Code.fromAsset(bundled);
};

export type Entry = 'lambda' | 'lambda-buffered';

const bundles = new Map<Entry, string>();

const bundle = (entry: Entry): string => {
  const directory = join(ROOT, 'build/cdk', entry);
  buildSync({
    ...BUNDLE_OPTIONS,
    bundle: true,
    absWorkingDir: ROOT,
    entryPoints: [join('src/app', `${entry}.ts`)],
    outfile: join(directory, 'index.mjs'),
  });
  return directory;
};

const ROOT = join(import.meta.dirname, '..');
