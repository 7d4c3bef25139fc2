import { readSettings } from '../settings/variables.ts';
import { createContainer, HANDLERS } from './container.ts';

// Made while the function initialises: a wrong configuration fails there, and not with a request.
const handlers = createContainer(readSettings(process.env)).get(HANDLERS);

export const handler: ReturnType<typeof awslambda.streamifyResponse> = awslambda.streamifyResponse(
  (event, stream, context) =>
    handlers.streaming(event, context, (prelude) => awslambda.HttpResponseStream.from(stream, { ...prelude })),
);
