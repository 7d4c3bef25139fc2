/** `npm run bundle`: writes what Lambda runs, a folder for each of its two entries, and prints how large it is. */
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS } from './bundle-options.ts';

const ROOT = join(import.meta.dirname, '..');

const BUNDLES = [
  { entry: 'src/app/lambda.ts', outfile: 'build/lambda/index.mjs' },
  { entry: 'src/app/lambda-buffered.ts', outfile: 'build/lambda-buffered/index.mjs' },
];

const write = async ({ entry, outfile }: (typeof BUNDLES)[number]): Promise<string> => {
  await rm(join(ROOT, dirname(outfile)), { recursive: true, force: true });
  await build({ ...BUNDLE_OPTIONS, bundle: true, absWorkingDir: ROOT, entryPoints: [entry], outfile });
  const code = await readFile(join(ROOT, outfile));
  return row(outfile, formatSize(code.length), formatSize(gzipSync(code).length));
};

const row = (name: string, raw: string, gzip: string): string =>
  `${name.padEnd(34)}${raw.padStart(9)}${gzip.padStart(10)}\n`;

const formatSize = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;

const rows = await Promise.all(BUNDLES.map(write));
process.stdout.write(row('bundle', 'raw', 'gzip') + rows.join(''));
