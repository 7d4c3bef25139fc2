import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BuildOptions } from 'esbuild';
import { BUNDLE_FILE, LAMBDA_ENTRY, writeBundle } from '../infra/construct/bundling.ts';
import {
  type FunctionCode,
  type FunctionProcess,
  nodeFunction,
  spawnFunction,
} from '../test/support/lambda-runtime/lambda-function.ts';
import { installPythonPackages } from '../test/support/python-packages.ts';
import { BUCKET } from './images.ts';

/** What serves the images of the origin, as a function of Lambda. */
export interface Rival {
  readonly name: RivalName;
  readonly label: string;
  /** How its answer is sent. */
  readonly mode: 'stream' | 'buffered';
  readonly code: FunctionCode;
  readonly environment: Readonly<Record<string, string>>;
  /** Absent where nothing is bundled. */
  readonly bundle: BundleSize | undefined;
}

/** Bytes of its code. */
export interface BundleSize {
  readonly raw: number;
  readonly gzip: number;
}

export type RivalName = 'bare' | 'bareTrimmed' | 'naive' | 'python' | 'ours' | 'oursBuffered' | 'before';

const ROOT = join(import.meta.dirname, '..');

/** Another checkout of this project, in which `npm run bundle` was run, and what its stack told Node.js. */
export interface Earlier {
  readonly checkout: string;
  readonly nodeOptions: string | undefined;
}

/** Those that can run here, and why the others cannot. */
export const prepareRivals = async (
  before: Earlier | undefined,
): Promise<{ readonly rivals: readonly Rival[]; readonly absent: readonly string[] }> => {
  const absent: string[] = [];
  const rivals: Rival[] = [...bundleRivals()];
  if (before !== undefined) rivals.push(earlier(before));
  try {
    rivals.push(await python());
  } catch (error) {
    absent.push(`naive, Python: ${(error as Error).message.split('\n')[0]}`);
  }
  return { rivals, absent };
};

/** Those of one file of JavaScript. */
export const bundleRivals = (): readonly Rival[] => {
  const bare = bundle('bare', 'bench/rivals/bare.ts', AS_IT_COMES);
  const bareTrimmed = bundle('bareTrimmed', 'bench/rivals/bare.ts');
  const naive = bundle('naive', 'bench/rivals/naive.ts', AS_IT_COMES);
  const ours = bundle('ours', LAMBDA_ENTRY);
  return [
    bundled('bare', 'bare', 'stream', bare, 'index.handler'),
    bundled('bareTrimmed', 'bare, trimmed', 'stream', bareTrimmed, 'index.handler'),
    bundled('naive', 'naive', 'buffered', naive, 'index.handler'),
    bundled('ours', 'ours, streaming', 'stream', ours, 'index.streaming'),
    bundled('oursBuffered', 'ours, buffered', 'buffered', ours, 'index.buffered'),
  ];
};

/** Starts a rival in a process of its own, with an origin to read from. */
export const startRival = (
  { code, environment }: Rival,
  origin: string,
  more: Readonly<Record<string, string>> = {},
): Promise<FunctionProcess> => spawnFunction(code, { ...serviceEnvironment(origin), ...environment, ...more });

/** Of a function that serves the origin's bucket. */
export const serviceEnvironment = (origin: string): Readonly<Record<string, string>> => ({
  ENVIRONMENT: 'bench',
  IMAGES_BUCKET: BUCKET,
  AWS_ENDPOINT_URL: origin,
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'of-the-bench',
});

interface Bundle {
  readonly taskRoot: string;
  readonly size: BundleSize;
}

const bundle = (name: RivalName, entry: string, others: Pick<BuildOptions, 'alias'> = {}): Bundle => {
  const folder = `build/bench/${name}`;
  writeBundle(entry, folder, others);
  const taskRoot = join(ROOT, folder);
  const code = readFileSync(join(taskRoot, BUNDLE_FILE));
  return { taskRoot, size: { raw: code.length, gzip: gzipSync(code).length } };
};

const bundled = (
  name: RivalName,
  label: string,
  mode: Rival['mode'],
  { taskRoot, size }: Bundle,
  handler: string,
): Rival => ({ name, label, mode, code: nodeFunction(taskRoot, handler), environment: {}, bundle: size });

/** With the whole of the SDK, of which ours leaves out the providers of credentials that Lambda has no use for. */
const AS_IT_COMES: Pick<BuildOptions, 'alias'> = { alias: {} };

/** The bundle of another checkout, for what a change brought. */
const earlier = ({ checkout, nodeOptions }: Earlier): Rival => {
  const taskRoot = resolve(checkout, 'build/lambda');
  if (!existsSync(taskRoot)) {
    throw new Error(`There is no bundle in ${taskRoot}: run "npm run bundle" in ${checkout} first.`);
  }
  // Older checkouts have a bundle for each mode, with one handler.
  const handler = existsSync(resolve(checkout, 'build/lambda-buffered')) ? 'index.handler' : 'index.streaming';
  return {
    name: 'before',
    label: 'ours, before',
    mode: 'stream',
    code: nodeFunction(taskRoot, handler),
    environment: nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions },
    bundle: undefined,
  };
};

const python = async (): Promise<Rival> => {
  const command = resolve(await installPythonPackages(join(ROOT, 'bench/requirements.txt'), join(ROOT, '.venv/bench')));
  const { status } = spawnSync(command, ['-c', 'import boto3, awslambdaric']);
  if (status !== 0) throw new Error('boto3 cannot be imported');
  return {
    name: 'python',
    label: 'naive, Python',
    mode: 'buffered',
    code: {
      command,
      args: ['-m', 'awslambdaric', 'naive.handler'],
      taskRoot: join(ROOT, 'bench/rivals'),
      handler: 'naive.handler',
    },
    // Beside the sources nothing is to be left.
    environment: { PYTHONDONTWRITEBYTECODE: '1' },
    bundle: undefined,
  };
};
