import { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { runCommand } from '../../src/cli/program.ts';
import type { Variables } from '../../src/settings/variables.ts';

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command `images-api` in this process. `env` replaces the environment variables. */
export const run = async (
  args: readonly string[],
  env: Variables = {},
  { terminal = false }: { readonly terminal?: boolean } = {},
): Promise<Run> => {
  const stdout = createStream(terminal);
  const stderr = createStream(terminal);
  const exitCode = await runCommand(args, env, { stdout: stdout.stream, stderr: stderr.stream });
  return { exitCode, stdout: stdout.read(), stderr: stderr.read() };
};

const createStream = (isTTY: boolean) => {
  let written = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      written += chunk;
      done();
    },
  });
  const { getColorDepth } = WriteStream.prototype;
  return { stream: Object.assign(stream, { isTTY, getColorDepth }), read: () => written };
};
