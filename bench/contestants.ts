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

/** A Lambda function that serves the images of the origin: this service, or another handler to compare it with. */
export interface Contestant {
  readonly name: ContestantName;
  readonly label: string;
  /** How the function sends its response. */
  readonly mode: 'stream' | 'buffered';
  readonly code: FunctionCode;
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined if the code is not bundled here. */
  readonly bundle: BundleSize | undefined;
}

/** Bytes of a bundle. */
export interface BundleSize {
  readonly raw: number;
  readonly gzip: number;
}

export type ContestantName = 'bare' | 'bareTrimmed' | 'naive' | 'python' | 'ours' | 'oursBuffered' | 'before';

const ROOT = join(import.meta.dirname, '..');

/** Another checkout of this project, in which `npm run bundle` was run. */
export interface EarlierCheckout {
  readonly checkout: string;
  /** NODE_OPTIONS that its stack sets. */
  readonly nodeOptions: string | undefined;
}

/** Returns the contestants that can run on this machine, and for the others the reason why they cannot. */
export const prepareContestants = async (
  before: EarlierCheckout | undefined,
): Promise<{ readonly contestants: readonly Contestant[]; readonly absent: readonly string[] }> => {
  const absent: string[] = [];
  const contestants: Contestant[] = [...bundleContestants()];
  if (before !== undefined) contestants.push(earlier(before));
  try {
    contestants.push(await python());
  } catch (error) {
    absent.push(`naive, Python: ${(error as Error).message.split('\n')[0]}`);
  }
  return { contestants, absent };
};

/** Bundles the contestants that are written in TypeScript. */
export const bundleContestants = (): readonly Contestant[] => {
  const bare = bundle('bare', 'bench/contestants/bare.ts', WHOLE_SDK);
  const bareTrimmed = bundle('bareTrimmed', 'bench/contestants/bare.ts');
  const naive = bundle('naive', 'bench/contestants/naive.ts', WHOLE_SDK);
  const ours = bundle('ours', LAMBDA_ENTRY);
  return [
    bundled('bare', 'bare', 'stream', bare, 'index.handler'),
    bundled('bareTrimmed', 'bare, trimmed', 'stream', bareTrimmed, 'index.handler'),
    bundled('naive', 'naive', 'buffered', naive, 'index.handler'),
    bundled('ours', 'ours, streaming', 'stream', ours, 'index.streaming'),
    bundled('oursBuffered', 'ours, buffered', 'buffered', ours, 'index.buffered'),
  ];
};

/** Starts a contestant in its own process. It reads from the origin. */
export const startContestant = ({ code, environment }: Contestant, origin: string): Promise<FunctionProcess> =>
  spawnFunction(code, { ...serviceEnvironment(origin), ...environment });

/** The variables of a function that serves the bucket of the origin. */
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

const bundle = (name: ContestantName, entry: string, options: Pick<BuildOptions, 'alias'> = {}): Bundle => {
  const folder = `build/bench/${name}`;
  writeBundle(entry, folder, options);
  const taskRoot = join(ROOT, folder);
  const code = readFileSync(join(taskRoot, BUNDLE_FILE));
  return { taskRoot, size: { raw: code.length, gzip: gzipSync(code).length } };
};

const bundled = (
  name: ContestantName,
  label: string,
  mode: Contestant['mode'],
  { taskRoot, size }: Bundle,
  handler: string,
): Contestant => ({ name, label, mode, code: nodeFunction(taskRoot, handler), environment: {}, bundle: size });

/** Bundles the whole SDK. The service's own options leave out the credential providers that Lambda does not need. */
const WHOLE_SDK: Pick<BuildOptions, 'alias'> = { alias: {} };

const earlier = ({ checkout, nodeOptions }: EarlierCheckout): Contestant => {
  const taskRoot = resolve(checkout, 'build/lambda');
  if (!existsSync(taskRoot)) {
    throw new Error(`--before: ${taskRoot} does not exist. Run "npm run bundle" in ${checkout} first.`);
  }
  // Older checkouts write one bundle per mode, each with one handler.
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

const python = async (): Promise<Contestant> => {
  const command = resolve(await installPythonPackages(join(ROOT, 'bench/requirements.txt'), join(ROOT, '.venv/bench')));
  const { status } = spawnSync(command, ['-c', 'import boto3, awslambdaric']);
  if (status !== 0) throw new Error('Python cannot import boto3 and awslambdaric');
  return {
    name: 'python',
    label: 'naive, Python',
    mode: 'buffered',
    code: {
      command,
      args: ['-m', 'awslambdaric', 'naive.handler'],
      taskRoot: join(ROOT, 'bench/contestants'),
      handler: 'naive.handler',
    },
    // Keeps compiled files out of the source folder.
    environment: { PYTHONDONTWRITEBYTECODE: '1' },
    bundle: undefined,
  };
};
