import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
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
  /** Hangs up when so many bytes of the body have come; at 0, before there is an answer. */
  readonly hangUpAfter?: number;
}

/** A client of the gateway with the right key. It keeps what came of an answer that broke off. */
export const fetchImage = async (
  url: string,
  { method = 'GET', headers, hangUpAfter }: HttpRequest = {},
): Promise<HttpAnswer> => {
  const asked = request(url, { method, headers: { 'x-api-key': API_KEY, ...headers }, agent: false });
  asked.end();
  if (hangUpAfter === 0) {
    await once(asked, 'finish');
    asked.on('error', () => undefined).destroy();
    return { status: 0, headers: {}, bytes: Buffer.alloc(0), isBroken: true };
  }
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const { statusCode: status = 0, headers: answered } = answer;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer) {
      chunks.push(chunk);
      length += chunk.length;
      if (hangUpAfter !== undefined && length >= hangUpAfter) break;
    }
  } catch {
    return { status, headers: answered, bytes: Buffer.concat(chunks), isBroken: true };
  }
  return { status, headers: answered, bytes: Buffer.concat(chunks), isBroken: !answer.complete };
};
