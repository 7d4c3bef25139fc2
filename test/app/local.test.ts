import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };

const ROOT = resolve(import.meta.dirname, '../..');

interface Started extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly greeting: string;
  readonly url: string;
  readonly key: string;
}

/** Arguments of `node` in the script `start`. */
const [, ...ARGUMENTS] = packageJson.scripts.start.split(' ');

const run = (env: Record<string, string>, args: readonly string[] = []): ChildProcess => {
  const { PATH = '' } = process.env;
  return spawn(process.execPath, [...ARGUMENTS, ...args], {
    cwd: ROOT,
    env: { PATH, LOG_LEVEL: 'silent', PORT: '0', ...env },
  });
};

/** Starts the gateway as `npm start` does, and waits for its greeting. */
const start = async (env: Record<string, string> = {}): Promise<Started> => {
  const child = run(env);
  const exited = once(child, 'exit');
  return {
    process: child,
    ...(await readGreeting(child.stderr as Readable)),
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT');
      await exited;
    },
  };
};

/** Starts the gateway in a pseudo terminal. Its standard output is everything that the terminal shows. */
const startInTerminal = async (env: Record<string, string>): Promise<Started> => {
  const { PATH = '' } = process.env;
  const command = [process.execPath, ...ARGUMENTS].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    cwd: ROOT,
    env: { PATH, PORT: '0', TERM: 'xterm-256color', ...env },
  });
  const exited = once(child, 'exit');
  return {
    process: child,
    ...(await readGreeting(child.stdout)),
    async [Symbol.asyncDispose]() {
      child.stdin.write(CTRL_C);
      await exited;
    },
  };
};

const CTRL_C = '\u0003';

/** The `script` of util-linux. That of macOS has other options. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

const readGreeting = async (output: Readable): Promise<Pick<Started, 'greeting' | 'url' | 'key'>> => {
  let greeting = '';
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    greeting += chunk;
    if (/'\r?\n\r?\n$/.test(greeting)) break;
  }
  const [, url = ''] = /URL {2}(\S+)/.exec(greeting) ?? [];
  const [, key = ''] = /key {2}(\S+)/.exec(greeting) ?? [];
  return { greeting, url, key };
};

/** Runs a start that fails. Returns its exit code and what it prints to standard error. */
const fail = async (
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<{ code: number; message: string }> => {
  const child = run(env, args);
  const [message, [code]] = await Promise.all([text(child.stderr as NodeJS.ReadableStream), once(child, 'exit')]);
  return { code, message };
};

const fetchImage = async (url: string, key: string) => {
  const response = await fetch(url, { headers: { 'x-api-key': key } });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
};

const residentMegabytes = async ({ pid }: ChildProcess): Promise<number> => {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) / 1024;
};

