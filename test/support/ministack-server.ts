import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type ServerProcess, untilServing } from './server-process.ts';

/**
 * Starts ministack, an emulator of AWS to which the CDK CLI can deploy.
 *
 * @param folder the folder for the files that ministack writes.
 * @param options.auth whether ministack enforces signatures, policies and expiry. Default: false, it allows every request.
 * @throws Error with the last output of ministack, if it exits or does not answer in time.
 */
export const startMinistackServer = async (
  python: string,
  folder: string,
  { auth = false }: { readonly auth?: boolean } = {},
): Promise<ServerProcess> => {
  const port = await findFreePort();
  const child = spawn(python, ['-m', 'ministack'], {
    // By default, ministack listens on all interfaces, and all its instances share their folders.
    env: {
      ...process.env,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      TMPDIR: folder,
      LOG_LEVEL: 'WARNING',
      AUTH: String(auth),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return untilServing('ministack', child, () => untilHealthy(`http://127.0.0.1:${port}`, child));
};

/** Returns a port that was free a moment ago, because ministack cannot choose a free port itself. */
const findFreePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const untilHealthy = async (url: string, child: ChildProcess): Promise<string> => {
  const deadline = performance.now() + MAX_START;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('ministack exited before it answered.');
    const healthy = await fetch(`${url}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (healthy) return url;
    await delay(100);
  }
  throw new Error(`ministack did not answer within ${MAX_START / 1000} s.`);
};

/** Milliseconds. ministack needs about 3 s to start on an idle machine. */
const MAX_START = 60_000;
