/** `npm run bundle`: writes what Lambda runs, a folder for each of its two entries, and prints how large it is. */
import { BUNDLE_FILE } from '../infra/construct/bundling.ts';
import { writeLambdaBundle } from './lambda-bundle.ts';

const row = (name: string, raw: string, gzip: string): string =>
  `${name.padEnd(34)}${raw.padStart(9)}${gzip.padStart(10)}\n`;

const formatSize = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;

const write = async (entry: string): Promise<string> => {
  const outfile = `build/${entry}/${BUNDLE_FILE}`;
  const { raw, gzip } = await writeLambdaBundle(`src/app/${entry}.ts`, outfile);
  return row(outfile, formatSize(raw), formatSize(gzip));
};

const rows = await Promise.all(['lambda', 'lambda-buffered'].map(write));
process.stdout.write(row('bundle', 'raw', 'gzip') + rows.join(''));
