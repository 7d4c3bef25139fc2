import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { BUNDLE_OPTIONS, BUNDLE_PACKAGE } from '../infra/construct/bundling.ts';

const ROOT = join(import.meta.dirname, '..');

/** In bytes. */
export interface BundleSize {
  readonly raw: number;
  readonly gzip: number;
}

/** Writes an entry of Lambda as the one module of a folder, from which everything else is removed. */
export const writeLambdaBundle = async (
  entry: string,
  outfile: string,
  others: BuildOptions = {},
): Promise<BundleSize> => {
  await rm(join(ROOT, dirname(outfile)), { recursive: true, force: true });
  await build({ ...BUNDLE_OPTIONS, bundle: true, absWorkingDir: ROOT, entryPoints: [entry], outfile, ...others });
  await writeFile(join(ROOT, dirname(outfile), 'package.json'), BUNDLE_PACKAGE);
  const code = await readFile(join(ROOT, outfile));
  return { raw: code.length, gzip: gzipSync(code).length };
};
