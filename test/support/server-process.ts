import type { ChildProcess } from 'node:child_process';

/** A server in a separate process, on a free port of 127.0.0.1. */
export interface ServerProcess {
  readonly url: string;
  /** Stops the process, and resolves when it has exited. */
  stop(): Promise<void>;
}

/**
 * Waits until a new process serves, and stops it if it does not. The process is also stopped when this one exits, for
 * example after Ctrl-C.
 *
 * @param findUrl resolves with the URL once the server answers.
 * @throws Error with the last output of the process, if `findUrl` rejects or the process exits first.
 */
export const untilServing = async (
  name: string,
  child: ChildProcess,
  findUrl: () => Promise<string>,
): Promise<ServerProcess> => {
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output.push(text);
      output.splice(0, output.length - MAX_CHUNKS);
    });
  }
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  const exited = new Promise<unknown>((resolve) => {
    child.once('error', resolve).once('exit', resolve);
  });
  const stop = async (): Promise<void> => {
    kill();
    await exited;
    process.off('exit', kill);
  };
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    // Unlike 'exit', 'close' is emitted after all output.
    child.once('close', (code, signal) => reject(new Error(`${name} exited with ${code ?? signal}.`)));
  });
  try {
    return { url: await Promise.race([findUrl(), failed]), stop };
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}\n${output.join('')}`);
  }
};

/** Number of output chunks that the error message contains. */
const MAX_CHUNKS = 20;
