import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ServerProcess, untilServing } from './server-process.ts';

/**
 * Starts ministack, an emulator of AWS to which the CLI of CDK deploys.
 *
 * @param folder for the files that it writes.
 * @throws Error with its last output, when it ends or does not answer in time.
 */
export const startMinistackServer = async (python: string, folder: string): Promise<ServerProcess> => {
  const port = await findFreePort();
  const child = spawn(python, ['-m', 'ministack'], {
    // Default: every interface, and folders that all its instances share.
    env: { ...process.env, BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port), TMPDIR: folder, LOG_LEVEL: 'WARNING' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return untilServing('ministack', child, () => untilHealthy(`http://127.0.0.1:${port}`, child));
};

/** ministack cannot choose a port itself: this one was free a moment ago. */
const findFreePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const untilHealthy = async (url: string, child: ChildProcess): Promise<string> => {
  const end = performance.now() + MAX_START;
  while (performance.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('ministack ended before it answered.');
    const healthy = await fetch(`${url}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return url;
    await delay(100);
  }
  throw new Error(`ministack does not answer after ${MAX_START / 1000} s.`);
};

/** Milliseconds. ministack starts in 3 s on a machine that is not busy. */
const MAX_START = 60_000;
