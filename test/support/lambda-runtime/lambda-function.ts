import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { NODE } from '../other-node.ts';
import type { FunctionError } from './completion.ts';
import { type RuntimeApi, startRuntimeApi } from './runtime-api.ts';

const ROOT = join(import.meta.dirname, '../../..');
const RUNTIME_CLIENT = join(import.meta.dirname, 'node_modules/aws-lambda-ric/index.mjs');

export type Mode = 'streaming' | 'buffered';

/** The code of a Lambda function: the command of its runtime, and the folder that contains the handler. */
export interface FunctionCode {
  readonly command: string;
  readonly args: readonly string[];
  readonly taskRoot: string;
  /** The module and its export, for example `index.streaming`. */
  readonly handler: string;
}

export interface LambdaFunction {
  readonly invoke: RuntimeApi['invoke'];
  /** Stops the process, and resolves with its standard output. */
  stop(): Promise<string>;
}

export interface FunctionProcess extends LambdaFunction {
  readonly pid: number;
  readonly initialised: RuntimeApi['initialised'];
}

/** The function failed to initialise. Type and message are those that the runtime client reports. */
class InitError extends Error {
  override readonly name = 'InitError';
  readonly errorType: string;

  constructor({ errorType, errorMessage }: FunctionError) {
    super(errorMessage);
    this.errorType = errorType;
  }
}

/** Node.js code that runs under AWS's runtime client. */
export const nodeFunction = (taskRoot: string, handler: string): FunctionCode => ({
  command: NODE,
  args: [RUNTIME_CLIENT],
  taskRoot,
  handler,
});

/**
 * Starts the bundle with the handler of a mode, and waits until it is ready.
 *
 * @throws InitError if the function fails to initialise.
 */
export const startFunction = async (
  mode: Mode,
  environment: Readonly<Record<string, string>>,
): Promise<LambdaFunction> => {
  const lambda = await spawnFunction(nodeFunction(join(ROOT, 'build/lambda'), `index.${mode}`), environment);
  try {
    const error = await lambda.initialised;
    if (error !== undefined) throw new InitError(error);
    return lambda;
  } catch (error) {
    await lambda.stop();
    throw error;
  }
};

/**
 * Starts code in a separate process, like Lambda: under AWS's runtime client, and without the environment variables of this
 * machine. Events wait until the function is ready.
 */
export const spawnFunction = async (
  { command, args, taskRoot, handler }: FunctionCode,
  environment: Readonly<Record<string, string>>,
): Promise<FunctionProcess> => {
  const api = await startRuntimeApi();
  const child = spawn(command, args, {
    cwd: taskRoot,
    env: {
      ...RESERVED,
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: taskRoot,
      AWS_LAMBDA_RUNTIME_API: api.address,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = text(child.stdout);
  const errorOutput = text(child.stderr);
  const exit = once(child, 'exit').then(async ([code, signal]) =>
    api.abandon(new Error(`the process exited with ${code ?? signal}: ${await errorOutput}`)),
  );
  const end = async (): Promise<string> => {
    child.kill();
    await exit;
    await api.close();
    return output;
  };
  let ended: Promise<string> | undefined;
  const stop = (): Promise<string> => {
    ended ??= end();
    return ended;
  };
  return { pid: child.pid as number, initialised: api.initialised, invoke: api.invoke, stop };
};

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const RESERVED = {
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: 'images',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/images',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]00000000000000000000000000000000',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'a-secret-access-key',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};
