import type { InvocationContext, ProxyResult } from '../adapters/api-gateway/handler.ts';
import { readSettings } from '../settings/variables.ts';
import { createHandlers } from './container.ts';

// Made while the function initialises: a wrong configuration fails there, and not with a request.
const handlers = createHandlers(readSettings(process.env));

/** Handler of the response mode `stream`. Undefined where the runtime cannot stream, as in some emulators of Lambda. */
export const streaming: ReturnType<typeof awslambda.streamifyResponse> | undefined =
  globalThis.awslambda?.streamifyResponse?.((event, stream, context) =>
    handlers.streaming(event, context, (prelude) => awslambda.HttpResponseStream.from(stream, { ...prelude })),
  );

/** Handler of the response mode `buffered`. */
export const buffered = (event: unknown, context: InvocationContext): Promise<ProxyResult> =>
  handlers.buffered(event, context);
