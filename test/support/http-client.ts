import { once } from 'node:events';
import {
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
} from 'node:http';
import { API_KEY } from './service.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** Whether the connection closed before the response was complete. */
  readonly isBroken: boolean;
}

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** Disconnects after this many bytes of the body. */
  readonly hangUpAfter?: number;
  /** Stops reading after the first bytes of the body until this promise settles. */
  readonly stallUntil?: Promise<unknown>;
  /** Disconnects when this promise settles, before the response starts. */
  readonly hangUpAt?: Promise<unknown>;
  /** The agent whose connections are reused. Default: each request has its own connection. */
  readonly agent?: Agent;
}

/** Sends a request to the gateway with the right API key. Of an interrupted response it returns the bytes that arrived. */
export const fetchImage = async (url: string, options: HttpRequest = {}): Promise<HttpAnswer> => {
  const { method = 'GET', headers, body, stallUntil, hangUpAfter, hangUpAt, agent = false } = options;
  const sent = request(url, { method, headers: { 'x-api-key': API_KEY, ...headers }, agent });
  sent.end(body);
  // If the connection closes during the response, both the request and the response emit the error.
  sent.on('error', () => undefined);
  if (hangUpAt !== undefined) {
    await Promise.race([hangUpAt, once(sent, 'close')]);
    sent.destroy();
    return { status: 0, headers: {}, bytes: Buffer.alloc(0), isBroken: true };
  }
  let answer: IncomingMessage;
  try {
    [answer] = (await once(sent, 'response')) as [IncomingMessage];
  } catch (error) {
    // The server closed the idle connection while this request was on its way.
    // https://nodejs.org/api/http.html#requestreusedsocket
    if (sent.reusedSocket) return fetchImage(url, options);
    throw error;
  }
  const { statusCode: status = 0, headers: responseHeaders } = answer;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer) {
      chunks.push(chunk);
      length += chunk.length;
      if (hangUpAfter !== undefined && length >= hangUpAfter) break;
      await stallUntil;
    }
  } catch {
    return { status, headers: responseHeaders, bytes: Buffer.concat(chunks), isBroken: true };
  }
  return { status, headers: responseHeaders, bytes: Buffer.concat(chunks), isBroken: !answer.complete };
};
