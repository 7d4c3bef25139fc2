import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { routeRequest, toProxyEvent } from './event.ts';
import {
  BAD_GATEWAY,
  FORBIDDEN,
  type GatewayError,
  HEADERS_TOO_LARGE,
  MAX_HEADER_BYTES,
  REQUEST_TOO_LONG,
  StreamedAnswer,
  sendError,
  sendResult,
  TIMED_OUT,
} from './response.ts';

/** What a function behind the gateway is called with beside its event. */
export interface FunctionContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** The function, and how it answers: the two response transfer modes of an integration. */
export type Integration =
  | { readonly mode: 'buffered'; invoke(event: object, context: FunctionContext): Promise<unknown> }
  | { readonly mode: 'stream'; invoke(event: object, context: FunctionContext, begin: Begin): Promise<void> };

/** Says status and headers, and gives where the body goes. */
export type Begin = (prelude: { readonly statusCode: number; readonly headers: object }) => Writable;

export interface LocalGatewayOptions {
  readonly stage: string;
  readonly apiKey: string;
  readonly integration: Integration;
  /** Lets OPTIONS through without a key, as an API with CORS does. */
  readonly openPreflight?: boolean;
  /** Which answers of a buffered function may be bytes: as the setting of the API. Default: all. */
  readonly binaryMediaTypes?: readonly string[];
  /** Milliseconds until the answer has to have begun. Default: those of API Gateway, 29 s buffered and 15 min streamed. */
  readonly timeout?: number;
  /** Told what the caller is not: why an answer became a 502, or broke off. */
  onFailure?(error: unknown): void;
}

/**
 * An HTTP server that does to requests and answers what API Gateway does for a REST API with one proxy resource and a
 * required key, and behind it runs the same handlers that Lambda runs. It does not listen yet.
 */
export const createLocalGateway = (options: LocalGatewayOptions): Server => {
  const { stage, apiKey, integration, openPreflight = false, binaryMediaTypes = ['*/*'], onFailure } = options;
  const timeout = options.timeout ?? (integration.mode === 'buffered' ? 29_000 : 900_000);
  const isKey = keyComparer(apiKey);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.setHeader('x-amzn-RequestId', requestId);
    const refuse = (error: GatewayError) => sendError(response, error);
    if (requestHeadBytes(request) > MAX_HEADER_BYTES) return refuse(HEADERS_TOO_LARGE);
    const route = routeRequest(request.url ?? '');
    const given = request.headers['x-api-key'];
    const known = typeof given === 'string' && isKey(given);
    if (route.stage !== stage || !(known || (openPreflight && request.method === 'OPTIONS'))) return refuse(FORBIDDEN);
    const body = await readBody(request);
    if (body === undefined) return refuse(REQUEST_TOO_LONG);

    const event = toProxyEvent(request, route, {
      requestId,
      apiKey: known ? apiKey : undefined,
      apiKeyId: known ? 'local' : undefined,
      body,
    });
    const deadline = Date.now() + timeout;
    const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0) };
    const timer = setTimeout(() => response.headersSent || refuse(TIMED_OUT), timeout);
    try {
      await invoke(event, context, request, response);
    } catch (error) {
      onFailure?.(error);
      if (response.headersSent) response.destroy();
      else refuse(BAD_GATEWAY);
    } finally {
      clearTimeout(timer);
    }
  };

  const invoke = async (
    event: object,
    context: FunctionContext,
    request: IncomingMessage,
    response: ServerResponse,
  ) => {
    if (integration.mode === 'buffered') {
      const result = await integration.invoke(event, context);
      if (!response.headersSent) sendResult(response, result, decodesFor(request, binaryMediaTypes));
      return;
    }
    const answer = new StreamedAnswer(response);
    const ended = new Promise<void>((resolve, reject) => {
      answer.on('error', reject);
      answer.on('close', resolve);
    });
    await Promise.all([integration.invoke(event, context, (prelude) => answer.begin(prelude)), ended]);
  };

  return createServer({ maxHeaderSize: 4 * MAX_HEADER_BYTES }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      onFailure?.(error);
      response.destroy();
    });
  });
};

/** Compares in a time that does not tell how much of the key was right. */
const keyComparer = (apiKey: string): ((given: string) => boolean) => {
  const digest = (key: string) => createHash('sha256').update(key).digest();
  const expected = digest(apiKey);
  return (given) => timingSafeEqual(digest(given), expected);
};

const requestHeadBytes = ({ method = '', url = '', rawHeaders }: IncomingMessage): number =>
  rawHeaders.reduce((sum, text) => sum + text.length + 2, method.length + url.length);

/** In bytes: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MAX_REQUEST_BODY = 10 * 1024 * 1024;

/** Undefined when it is too long. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    // Read to its end all the same: an answer in the middle of a request body reaches few clients.
    if (length <= MAX_REQUEST_BODY) chunks.push(chunk);
  }
  return length > MAX_REQUEST_BODY ? undefined : Buffer.concat(chunks);
};

/** Only the first type of the request's Accept counts, so that `*`/`*` is the one setting which always decodes. */
const decodesFor = ({ headers }: IncomingMessage, binaryMediaTypes: readonly string[]): boolean => {
  const [first = ''] = (headers.accept ?? '').split(/[,;]/);
  return binaryMediaTypes.some((type) => type === '*/*' || type === first.trim());
};
