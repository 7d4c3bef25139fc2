import { once } from 'node:events';
import http, { type IncomingMessage, validateHeaderValue } from 'node:http';
import https from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A request as it is written to the wire. Redirects are not followed, so the headers reach no other host. */
export interface HttpRequest {
  /** Scheme, host and port. The path is in `target`. */
  readonly origin: URL;
  readonly method: string;
  /** Path, percent-encoded. It is sent as it is. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Only `send` sends it. */
  readonly body?: string | undefined;
  /** Deadline of the whole exchange. */
  readonly signal: AbortSignal;
}

/** Result of one request. */
export interface Exchange {
  /** Undefined if no response started. */
  readonly status: number | undefined;
  /** Values by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body, or those that arrived. */
  readonly bytes: Buffer;
  /** How the client recognises the end of the body. */
  readonly framing: 'chunked' | 'Content-Length' | 'end of connection';
  readonly milliseconds: number;
  /** `timeout` if the exchange did not end before its deadline, `broken` if the connection failed. */
  readonly end: 'complete' | 'broken' | 'timeout';
  /** Code of the network error, such as `ECONNREFUSED`. */
  readonly error: string | undefined;
}

/** Sends a request on a new connection and reads the whole response. Never rejects. */
export const send = async (sending: HttpRequest): Promise<Exchange> => {
  const { origin, method, target, headers, body, signal } = sending;
  const started = performance.now();
  const chunks: Buffer[] = [];
  let response: IncomingMessage | undefined;
  let failure: unknown;
  try {
    const { request } = origin.protocol === 'https:' ? https : http;
    const sent = request(origin, { method, path: target, headers, agent: false, signal });
    // If the connection fails during the response, both the request and the response emit the error.
    sent.on('error', () => undefined).end(body);
    [response] = (await once(sent, 'response')) as [IncomingMessage];
    for await (const chunk of response) chunks.push(chunk);
  } catch (error) {
    failure = error;
  }
  const isComplete = failure === undefined && response?.complete === true;
  return {
    status: response?.statusCode,
    headers: joinValues(response?.headers ?? {}),
    bytes: Buffer.concat(chunks),
    framing: framingOf(response?.headers ?? {}),
    milliseconds: performance.now() - started,
    end: isComplete ? 'complete' : signal.aborted ? 'timeout' : 'broken',
    error: signal.aborted ? undefined : (failure as NodeJS.ErrnoException | undefined)?.code,
  };
};

/**
 * Sends a request whose response must have no body: HEAD, or one that is answered with 204 or 304. An HTTP client stops
 * reading such a response after the headers, so it does not notice that the server never ends it. This function notices:
 * it sends a second request on the same connection, which a server answers only after the first response has ended.
 * Bytes that follow the headers are returned as the body. Never rejects.
 */
export const sendWithoutBody = async (request: HttpRequest): Promise<Exchange> => {
  const { origin, method, target, headers, signal } = request;
  const started = performance.now();
  const socket = connectTo(origin).on('error', () => undefined);
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  let received = Buffer.alloc(0);
  let head: Head | undefined;
  let isEnded = false;
  let failure: unknown;
  try {
    socket.write(formatHead(origin, method, target, headers));
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (head === undefined) {
        head = parseHead(received);
        if (head === undefined) continue;
        // Any other status has a body, so the check fails, and what has arrived of the body is enough.
        if (method !== 'HEAD' && head.status !== 204 && head.status !== 304) break;
        const probe = { ...headers, range: 'bytes=0-0', connection: 'close' };
        socket.write(formatHead(origin, 'GET', target, probe));
      }
      if (received.length >= head.length + NEXT_RESPONSE.length) break;
    }
    // A server that closes the connection has ended its response as well.
    isEnded = !signal.aborted;
  } catch (error) {
    failure = error;
    isEnded = head !== undefined && !signal.aborted;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
  const rest = received.subarray(head?.length ?? 0);
  const isNextResponse = rest.subarray(0, NEXT_RESPONSE.length).toString('latin1') === NEXT_RESPONSE;
  return {
    status: head?.status,
    headers: head?.headers ?? {},
    bytes: isNextResponse || head === undefined ? Buffer.alloc(0) : rest,
    framing: framingOf(head?.headers ?? {}),
    milliseconds: performance.now() - started,
    end: isEnded && head !== undefined ? 'complete' : signal.aborted ? 'timeout' : 'broken',
    error: signal.aborted ? undefined : (failure as NodeJS.ErrnoException | undefined)?.code,
  };
};

const NEXT_RESPONSE = 'HTTP/';

/** Limit of Node.js for the same. */
const MAX_HEAD_BYTES = 16_384;

interface Head {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes up to and including the empty line. */
  readonly length: number;
}

const connectTo = ({ protocol, hostname, port }: URL): Socket => {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'http:') return connect({ host, port: Number(port || 80) });
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ host, port: Number(port || 443), ALPNProtocols: ['http/1.1'], ...servername });
};

const formatHead = (
  { host }: URL,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
): string => {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => {
    validateHeaderValue(name, value);
    return `${name}: ${value}`;
  });
  return [`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n');
};

/**
 * Returns undefined until the whole head has arrived.
 *
 * @throws Error if it is not the head of an HTTP response.
 */
const parseHead = (bytes: Buffer): Head | undefined => {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) {
    if (bytes.length > MAX_HEAD_BYTES) throw new Error('the head of the response is too long');
    return undefined;
  }
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const [, status] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first) ?? [];
  if (status === undefined) throw new Error('the response is not HTTP/1.1');
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return { status: Number(status), headers, length: end + 4 };
};

const joinValues = (headers: IncomingMessage['headers']): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

const framingOf = (headers: Readonly<Record<string, unknown>>): Exchange['framing'] => {
  if (/\bchunked\b/i.test(String(headers['transfer-encoding']))) return 'chunked';
  return headers['content-length'] === undefined ? 'end of connection' : 'Content-Length';
};
