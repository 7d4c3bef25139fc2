import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** ministack, which imitates AWS, on a free port of the loopback. */
export interface MinistackServer {
  readonly url: string;
  /** Ends it; resolves when it has ended. */
  stop(): Promise<void>;
}

/**
 * @param folder takes what it writes.
 * @throws Error with what the server said, when it ends or does not answer in time.
 */
export const startMinistackServer = async (python: string, folder: string): Promise<MinistackServer> => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const output: string[] = [];
  const child = spawn(python, ['-m', 'ministack'], {
    // Default: every interface, and folders that all its instances share.
    env: { ...process.env, BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port), TMPDIR: folder, LOG_LEVEL: 'WARNING' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  }
  const stop = async () => {
    if (hasEnded(child)) return;
    child.kill();
    await once(child, 'exit');
  };
  try {
    await untilHealthy(url, child);
    return { url, stop };
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}\n${output.join('').split('\n').slice(-20).join('\n')}`);
  }
};

/** It cannot be told to take any port, so that one is asked for and given back. */
const findFreePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const untilHealthy = async (url: string, child: ChildProcess): Promise<void> => {
  const end = performance.now() + MAX_START;
  while (performance.now() < end) {
    if (hasEnded(child)) throw new Error(`ministack ended with code ${child.exitCode}.`);
    const healthy = await fetch(`${url}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return;
    await delay(100);
  }
  throw new Error(`ministack does not answer after ${MAX_START / 1000} s.`);
};

/** In milliseconds; it takes 3 s on a machine that is not busy. */
const MAX_START = 60_000;

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
