import { readSettings } from '../settings/variables.ts';
import { createHandlers } from './container.ts';

// Made while the function initialises: a wrong configuration fails there, and not with a request.
const handlers = createHandlers(readSettings(process.env));

export const handler: ReturnType<typeof awslambda.streamifyResponse> = awslambda.streamifyResponse(
  (event, stream, context) =>
    handlers.streaming(event, context, (prelude) => awslambda.HttpResponseStream.from(stream, { ...prelude })),
);
