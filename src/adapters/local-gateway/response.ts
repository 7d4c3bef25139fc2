import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import type { GatewayResponse } from '../../contract/gateway-response.ts';
import { allowedOrigin, preflightHeaders } from '../../contract/http.ts';

/** Limit for all headers of a response, or for the request line and all headers of a request, separators included. */
export const MAX_HEADER_BYTES = 10_240;

/** Limit for the JSON that a buffered function returns: 6 MiB plus 100 bytes. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024 + 100;

/** An error response of AWS that a stack cannot change, because the request has not reached the API. */
export interface AwsError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
}

export const UNKNOWN_STAGE: AwsError = { status: 403, message: 'Forbidden', type: 'ForbiddenException' };
export const HEADERS_TOO_LARGE: AwsError = {
  status: 431,
  message: 'Request Header Fields Too Large',
  type: 'BadRequestException',
};

export const sendAwsError = (response: ServerResponse, { status, message, type }: AwsError): void => {
  const body = JSON.stringify({ message });
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'x-amzn-ErrorType': type,
  });
  response.end(body);
};

export const sendGatewayResponse = (response: ServerResponse, { status, headers, body }: GatewayResponse): void => {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
};

/**
 * Answers a preflight request, as the MOCK integration of the deployed API does.
 *
 * @param acceptsBatches whether the path accepts POST.
 */
export const sendPreflight = (
  response: ServerResponse,
  corsOrigins: readonly string[],
  origin: string | undefined,
  acceptsBatches: boolean,
): void => {
  const allowed = allowedOrigin(corsOrigins, origin);
  response.writeHead(204, {
    ...preflightHeaders(acceptsBatches),
    ...(allowed === undefined ? {} : { 'Access-Control-Allow-Origin': allowed }),
  });
  response.end();
};

/**
 * Sends what a buffered function returned.
 *
 * @param decodesBase64 true if API Gateway would decode a base64 body for this request.
 * @throws Error if API Gateway would reject the result. The caller then sends 502.
 */
export const sendResult = (response: ServerResponse, result: unknown, decodesBase64: boolean): void => {
  if (Buffer.byteLength(JSON.stringify(result) ?? '') > MAX_PAYLOAD_BYTES) {
    throw new Error(`the function returned more than ${MAX_PAYLOAD_BYTES} bytes of JSON`);
  }
  const { statusCode, headers = {}, body = '', isBase64Encoded = false } = (result ?? {}) as Record<string, unknown>;
  if (typeof body !== 'string') throw new Error('the function returned a body that is not a string');
  const bytes = isBase64Encoded === true && decodesBase64 ? Buffer.from(body, 'base64') : Buffer.from(body);
  const remapped = readHeaders(headers);
  const hasContentType = Object.keys(remapped).some((name) => name.toLowerCase() === 'content-type');
  writeHead(response, statusCode, {
    ...(hasContentType ? {} : { 'Content-Type': 'application/json' }),
    ...remapped,
    ...(STATUSES_WITHOUT_BODY.has(Number(statusCode)) ? {} : { 'Content-Length': String(bytes.length) }),
  });
  response.end(bytes);
};

/**
 * The output of a streaming function. As in Lambda, the first write sends the status and headers, and a response that
 * ends without a write is an error. The client gets no Content-Length: the end of the last chunk ends the body.
 */
export class StreamedResponse extends Writable {
  readonly #response: ServerResponse;
  #prelude: { readonly statusCode: unknown; readonly headers: unknown } | undefined;

  constructor(response: ServerResponse) {
    super();
    this.#response = response;
    response.on('close', () => this.destroy());
  }

  /** Sets the status and headers that the first write sends. */
  start(prelude: { readonly statusCode: unknown; readonly headers: unknown }): this {
    this.#prelude = prelude;
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    try {
      if (!this.#response.headersSent) {
        if (this.#prelude === undefined)
          throw new Error('the function wrote a body before it set the status and headers');
        writeHead(this.#response, this.#prelude.statusCode, readHeaders(this.#prelude.headers ?? {}));
        this.#response.flushHeaders();
      }
      if (chunk.length === 0) done();
      else this.#response.write(chunk, done);
    } catch (error) {
      done(error as Error);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.#response.headersSent)
      done(new Error('the function ended its response without a write, so status and headers were never sent'));
    else this.#response.end(done);
  }
}

/**
 * Headers that API Gateway renames. That it does so in streaming mode as well is an assumption, which has been seen with
 * function URLs only: https://github.com/cargo-lambda/cargo-lambda/issues/862
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 */
const REMAPPED = new Set(['content-length', 'date', 'server', 'connection']);
const STATUSES_WITHOUT_BODY = new Set([204, 304]);

const writeHead = (response: ServerResponse, status: unknown, headers: Readonly<Record<string, string>>): void => {
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599) {
    throw new Error('the function returned a status that is not an integer from 200 to 599');
  }
  const size = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (size > MAX_HEADER_BYTES) throw new Error(`the function returned more than ${MAX_HEADER_BYTES} bytes of headers`);
  response.writeHead(Number(status), headers);
};

/** Reads the headers of a function, with the names that the client gets. */
const readHeaders = (headers: unknown): Record<string, string> => {
  if (typeof headers !== 'object' || headers === null)
    throw new Error('the function returned headers that are not an object');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      REMAPPED.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name,
      String(value),
    ]),
  );
};
