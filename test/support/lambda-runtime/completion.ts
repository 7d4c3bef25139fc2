import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** The result of an invocation, with the bytes that the function sent. */
export type Completion =
  | { readonly kind: 'buffered'; readonly body: Buffer }
  | { readonly kind: 'streamed'; readonly contentType: string | undefined; readonly body: Buffer }
  /** `body` has the bytes that were streamed before the failure. */
  | { readonly kind: 'failed'; readonly error: FunctionError; readonly body: Buffer };

/** An error as the runtime client reports it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
}

export interface ResponseObserver {
  /** Called with the number of bytes that have arrived. Reading pauses until a returned promise settles. */
  onBytes?(total: number): unknown;
  /** Leaves the body out of the completion, so that a large body does not use memory. */
  readonly discards?: boolean;
}

/**
 * Reads the response that the function posts. A streamed response can still fail at its end: the trailers report that.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
 *
 * @throws Error if the function violates the protocol or disconnects.
 */
export const readResponse = async (request: IncomingMessage, observer: ResponseObserver = {}): Promise<Completion> => {
  const { 'content-type': contentType, 'transfer-encoding': coding } = request.headers;
  const mode = request.headers['lambda-runtime-function-response-mode'];
  const body = await readBody(request, observer);
  if (mode === undefined) return body.length > MAX_RESPONSE_BYTES ? tooLarge(body) : { kind: 'buffered', body };
  if (mode !== 'streaming' || coding !== 'chunked') {
    throw new Error(`expected a chunked response in streaming mode, but the mode is ${mode}, the encoding ${coding}`);
  }
  const errorType = request.trailers['lambda-runtime-function-error-type'];
  if (errorType === undefined) return { kind: 'streamed', contentType, body };
  const details = Buffer.from(request.trailers['lambda-runtime-function-error-body'] ?? '', 'base64');
  return { kind: 'failed', error: { ...parseError(details), errorType }, body };
};

/** Reads the error that the function posts. */
export const readError = async (request: IncomingMessage): Promise<FunctionError> =>
  parseError(await readBody(request));

/** Bytes of JSON. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100;

const tooLarge = (body: Buffer): Completion => ({
  kind: 'failed',
  error: {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `the response has ${body.length} bytes, but the limit is ${MAX_RESPONSE_BYTES} bytes`,
  },
  body,
});

const parseError = (json: Buffer): FunctionError => JSON.parse(json.toString());

const readBody = async (
  request: IncomingMessage,
  { onBytes, discards = false }: ResponseObserver = {},
): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of request) {
    if (!discards) chunks.push(chunk);
    total += chunk.length;
    await onBytes?.(total);
  }
  return Buffer.concat(chunks);
};
