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
  /** Whether the connection went away before the answer was complete. */
  readonly isBroken: boolean;
}

export interface HttpRequest {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Hangs up when so many bytes of the body have come. */
  readonly hangUpAfter?: number;
  /** Stops reading after the first bytes of the body, until then. */
  readonly stallUntil?: Promise<unknown>;
  /** Hangs up at this moment, before there is an answer. */
  readonly hangUpAt?: Promise<unknown>;
  /** Whose connections are used. Default: one of its own. */
  readonly agent?: Agent;
}

/** A client of the gateway with the right key. It keeps what came of an answer that broke off. */
export const fetchImage = async (url: string, options: HttpRequest = {}): Promise<HttpAnswer> => {
  const { method = 'GET', headers, stallUntil, hangUpAfter, hangUpAt, agent = false } = options;
  const asked = request(url, { method, headers: { 'x-api-key': API_KEY, ...headers }, agent });
  asked.end();
  // Of a connection that goes away while the answer is read, both the request and the answer tell.
  asked.on('error', () => undefined);
  if (hangUpAt !== undefined) {
    await Promise.race([hangUpAt, once(asked, 'close')]);
    asked.destroy();
    return { status: 0, headers: {}, bytes: Buffer.alloc(0), isBroken: true };
  }
  let answer: IncomingMessage;
  try {
    [answer] = (await once(asked, 'response')) as [IncomingMessage];
  } catch (error) {
    // Closed as idle while the request was on its way: https://nodejs.org/api/http.html#requestreusedsocket
    if (asked.reusedSocket) return fetchImage(url, options);
    throw error;
  }
  const { statusCode: status = 0, headers: answered } = answer;
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
    return { status, headers: answered, bytes: Buffer.concat(chunks), isBroken: true };
  }
  return { status, headers: answered, bytes: Buffer.concat(chunks), isBroken: !answer.complete };
};
