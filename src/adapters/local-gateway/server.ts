import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import type { GatewayProblemCode } from '../../contract/gateway-problems.ts';
import { createGatewayResponse } from '../../contract/gateway-response.ts';
import { routeRequest, toProxyEvent } from './event.ts';
import {
  HEADERS_TOO_LARGE,
  MAX_HEADER_BYTES,
  StreamedResponse,
  sendAwsError,
  sendGatewayResponse,
  sendPreflight,
  sendResult,
  UNKNOWN_STAGE,
} from './response.ts';
import { createUsagePlan, type UsagePlanLimits } from './usage-plan.ts';

/** The part of the Lambda context that the gateway passes to the function along with the event. */
export interface FunctionContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** The function and its response transfer mode. */
export type Integration =
  | { readonly mode: 'buffered'; invoke(event: object, context: FunctionContext): Promise<unknown> }
  | {
      readonly mode: 'stream';
      invoke(event: object, context: FunctionContext, startResponse: StartResponse): Promise<void>;
    };

/** Sets the status and headers. Returns the stream for the body. */
export type StartResponse = (prelude: { readonly statusCode: number; readonly headers: object }) => Writable;

export interface LocalGatewayOptions extends UsagePlanLimits {
  readonly stage: string;
  readonly apiKey: string;
  readonly integration: Integration;
  /** Origins to which the gateway answers preflight requests, without a key and without the function; `*` for all. */
  readonly corsOrigins?: readonly string[];
  /** Whether the root accepts batches, so that preflight requests for it allow POST. Default: false. */
  readonly acceptsBatches?: boolean;
  /** Media types that a buffered function may return as base64, as in the setting of the API. Default: all. */
  readonly binaryMediaTypes?: readonly string[];
  /**
   * Milliseconds until the response must start, and until the function runs out of time. Default, as in API Gateway: 29
   * seconds in buffered mode, 15 minutes in streaming mode.
   */
  readonly timeout?: number;
  /** Returns milliseconds since the epoch, for the limits of the key. Default: the clock of the system. */
  readonly now?: () => number;
  /** Called with an error that the client does not see: the reason for a 502 or for an interrupted response. */
  onFailure?(error: unknown): void;
}

/**
 * Creates an HTTP server that emulates API Gateway for a REST API with one proxy resource and a required API key. It
 * runs the same handlers as Lambda. The caller starts it with `listen`.
 */
export const createLocalGateway = (options: LocalGatewayOptions): Server => {
  const {
    stage,
    apiKey,
    integration,
    corsOrigins = [],
    acceptsBatches = false,
    binaryMediaTypes = ['*/*'],
    now = Date.now,
    onFailure,
  } = options;
  const timeout = options.timeout ?? (integration.mode === 'buffered' ? 29_000 : 900_000);
  const isKey = keyComparer(apiKey);
  const countRequest = createUsagePlan(options, now);
  const cors = corsOrigins.length > 0;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    response.setHeader('x-amzn-RequestId', requestId);
    const refuse = (code: GatewayProblemCode) =>
      sendGatewayResponse(response, createGatewayResponse(code, requestId, cors));
    if (requestHeadBytes(request) > MAX_HEADER_BYTES) return sendAwsError(response, HEADERS_TOO_LARGE);
    const route = routeRequest(request.url ?? '');
    if (route.stage !== stage) return sendAwsError(response, UNKNOWN_STAGE);
    if (cors && request.method === 'OPTIONS') {
      const isBatch = acceptsBatches && route.path === '/';
      return sendPreflight(response, corsOrigins, request.headers.origin, isBatch);
    }
    const given = request.headers['x-api-key'];
    if (typeof given !== 'string' || !isKey(given)) return refuse('forbidden');
    const exceeded = countRequest();
    if (exceeded !== undefined) return refuse(exceeded);
    const body = await readBody(request);
    if (body === undefined) return refuse('request-too-large');

    const event = toProxyEvent(request, route, { requestId, apiKey, apiKeyId: 'local', body });
    const deadline = Date.now() + timeout;
    const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0) };
    const timer = setTimeout(() => response.headersSent || refuse('gateway-timeout'), timeout);
    try {
      await invoke(event, context, request, response);
    } catch (error) {
      onFailure?.(error);
      if (response.headersSent) response.destroy();
      else refuse('gateway-5xx');
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
      if (!response.headersSent) sendResult(response, result, decodesBase64For(request, binaryMediaTypes));
      return;
    }
    const output = new StreamedResponse(response);
    const ended = new Promise<void>((resolve, reject) => {
      output.on('error', reject);
      output.on('close', resolve);
    });
    await Promise.all([integration.invoke(event, context, (prelude) => output.start(prelude)), ended]);
  };

  return createServer({ maxHeaderSize: 4 * MAX_HEADER_BYTES }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      onFailure?.(error);
      response.destroy();
    });
  });
};

/** Returns a comparison in constant time, which does not reveal how much of a wrong key is right. */
const keyComparer = (apiKey: string): ((given: string) => boolean) => {
  const digest = (key: string) => createHash('sha256').update(key).digest();
  const expected = digest(apiKey);
  return (given) => timingSafeEqual(digest(given), expected);
};

const requestHeadBytes = ({ method = '', url = '', rawHeaders }: IncomingMessage): number =>
  rawHeaders.reduce((sum, text) => sum + text.length + 2, method.length + url.length);

/**
 * Limit in bytes:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
const MAX_REQUEST_BODY = 10 * 1024 * 1024;

/** Reads the body of a request. Returns undefined if it is too long. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    // Reads a body to its end even if it is too long: few clients read a response before they have sent their body.
    if (length <= MAX_REQUEST_BODY) chunks.push(chunk);
  }
  return length > MAX_REQUEST_BODY ? undefined : Buffer.concat(chunks);
};

/**
 * True if a base64 body is decoded. Only the first type in Accept counts, so only the setting `*`/`*` always decodes.
 */
const decodesBase64For = ({ headers }: IncomingMessage, binaryMediaTypes: readonly string[]): boolean => {
  const [first = ''] = (headers.accept ?? '').split(/[,;]/);
  return binaryMediaTypes.some((type) => type === '*/*' || type === first.trim());
};
