import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A script of this folder in a separate process, so that it shares neither event loop nor heap with the benchmark. */
export interface Child {
  /** The first line that the script printed. */
  readonly greeting: string;
  stop(): Promise<void>;
}

/** Keeps the AWS configuration of this machine out of the measurements. */
const UNCONFIGURED = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };

/** @throws Error if the script ends before it prints a line. */
export const startChild = async (
  script: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    env: { ...UNCONFIGURED, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // `close`, unlike `exit`, waits until all output has been read.
  const exit = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const greeting = await Promise.race([once(lines, 'line').then(([line]) => String(line)), exit.then(() => undefined)]);
  if (greeting === undefined) throw new Error(`bench/${script} ended before it printed a line; its error is above.`);
  // readline keeps reading later lines and drops them, so the pipe cannot fill up and block the child.
  return {
    greeting,
    stop: async () => {
      child.kill();
      await exit;
    },
  };
};

/** Starts a script, and returns its first line parsed as JSON. */
export const runChild = async (
  script: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> => {
  const child = await startChild(script, args, environment);
  await child.stop();
  return JSON.parse(child.greeting);
};
