import type { Writable } from 'node:stream';
import { ALLOWED_METHODS } from '../../contract/http.ts';
import { ImageError, toImageError } from '../../domain/errors.ts';
import type { AbortSignalLike, Clock } from '../../domain/serving/ports.ts';
import type { ServeImage } from '../../domain/serving/serve-image.ts';
import type { RequestLog, RequestRecord } from '../request-log.ts';
import { createWatchdog } from '../watchdog.ts';
import { ClientTimeoutError, readImage, sendImage } from './body.ts';
import { EdgeError } from './problem.ts';
import { type GatewayRequest, readEvent } from './request.ts';
import { byteLength, createResponse, type HttpResponse, type Outcome } from './response.ts';

/** Return value of a buffered function, in the format of the proxy integration. */
export interface ProxyResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Status and headers of a streamed response. */
export interface Prelude {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The part of the Lambda context that the handlers use. */
export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Handlers for the two response transfer modes of API Gateway. A failure before the response starts becomes a response.
 */
export interface ApiGatewayHandlers {
  buffered(event: unknown, context: InvocationContext): Promise<ProxyResult>;
  /**
   * Rejects if the image is interrupted after the headers were sent. The runtime then marks the transfer as failed, so
   * a truncated image does not look complete.
   *
   * @param startResponse sets status and headers, and returns the stream for the body. Called once.
   */
  streaming(event: unknown, context: InvocationContext, startResponse: StartResponse): Promise<void>;
}

export type StartResponse = (prelude: Prelude) => Writable;

export interface ApiGatewayDependencies {
  readonly serveImage: ServeImage;
  readonly log: RequestLog;
  readonly clock: Clock;
  /**
   * Milliseconds until a response must start (in buffered mode: until it must be complete). Capped at one second less
   * than the function timeout.
   */
  readonly answerTimeout: number;
  /** Milliseconds for which the client of a streamed response may leave sent bytes unread. */
  readonly clientIdleTimeout: number;
  /** Origins whose scripts may read the responses; `*` for all. */
  readonly corsOrigins: readonly string[];
}

/**
 * Largest body of a buffered response in bytes. Lambda accepts 6 MiB plus 100 bytes of JSON, API Gateway accepts 10,240
 * bytes of headers, and base64 turns 3 bytes into 4 characters.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_BUFFERED_BYTES: number = Math.floor((6 * 1024 * 1024 + 100 - 10_240) / 4) * 3;

/**
 * Largest body of a streamed response in bytes. Lambda ends a stream at 200 MB. Its documentation does not say whether
 * that is 200,000,000 or 209,715,200 bytes, so this is the smaller number.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
export const MAX_STREAMED_BYTES = 200_000_000;

export const createApiGatewayHandlers = (dependencies: ApiGatewayDependencies): ApiGatewayHandlers => {
  const { serveImage, log, clock, answerTimeout, clientIdleTimeout, corsOrigins } = dependencies;
  let coldStart = true;

  /**
   * Serves one request: creates the response, passes it to `send`, and writes the log line when `send` has ended. A body
   * of more than `maxBytes` is not read: the response is then a problem.
   */
  const serve = async <Result>(
    event: unknown,
    context: InvocationContext,
    maxBytes: number,
    send: (response: HttpResponse, exchange: Exchange) => Promise<Result>,
  ): Promise<Result> => {
    // Lambda sets this variable for each invocation.
    const traceHeader = process.env['_X_AMZN_TRACE_ID'];
    const request = readEvent(event, { awsRequestId: context.awsRequestId, traceHeader });
    const deadline = createWatchdog({ onTimeout: deadlineExceeded });
    deadline.arm(Math.min(answerTimeout, remainingTime(context)));
    const trace: RequestTrace = { coldStart, phases: {}, status: 0, bytes: 0, resumes: 0 };
    coldStart = false;
    const respond = (outcome: Outcome): HttpResponse => {
      const phases = { ...NO_PHASES, ...trace.phases };
      const response = createResponse(outcome, { request, phases, corsOrigins });
      trace.status = response.status;
      trace.error = outcome.kind === 'failed' ? outcome.error : undefined;
      return response;
    };
    try {
      let response = respond(await decide(request, deadline.signal, trace));
      if (response.body.kind === 'image' && response.body.length > maxBytes) {
        response.body.stream.destroy();
        response = respond({ kind: 'failed', error: tooLarge(response.body.length, maxBytes) });
      }
      const answered = clock();
      const extendDeadline = () => deadline.arm(remainingTime(context));
      try {
        return await send(response, { signal: deadline.signal, trace, respond, extendDeadline });
      } finally {
        trace.phases = { ...trace.phases, send: clock() - answered };
      }
    } finally {
      deadline.stop();
      log.record(toRecord(request, trace));
    }
  };