describe('npm start', () => {
  test.each(['stream', 'buffered'])(
    'serves the samples in mode %s and prints a command that fetches one',
    async (mode) => {
      await using gateway = await start({ RESPONSE_MODE: mode });
      const sample = 'partnerimages/67/28/67286576.jpeg';
      expect(gateway.greeting).toContain(
        `curl -H 'x-api-key: ${gateway.key}' -o '67286576.jpeg' '${gateway.url}${sample}'`,
      );
      const { status, bytes } = await fetchImage(`${gateway.url}${sample}`, gateway.key);
      expect(status).toBe(200);
      expect(bytes).toEqual(await readFile(resolve(ROOT, 'samples', sample)));
      expect((await fetchImage(`${gateway.url}${sample}`, 'another')).status).toBe(403);
    },
  );

  test('serves only the paths of the configured route', async () => {
    const route = {
      path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}',
      key: 'partners/{id}/original.{ext}',
    };
    await using gateway = await start({ IMAGES_MAPPING: JSON.stringify({ routes: [route] }) });
    expect((await fetchImage(`${gateway.url}partnerimages/67/28/67286576.jpeg`, gateway.key)).status).toBe(200);
    const { status, bytes } = await fetchImage(`${gateway.url}partnerimages/99/28/67286576.jpeg`, gateway.key);
    expect([status, JSON.parse(String(bytes)).code]).toEqual([404, 'unknown-path']);
  });

  test('answers 429 above THROTTLE and above QUOTA', async () => {
    const codesOf = async (env: Record<string, string>): Promise<unknown[]> => {
      await using gateway = await start(env);
      const fetchCode = async () => {
        const { status, bytes } = await fetchImage(`${gateway.url}formats/waves.svg`, gateway.key);
        return status === 200 ? status : JSON.parse(String(bytes)).code;
      };
      return await Promise.all(Array.from({ length: 20 }, fetchCode));
    };
    // The bucket gains one token per second, so it would take 19 seconds to admit all requests.
    expect(await codesOf({ THROTTLE: '1,1' })).toContain('throttled');
    expect((await codesOf({ QUOTA: '2' })).sort()).toEqual([200, 200, ...Array(18).fill('quota-exceeded')]);
  });

  test('answers a preflight request of a page in CORS_ORIGINS without a key', async () => {
    await using gateway = await start({ CORS_ORIGINS: 'https://app.example.com' });
    const headers = { origin: 'https://app.example.com' };
    const response = await fetch(`${gateway.url}formats/waves.svg`, { method: 'OPTIONS', headers });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, headers.origin]);
  });

  test('serves another folder with the configured API key and environment', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'images-'));
    try {
      await writeFile(join(folder, "a 'b.png"), 'png');
      const key = 'aConfiguredKeyOf28Characters';
      await using gateway = await start({ IMAGES_DIRECTORY: folder, API_KEY: key, ENVIRONMENT: 'alice' });
      expect([gateway.key, gateway.url.endsWith('/alice/')]).toEqual([key, true]);
      // People paste the command into a shell.
      expect(gateway.greeting).toContain(`-o 'a '\\''b.png' '${gateway.url}a%20'\\''b.png'`);
      expect(String((await fetchImage(`${gateway.url}a%20'b.png`, key)).bytes)).toBe('png');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('closes the connection of a client that stops reading', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'images-'));
    try {
      await writeFile(join(folder, 'large.png'), '');
      await truncate(join(folder, 'large.png'), 50_000_000);
      await using gateway = await start({
        IMAGES_DIRECTORY: folder,
        CLIENT_IDLE_TIMEOUT_MS: '300',
        LOG_LEVEL: 'info',
      });
      const { hostname, port } = new URL(gateway.url);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined).pause();
      socket.write(`GET /dev/large.png HTTP/1.1\r\nhost: x\r\nx-api-key: ${gateway.key}\r\n\r\n`);
      const [line] = await once(gateway.process.stdout as Readable, 'data');
      expect(JSON.parse(String(line))).toMatchObject({ status: 200, code: 'client-timeout' });
      let received = 0;
      socket.on('data', (chunk) => {
        received += chunk.length;
      });
      socket.resume();
      await once(socket, 'close');
      expect(received).toBeLessThan(50_000_000);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('streams 200 MB without holding the image in memory', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'images-'));
    try {
      const size = 200_000_000;
      await writeFile(join(folder, 'small.png'), 'png');
      await truncate(join(folder, 'small.png'), 1024 * 1024);
      await writeFile(join(folder, 'large.png'), '');
      await truncate(join(folder, 'large.png'), size);
      await using gateway = await start({ IMAGES_DIRECTORY: folder });
      await fetchImage(`${gateway.url}small.png`, gateway.key);
      const before = await residentMegabytes(gateway.process);
      const response = await fetch(`${gateway.url}large.png`, { headers: { 'x-api-key': gateway.key } });
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      let received = (await reader.read()).value?.length ?? 0;
      // The test pauses reading here, so everything that the server has read ahead is in its memory.
      expect(received).toBeGreaterThan(0);
      let peak = await residentMegabytes(gateway.process);
      for (let sampled = 0; ; ) {
        const { value, done } = await reader.read();
        if (done) break;
        received += value.length;
        if (received - sampled < size / 20) continue;
        sampled = received;
        peak = Math.max(peak, await residentMegabytes(gateway.process));
      }
      expect(received).toBe(size);
      // Megabytes. V8 keeps about 70 MB of unused buffers; a server that held the whole image would grow by 200 MB.
      expect(peak - before).toBeLessThan(120);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 30_000);

  test('prints PATH in the command if the folder has no image, and the bucket if it serves one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'images-'));
    try {
      await using empty = await start({ IMAGES_DIRECTORY: folder });
      expect(empty.greeting).toContain(`${empty.url}PATH'`);
      await using bucket = await start({ IMAGES_BUCKET: 'images', AWS_REGION: 'eu-west-1' });
      expect(bucket.greeting).toMatch(/^Serving the bucket images \(stream\)\. Press Ctrl-C to stop\.\n/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('stops on %s with exit code 0', async (signal) => {
    const gateway = await start();
    const exited = once(gateway.process, 'exit');
    gateway.process.kill(signal);
    expect(await exited).toEqual([0, null]);
  });

  test('names the variable PORT if the port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      expect(await fail({ PORT: String(port) })).toEqual({
        code: 1,
        message: `Port ${port} is already in use. Set PORT to another port, or to 0 for any free port.\n`,
      });
    } finally {
      server.close();
    }
  });

  test.each([
    ['/no/such/folder', 'does not exist'],
    [resolve(ROOT, 'package.json'), 'is not a folder'],
  ])('names the variable IMAGES_DIRECTORY if %s %s', async (directory, fault) => {
    expect(await fail({ IMAGES_DIRECTORY: directory })).toEqual({
      code: 1,
      message: `The configuration cannot be used:\n- IMAGES_DIRECTORY: ${directory} ${fault}; set it to a folder that holds images\n`,
    });
  });

  test('prints where the mapping is wrong and how to fix it', async () => {
    expect(await fail({ IMAGES_MAPPING: '{"routes":[{"path":"{a}{b}","key":"{a}-{b}"}]}' })).toEqual({
      code: 1,
      message:
        'The configuration cannot be used:\n- IMAGES_MAPPING: route 1, path, column 4: {a} and {b} are adjacent, so the end of {a} is ambiguous; put a literal between them\n',
    });
  });

  test('prints its variables and exits with 0 if called with --help', async () => {
    const child = run({}, ['--help']);
    const [help, [code]] = await Promise.all([text(child.stdout as Readable), once(child, 'exit')]);
    expect(code).toBe(0);
    expect(help).toContain('Usage: npm start');
    expect(help).toContain('IMAGES_DIRECTORY');
  });

  test('rejects an unknown argument and points to --help', async () => {
    expect(await fail({}, ['--port'])).toEqual({
      code: 1,
      message: 'Unknown argument --port. Settings are environment variables: run npm start -- --help to see them.\n',
    });
  });

  test('logs JSON to a pipe', async () => {
    await using gateway = await start({ LOG_LEVEL: 'info', FORCE_COLOR: '1' });
    await fetchImage(`${gateway.url}none.png`, gateway.key);
    const [line] = await once(gateway.process.stdout as Readable, 'data');
    expect(JSON.parse(String(line))).toMatchObject({ method: 'GET', path: 'none.png', status: 404 });
  });

  test.skipIf(!hasScript).each([
    { env: {}, color: '\u001b[32m' },
    { env: { NO_COLOR: '1' }, color: '' },
  ])('logs one readable line per request to a terminal with the variables $env', async ({ env, color }) => {
    await using gateway = await startInTerminal(env);
    await fetchImage(`${gateway.url}formats/waves.svg`, gateway.key);
    const line = String((await once(gateway.process.stdout as Readable, 'data'))[0]);
    expect(line).toMatch(/\d\d:\d\d:\d\d/);
    expect(line).toContain(`GET formats/waves.svg ${color}200`);
    expect(line).toMatch(/ 321 bytes in \d+\.\d ms .*\(map \d+\.\d, store \d+\.\d, send \d+\.\d\)/);
    expect(line.includes('\u001b')).toBe(color !== '');
  });
});
