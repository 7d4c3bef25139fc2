import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** The response of the server behind the proxy. A test changes it before the proxy sends it on. */
export interface ProxiedAnswer {
  status: number;
  headers: Record<string, string>;
  bytes: Buffer;
  /** Sends nothing, or only the status and headers and the bytes, and never ends the response. */
  hang?: 'before the headers' | 'after the headers';
  /** Closes the connection after the bytes, before the announced end. */
  isBroken?: boolean;
  /** Marks the end of the body by the end of the connection. */
  isUnframed?: boolean;
}

export interface ProxyOptions {
  /** Changes a request before it is sent on. */
  readonly changeRequest?: (request: ProxiedRequest) => void;
  readonly changeAnswer?: (answer: ProxiedAnswer, request: ProxiedRequest) => void;
}

export interface ProxiedRequest {
  method: string;
  target: string;
  headers: Record<string, string>;
}

export interface RunningProxy extends AsyncDisposable {
  readonly origin: string;
  readonly requests: readonly ProxiedRequest[];
}

/** Starts a proxy in front of `origin` on a free port of 127.0.0.1. `await using` stops it. */
export const startProxy = async (origin: string, options: ProxyOptions): Promise<RunningProxy> => {
  const requests: ProxiedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const proxied = { method: incoming.method ?? '', target: incoming.url ?? '', headers: textHeaders(incoming) };
    requests.push(structuredClone(proxied));
    options.changeRequest?.(proxied);
    const { method, target, headers } = proxied;
    const sent = request(origin, { method, path: target, headers, agent: false }).end(await buffer(incoming));
    const [received] = (await once(sent, 'response')) as [IncomingMessage];
    const answer: ProxiedAnswer = {
      status: received.statusCode ?? 0,
      headers: textHeaders(received),
      bytes: await buffer(received),
    };
    options.changeAnswer?.(answer, proxied);
    sendAnswer(response, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

const sendAnswer = (response: ServerResponse, answer: ProxiedAnswer): void => {
  const { status, headers, bytes, hang, isBroken = false, isUnframed = false } = answer;
  if (hang === 'before the headers') return;
  if (isUnframed) {
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
  }
  response.writeHead(status, headers);
  if (hang === undefined && !isBroken) return void response.end(bytes);
  response.flushHeaders();
  response.write(bytes, () => isBroken && response.destroy());
};

/** The headers without those of the connection. */
const textHeaders = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