  const decide = async (request: GatewayRequest, signal: AbortSignalLike, trace: RequestTrace): Promise<Outcome> => {
    const { method, path, conditions, range } = request;
    if (method === 'OPTIONS') return { kind: 'options' };
    if (method !== 'GET' && method !== 'HEAD') {
      return { kind: 'failed', error: new EdgeError('method-not-allowed', `Use one of ${ALLOWED_METHODS}.`) };
    }
    const onResume = () => {
      trace.resumes++;
    };
    const served = await serveImage({ method, path, conditions, range, signal, onResume });
    trace.key = served.key;
    trace.route = served.route;
    trace.phases = served.phases;
    return served;
  };

  const buffered = (event: unknown, context: InvocationContext): Promise<ProxyResult> =>
    serve(event, context, MAX_BUFFERED_BYTES, async (response, { trace, respond }) => {
      try {
        return await toProxyResult(response, trace);
      } catch (error) {
        return toProxyResult(respond({ kind: 'failed', error: toImageError(error) }), trace);
      }
    });

  const streaming = (event: unknown, context: InvocationContext, startResponse: StartResponse): Promise<void> =>
    serve(event, context, MAX_STREAMED_BYTES, async (response, { signal, trace, extendDeadline }) => {
      const { status, headers, body } = response;
      try {
        const output = startResponse({ statusCode: status, headers });
        extendDeadline();
        // The first write sends status and headers, so a response without a body also needs a write.
        // https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/97
        output.write(body.kind === 'text' ? body.text : '');
        if (body.kind === 'image') {
          await sendImage(body.stream, body.length, output, { signal, clientIdleTimeout, transfer: trace });
        } else {
          if (body.kind === 'text') trace.bytes = byteLength(body.text);
          output.end();
        }
      } catch (error) {
        if (body.kind === 'image') body.stream.destroy();
        trace.error = error instanceof ClientTimeoutError ? error : toImageError(error);
        throw error;
      }
    });

  return { buffered, streaming };
};

/** The state of one request that `send` needs. */
interface Exchange {
  readonly signal: AbortSignalLike;
  readonly trace: RequestTrace;
  /** Creates another response. Use it only while nothing has been sent. */
  respond(outcome: Outcome): HttpResponse;
  /** Extends the deadline of a started response to the remaining time of the function. */
  extendDeadline(): void;
}

/** Data for the log line, collected during the request. */
interface RequestTrace {
  readonly coldStart: boolean;
  key?: string | undefined;
  route?: string | undefined;
  phases: Readonly<Record<string, number>>;
  status: number;
  /** Body bytes that were sent. */
  bytes: number;
  resumes: number;
  error?: (Error & { readonly code: string }) | undefined;
}

const NO_PHASES = { map: 0, store: 0 };

const toRecord = (
  { requestId, extendedRequestId, awsRequestId, traceId, apiKeyId, method, path }: GatewayRequest,
  trace: RequestTrace,
): RequestRecord => ({
  requestId,
  extendedRequestId,
  awsRequestId,
  traceId,
  apiKeyId,
  method,
  path,
  key: trace.key,
  route: trace.route,
  status: trace.status,
  code: trace.error?.code,
  bytes: trace.bytes,
  resumes: trace.resumes || undefined,
  phases: trace.phases,
  coldStart: trace.coldStart,
  error: trace.error,
});

/** Remaining milliseconds of the function, minus one second that is reserved for reporting a failure. */
const remainingTime = (context: InvocationContext): number => Math.max(context.getRemainingTimeInMillis() - 1_000, 0);

const deadlineExceeded = (): ImageError => new ImageError('store-timeout', 'Timed out while reading the image.');

const tooLarge = (bytes: number, limit: number): EdgeError =>
  new EdgeError(
    'image-too-large',
    `The response would have ${bytes} bytes, but the limit is ${limit}. Fetch the image in parts with Range.`,
  );

const toProxyResult = async ({ status, headers, body }: HttpResponse, trace: RequestTrace): Promise<ProxyResult> => {
  const head = { statusCode: status, headers };
  if (body.kind === 'none') return { ...head, body: '', isBase64Encoded: false };
  if (body.kind === 'text') {
    trace.bytes = byteLength(body.text);
    return { ...head, body: body.text, isBase64Encoded: false };
  }
  const bytes = await readImage(body.stream, body.length);
  trace.bytes = body.length;
  return { ...head, body: bytes.toString('base64'), isBase64Encoded: true };
};
