import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A script of this folder that runs in a process of its own, so that it shares no loop and no heap with who measures. */
export interface Child {
  /** What it said when it was ready. */
  readonly greeting: string;
  stop(): Promise<void>;
}

/** Nothing of who measures, so that it is the same everywhere. */
const UNCONFIGURED = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };

/** @throws Error when the script ends before it has said a line. */
export const startChild = async (
  script: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    env: { ...UNCONFIGURED, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // When all that it printed has been read.
  const exit = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const greeting = await Promise.race([once(lines, 'line').then(([line]) => String(line)), exit.then(() => undefined)]);
  if (greeting === undefined) throw new Error(`bench/${script} ended before it was ready.`);
  // What it says later is read and dropped: a full pipe would hold it up.
  return {
    greeting,
    stop: async () => {
      child.kill();
      await exit;
    },
  };
};

/** Runs a script to its end, and gives what it printed as JSON. */
export const runChild = async (
  script: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> => {
  const child = await startChild(script, args, environment);
  await child.stop();
  return JSON.parse(child.greeting);
};
