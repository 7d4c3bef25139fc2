import type { InvocationContext, ProxyResult } from '../adapters/api-gateway/handler.ts';
import { readSettings } from '../settings/variables.ts';
import { createHandlers } from './container.ts';

// Made while the function initialises: a wrong configuration fails there, and not with a request.
const handlers = createHandlers(readSettings(process.env));

export const handler = (event: unknown, context: InvocationContext): Promise<ProxyResult> =>
  handlers.buffered(event, context);
