import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** How an invocation ended, in the function's own bytes. */
export type Completion =
  | { readonly kind: 'buffered'; readonly body: Buffer }
  | { readonly kind: 'streamed'; readonly contentType: string | undefined; readonly body: Buffer }
  /** `body` is what had been streamed by then. */
  | { readonly kind: 'failed'; readonly error: FunctionError; readonly body: Buffer };

/** What the runtime client reports of an error. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
}

export interface ResponseObserver {
  /** Called with the number of bytes that have arrived. Nothing more is read until a promise that it returns settles. */
  onBytes?(total: number): unknown;
  /** Leaves the body out of the completion: it may be larger than what one wants to hold. */
  readonly discards?: boolean;
}

/**
 * Reads what the function posts as its response. One in streaming mode may still turn out to have failed: the trailers
 * say so. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
 *
 * @throws Error when the function does not keep to the protocol, or goes away.
 */
export const readResponse = async (request: IncomingMessage, observer: ResponseObserver = {}): Promise<Completion> => {
  const { 'content-type': contentType, 'transfer-encoding': coding } = request.headers;
  const mode = request.headers['lambda-runtime-function-response-mode'];
  const body = await readBody(request, observer);
  if (mode === undefined) return body.length > MAX_RESPONSE_BYTES ? tooLarge(body) : { kind: 'buffered', body };
  if (mode !== 'streaming' || coding !== 'chunked') throw new Error(`a response in mode ${mode} is sent ${coding}`);
  const errorType = request.trailers['lambda-runtime-function-error-type'];
  if (errorType === undefined) return { kind: 'streamed', contentType, body };
  const details = Buffer.from(request.trailers['lambda-runtime-function-error-body'] ?? '', 'base64');
  return { kind: 'failed', error: { ...parseError(details), errorType }, body };
};

/** Reads what the function posts as an error. */
export const readError = async (request: IncomingMessage): Promise<FunctionError> =>
  parseError(await readBody(request));

/** In bytes of JSON: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100;

const tooLarge = (body: Buffer): Completion => ({
  kind: 'failed',
  error: {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `the response has ${body.length} bytes, and may have ${MAX_RESPONSE_BYTES}`,
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
