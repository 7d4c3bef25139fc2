import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** moto, which imitates AWS, on a free port of the loopback. */
export interface MotoServer {
  readonly url: string;
  /** Ends it; resolves when it has ended. */
  stop(): Promise<void>;
}

/** @throws Error with what the server said, when it ends instead of listening. */
export const startMotoServer = async (python: string): Promise<MotoServer> => {
  const child = spawn(python, ['-m', 'moto.server', '--host', '127.0.0.1', '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = await readUrl(child);
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
};

/** From its log, which has to be read on, or it would wait for a reader. */
const readUrl = (child: ChildProcess & { stderr: NodeJS.ReadableStream }): Promise<string> =>
  new Promise((resolve, reject) => {
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      const [, url] = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`moto ended with code ${code}.\n${lines.slice(-20).join('\n')}`)));
  });
