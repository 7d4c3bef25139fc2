import { type ChildProcess, execFile, spawn } from 'node:child_process';
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

/** What `npm start` runs. */
const [, ...ARGUMENTS] = packageJson.scripts.start.split(' ');

const run = (env: Record<string, string>): ChildProcess => {
  const { PATH = '' } = process.env;
  return spawn(process.execPath, ARGUMENTS, {
    cwd: ROOT,
    env: { PATH, LOG_LEVEL: 'silent', PORT: '0', ...env },
  });
};

/** Starts the gateway as `npm start` does, and waits until it has told how it is reached. */
const start = async (env: Record<string, string> = {}): Promise<Started> => {
  const child = run(env);
  const exited = once(child, 'exit');
  let greeting = '';
  for await (const chunk of child.stderr ?? []) {
    greeting += chunk;
    if (greeting.endsWith("'\n\n")) break;
  }
  const [, url = ''] = /URL {2}(\S+)/.exec(greeting) ?? [];
  const [, key = ''] = /key {2}(\S+)/.exec(greeting) ?? [];
  return {
    process: child,
    greeting,
    url,
    key,
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT');
      await exited;
    },
  };
};

/** What a start that fails prints, and its exit code. */
const fail = async (env: Record<string, string>): Promise<{ code: number; message: string }> => {
  const child = run(env);
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
  test.each(['stream', 'buffered'])('serves the samples (%s), and tells how to fetch one of them', async (mode) => {
    await using gateway = await start({ RESPONSE_MODE: mode });
    const sample = 'partnerimages/67/28/67286576.jpeg';
    expect(gateway.greeting).toContain(
      `curl -H 'x-api-key: ${gateway.key}' -o '67286576.jpeg' '${gateway.url}${sample}'`,
    );
    const { status, bytes } = await fetchImage(`${gateway.url}${sample}`, gateway.key);
    expect(status).toBe(200);
    expect(bytes).toEqual(await readFile(resolve(ROOT, 'samples', sample)));
    expect((await fetchImage(`${gateway.url}${sample}`, 'another')).status).toBe(403);
  });

  test('serves the samples under the route of slices, and knows no other path then', async () => {
    const route = {
      path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}',
      key: 'partners/{id}/original.{ext}',
    };
    await using gateway = await start({ IMAGES_MAPPING: JSON.stringify({ routes: [route] }) });
    expect((await fetchImage(`${gateway.url}partnerimages/67/28/67286576.jpeg`, gateway.key)).status).toBe(200);
    const { status, bytes } = await fetchImage(`${gateway.url}partnerimages/99/28/67286576.jpeg`, gateway.key);
    expect([status, JSON.parse(String(bytes)).code]).toEqual([404, 'unknown-path']);
  });

  test('serves another folder, under a key and an environment of choice', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'images-'));
    try {
      await writeFile(join(folder, "a 'b.png"), 'png');
      const key = 'chosenByTheOneWhoStartsIt';
      await using gateway = await start({ IMAGES_DIRECTORY: folder, API_KEY: key, ENVIRONMENT: 'alice' });
      expect([gateway.key, gateway.url.endsWith('/alice/')]).toEqual([key, true]);
      // What is printed is pasted into a shell.
      expect(gateway.greeting).toContain(`-o 'a '\\''b.png' '${gateway.url}a%20'\\''b.png'`);
      expect(String((await fetchImage(`${gateway.url}a%20'b.png`, key)).bytes)).toBe('png');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('gives up a client that reads nothing', async () => {
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

  test('streams 200 MB without holding the image in memory, from its first bytes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'images-'));
    try {
      const size = 200 * 1024 * 1024;
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
      // Nothing more is taken for now: what has been read of the file by then waits in memory.
      expect(received).toBeGreaterThan(0);
      let most = await residentMegabytes(gateway.process);
      for (let sampled = 0; ; ) {
        const { value, done } = await reader.read();
        if (done) break;
        received += value.length;
        if (received - sampled < size / 20) continue;
        sampled = received;
        most = Math.max(most, await residentMegabytes(gateway.process));
      }
      expect(received).toBe(size);
      // Megabytes. V8 keeps up to some 70 MB of garbage buffers; a server that holds the image grows by 200.
      expect(most - before).toBeLessThan(120);
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 30_000);

  test('says so when it shows no image, and when it serves a bucket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'images-'));
    try {
      await using empty = await start({ IMAGES_DIRECTORY: folder });
      expect(empty.greeting).toContain(`${empty.url}PATH'`);
      await using bucket = await start({ IMAGES_BUCKET: 'images', AWS_REGION: 'eu-west-1' });
      expect(bucket.greeting).toMatch(/^Serving the bucket images \(stream\), Ctrl-C ends it\n/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('ends by %s with exit code 0', async (signal) => {
    const gateway = await start();
    const exited = once(gateway.process, 'exit');
    gateway.process.kill(signal);
    expect(await exited).toEqual([0, null]);
  });

  test('says in one sentence that the port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    try {
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      expect(await fail({ PORT: String(port) })).toEqual({
        code: 1,
        message: `Port ${port} is in use; name another one with PORT, or PORT=0 for any.\n`,
      });
    } finally {
      server.close();
    }
  });

  test('says in one sentence that the folder is missing', async () => {
    expect(await fail({ IMAGES_DIRECTORY: '/no/such/folder' })).toEqual({
      code: 1,
      message:
        'The configuration cannot be used:\n- IMAGES_DIRECTORY: there is no folder /no/such/folder; name one that holds images\n',
    });
  });

  test('says where the mapping is wrong, and how to mend it', async () => {
    expect(await fail({ IMAGES_MAPPING: '{"routes":[{"path":"{a}{b}","key":"{a}-{b}"}]}' })).toEqual({
      code: 1,
      message:
        'The configuration cannot be used:\n- IMAGES_MAPPING: route 1, path, column 4: {a} and {b} are adjacent, so the end of {a} is ambiguous; put a literal between them\n',
    });
  });
});
