import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Exchange, type HttpRequest, send, sendWithoutBody } from '../../../src/cli/verify/exchange.ts';

/** Starts a server that passes each request, up to its empty line, to `answer`. */
const startServer = async (answer: (request: string, socket: Socket, count: number) => void) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let count = 0;
    let received = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received += chunk;
      for (let end = received.indexOf('\r\n\r\n'); end !== -1; end = received.indexOf('\r\n\r\n')) {
        answer(received.slice(0, end), socket, count++);
        received = received.slice(end + 4);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

const exchange = async (
  sendRequest: (request: HttpRequest) => Promise<Exchange>,
  answer: (request: string, socket: Socket, count: number) => void,
  { method = 'GET', timeout = 20_000, signal = AbortSignal.timeout(timeout) } = {},
): Promise<Exchange> => {
  await using server = await startServer(answer);
  return await sendRequest({
    origin: server.origin,
    method,
    target: '/dev/a%2Fb',
    headers: { 'x-api-key': 'k' },
    signal,
  });
};

const writes =
  (...texts: readonly string[]) =>
  (_: string, socket: Socket) => {
    for (const text of texts) socket.write(text);
  };

const NEXT = 'HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\nx';

describe('send', () => {
  it.each<[response: string, text: string, expected: Partial<Exchange>]>([
    [
      'a chunked body',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n',
      { framing: 'chunked', end: 'complete', bytes: Buffer.from('ab') },
    ],
    [
      'a body with a length',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab',
      { framing: 'Content-Length', end: 'complete', bytes: Buffer.from('ab') },
    ],
    [
      'an empty chunked body',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      { framing: 'chunked', end: 'complete', bytes: Buffer.alloc(0) },
    ],
  ])('reads %s', async (_, text, expected) => {
    expect(await exchange(send, writes(text))).toMatchObject({ status: 200, error: undefined, ...expected });
  });

  it('reads a body that ends with the connection', async () => {
    const answer = await exchange(send, (_, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nab'));
    expect(answer).toMatchObject({
      status: 200,
      framing: 'end of connection',
      end: 'complete',
      bytes: Buffer.from('ab'),
    });
  });

  it.each([
    ['chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n'],
    ['Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab'],
  ])('reports a body with %s that ends too early as broken, with the bytes that arrived', async (framing, text) => {
    const answer = await exchange(send, (_, socket) => socket.end(text));
    expect(answer).toMatchObject({ status: 200, framing, end: 'broken', bytes: Buffer.from('ab') });
  });

  it('stops at the deadline and returns what arrived', async () => {
    const text = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n';
    expect(await exchange(send, writes(text), { timeout: 500 })).toMatchObject({
      status: 200,
      end: 'timeout',
      bytes: Buffer.from('ab'),
    });
    expect(await exchange(send, () => undefined, { timeout: 500 })).toMatchObject({
      status: undefined,
      end: 'timeout',
    });
  });
});

describe.each([
  ['send', send],
  ['sendWithoutBody', sendWithoutBody],
] as const)('%s', (_, sendRequest) => {
  it('writes the target as it is', async () => {
    let request = '';
    await exchange(sendRequest, (text, socket) => {
      request ||= text;
      socket.end('HTTP/1.1 304 Not Modified\r\n\r\n');
    });
    expect(request).toMatch(/^GET \/dev\/a%2Fb HTTP\/1\.1\r\n/);
    expect(request.toLowerCase()).toContain('\r\nx-api-key: k');
  });

  it('sends nothing after the deadline', async () => {
    const requests: string[] = [];
    const signal = AbortSignal.abort();
    expect(await exchange(sendRequest, (request) => void requests.push(request), { signal })).toMatchObject({
      status: undefined,
      end: 'timeout',
    });
    expect(requests).toEqual([]);
  });

  it('reports a connection that closes before the response', async () => {
    expect(await exchange(sendRequest, (__, socket) => socket.end())).toMatchObject({
      status: undefined,
      end: 'broken',
    });
  });

  it('reports a response that is not HTTP', async () => {
    const answer = await exchange(sendRequest, (__, socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n'));
    expect(answer).toMatchObject({ status: undefined, end: 'broken' });
  });

  it('sends nothing readable to a server without TLS if the URL is https', async () => {
    let received = '';
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const headers = { 'x-api-key': 'the-key-of-the-service' };
    const answer = await sendRequest({
      origin,
      method: 'GET',
      target: '/',
      headers,
      signal: AbortSignal.timeout(20_000),
    });
    server.close();
    expect(answer).toMatchObject({ status: undefined, end: 'broken', error: expect.stringMatching(/SSL|EPROTO/) });
    expect(received).not.toContain('the-key');
  });

  it('sends no header with a line break', async () => {
    await using server = await startServer(() => undefined);
    const headers = { 'if-none-match': '"a"\r\nx: y' };
    const request = { origin: server.origin, method: 'GET', target: '/', headers, signal: AbortSignal.timeout(20_000) };
    expect(await sendRequest(request)).toMatchObject({ status: undefined, end: 'broken', error: 'ERR_INVALID_CHAR' });
  });
});

describe('sendWithoutBody', () => {
  const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVary: a\r\nVary:  b \r\n\r\n';
  const head = (answer: (request: string, socket: Socket, count: number) => void, timeout = 20_000) =>
    exchange(sendWithoutBody, answer, { method: 'HEAD', timeout });

  it('ends if the server answers a second request on the connection', async () => {
    const answer = await head((_, socket, count) => socket.write(count === 0 ? HEAD : NEXT));
    expect(answer).toMatchObject({ status: 200, end: 'complete', bytes: Buffer.alloc(0) });
    expect(answer.headers).toEqual({ 'content-length': '5', vary: 'a, b' });
  });

  it('ends if the server closes the connection', async () => {
    expect(await head((_, socket) => socket.end(HEAD))).toMatchObject({ status: 200, end: 'complete' });
  });

  it('reads a head that arrives byte by byte', async () => {
    const answer = await head((_, socket, count) => {
      for (const character of count === 0 ? HEAD : NEXT) socket.write(character);
    });
    expect(answer).toMatchObject({ status: 200, end: 'complete', bytes: Buffer.alloc(0) });
  });

  it('times out if the server does not answer a second request', async () => {
    const answer = await head((_, socket, count) => count === 0 && socket.write(HEAD), 500);
    expect(answer).toMatchObject({ status: 200, end: 'timeout', bytes: Buffer.alloc(0) });
  });

  it.each(['HTTP/1.1 304 Not Modified\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'])(
    'expects no body after %j',
    async (text) => {
      const answer = await exchange(sendWithoutBody, (_, socket, count) => socket.write(count === 0 ? text : NEXT));
      expect(answer).toMatchObject({ end: 'complete', bytes: Buffer.alloc(0) });
    },
  );

  it('stops reading a head that is too long', async () => {
    expect(await head((_, socket) => socket.write(`${HEAD.trimEnd()}${'x'.repeat(20_000)}`))).toMatchObject({
      status: undefined,
      end: 'broken',
    });
  });

  it('returns the bytes that follow the headers', async () => {
    const answer = await head((_, socket, count) => socket.write(count === 0 ? `${HEAD}image` : NEXT));
    expect(answer).toMatchObject({ status: 200, end: 'complete' });
    expect(answer.bytes.toString()).toMatch(/^image/);
  });

  it('returns the start of the body if the status has one', async () => {
    const text = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope';
    const answer = await exchange(sendWithoutBody, writes(text));
    expect(answer).toMatchObject({ status: 403, end: 'complete', bytes: Buffer.from('nope') });
  });
});
