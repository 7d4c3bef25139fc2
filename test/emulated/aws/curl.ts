import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The response of the last request that curl sent. */
export interface CurlAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Buffer;
}

/** Runs curl. Rejects if it exits with an error, which a status of 400 or more is not. */
export const curl = async (...args: readonly string[]): Promise<CurlAnswer> => {
  const { stdout } = await run('curl', ['--silent', '--show-error', '--max-time', '20', '--include', ...args], {
    encoding: 'buffer',
    maxBuffer: 100_000_000,
  });
  return parse(stdout);
};

const run = promisify(execFile);

/** With `--location`, curl prints the head of each response, and the body of the last one. */
const parse = (output: Buffer): CurlAnswer => {
  const end = output.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = output.subarray(0, end).toString('latin1').split('\r\n');
  const rest = output.subarray(end + 4);
  if (rest.subarray(0, 5).toString() === 'HTTP/') return parse(rest);
  const headers = lines.map((line): [string, string] => {
    const [name = '', ...value] = line.split(': ');
    return [name.toLowerCase(), value.join(': ')];
  });
  return { status: Number(statusLine.split(' ')[1]), headers: new Map(headers), bytes: rest };
};
