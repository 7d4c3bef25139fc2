import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type ServerProcess, untilServing } from './server-process.ts';

/**
 * Starts moto, an emulator of AWS that checks signatures, policies and trust policies.
 *
 * @throws Error with the last lines of the log, if moto exits before it listens.
 */
export const startMotoServer = async (python: string): Promise<ServerProcess> => {
  const child = spawn(python, ['-m', 'moto.server', '--host', '127.0.0.1', '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // moto chooses a free port and prints it to its log.
  const findUrl = (): Promise<string> =>
    new Promise((resolve) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        const [, url] = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
    });
  return untilServing('moto', child, findUrl);
};
