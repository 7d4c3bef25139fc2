import type { InvocationContext, ProxyResult } from '../adapters/api-gateway/handler.ts';
import { readSettings } from '../settings/variables.ts';
import { createHandlers } from './container.ts';

// Created at initialisation, so a wrong configuration fails the start of the function instead of its first request.
const handlers = createHandlers(readSettings(process.env));

/** Handler for the response mode `stream`. Undefined if the runtime cannot stream, as in some Lambda emulators. */
export const streaming: ReturnType<typeof awslambda.streamifyResponse> | undefined =
  globalThis.awslambda?.streamifyResponse?.((event, stream, context) =>
    handlers.streaming(event, context, (prelude) => awslambda.HttpResponseStream.from(stream, { ...prelude })),
  );

/** Handler for the response mode `buffered`. */
export const buffered = (event: unknown, context: InvocationContext): Promise<ProxyResult> =>
  handlers.buffered(event, context);
