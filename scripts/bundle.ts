/** `npm run bundle`: writes the Lambda bundle to build/lambda and prints the size of its code. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { BUNDLE_FILE, writeLambdaBundle } from '../infra/construct/bundling.ts';

const formatSize = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;

writeLambdaBundle('build/lambda');
const code = readFileSync(`build/lambda/${BUNDLE_FILE}`);
process.stdout.write(
  `build/lambda/${BUNDLE_FILE}: ${formatSize(code.length)}, ${formatSize(gzipSync(code).length)} gzipped\n`,
);
