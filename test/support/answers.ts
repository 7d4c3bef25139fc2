import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ApiGatewayHandlers, InvocationContext, Prelude } from '../../src/adapters/api-gateway/handler.ts';

export interface Answer extends Prelude {
  readonly body: Buffer;
  /** The error of an interrupted streamed response. */
  readonly failure?: unknown;
}

export const CONTEXT = { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => 30_000 };

type Run = (service: ApiGatewayHandlers, event: unknown, context?: InvocationContext) => Promise<Answer>;

/** Sends one request in a response mode. The answers of both modes have the same form. */
export const MODES: Readonly<Record<string, Run>> = {
  buffered: async ({ buffered }, event, context = CONTEXT) => {
    const { body, isBase64Encoded, ...head } = await buffered(event, context);
    return { ...head, body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') };
  },
  streaming: async ({ streaming }, event, context = CONTEXT) => {
    const output = new PassThrough();
    const written = buffer(output);
    let head: Prelude | undefined;
    const failure = await streaming(event, context, (prelude) => {
      head = prelude;
      return output;
    }).catch((error: unknown) => {
      output.end();
      return error;
    });
    if (head === undefined) throw new Error('the response never started');
    return { ...head, body: await written, ...(failure === undefined ? {} : { failure }) };
  },
};
