import type { Writable } from 'node:stream';
import { allowedMethods } from '../../contract/http.ts';
import { ImageError, toImageError } from '../../domain/errors.ts';
import type { ListImages, ListingPart } from '../../domain/listing/list-images.ts';
import type { LocatedImage, LocateImages } from '../../domain/serving/locate-images.ts';
import type { AbortSignalLike, Clock } from '../../domain/serving/ports.ts';
import type { ServeImage } from '../../domain/serving/serve-image.ts';
import type { RequestLog, RequestRecord } from '../request-log.ts';
import { createWatchdog } from '../watchdog.ts';
import { formatBatch, readBatch } from './batch.ts';
import { type ChunkEvents, ClientTimeoutError, readChunks, readImage, sendBody, toBody } from './body.ts';
import { createPage } from './listing.ts';
import { EdgeError, isServiceFailure, toAnsweredError } from './problem.ts';
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
  /** Answers `GET /`. Undefined if the service does not list images. */
  readonly listImages?: ListImages | undefined;
  /** Answers `POST /`. Undefined if the service does not sign locations. */
  readonly locateImages?: LocateImages | undefined;
  readonly log: RequestLog;
  readonly clock: Clock;
  /**
   * Milliseconds until a response must start (in buffered mode: until it must be complete). Also limits each wait for the
   * next lines of a page or a batch. Capped at one second less than the function timeout.
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
  const { serveImage, listImages, locateImages, log, clock } = dependencies;
  const { answerTimeout, clientIdleTimeout, corsOrigins } = dependencies;
  let coldStart = true;

  /**
   * Serves one request: creates the response, passes it to `send`, and writes the log line when `send` has ended. An image
   * that exceeds the capacity of the response is not read: the response is then a problem.
   */
  const serve = async <Result>(
    event: unknown,
    context: InvocationContext,
    capacity: Capacity,
    send: (response: HttpResponse, exchange: Exchange) => Promise<Result>,
  ): Promise<Result> => {
    // Lambda sets this variable for each invocation.
    const traceHeader = process.env['_X_AMZN_TRACE_ID'];
    const request = readEvent(event, { awsRequestId: context.awsRequestId, traceHeader });
    const deadline = createWatchdog({ onTimeout: () => deadlineExceeded(request) });
    deadline.arm(Math.min(answerTimeout, remainingTime(context)));
    const transfer = createWatchdog({ onTimeout: () => deadlineExceeded(request) });
    const trace: RequestTrace = { coldStart, phases: {}, status: 0, bytes: 0, resumes: 0 };
    coldStart = false;
    const methods = allowedMethods(acceptsBatches(request));
    const respond = (outcome: Outcome): HttpResponse => {
      const phases = { ...NO_PHASES, ...trace.phases };
      const response = createResponse(outcome, { request, phases, corsOrigins, methods });
      trace.status = response.status;
      trace.error = outcome.kind === 'failed' ? outcome.error : undefined;
      return response;
    };
    const cancel = () => deadline.abort(new ClientTimeoutError('The client needs no further lines.'));
    const exchange: Exchange = {
      signal: deadline.signal,
      trace,
      respond,
      startTransfer: () => {
        const remaining = remainingTime(context);
        deadline.arm(remaining);
        transfer.arm(remaining);
        return transfer.signal;
      },
      chunkEvents: {
        // While nothing is awaited, only the client can be slow, which `sendBody` limits.
        onWait: () => deadline.arm(Math.min(answerTimeout, Math.max(remainingTime(context) - LAST_LINES, 0))),
        onChunk: () => deadline.disarm(),
        onDestroy: cancel,
      },
    };
    let response: HttpResponse | undefined;
    try {
      response = respond(await decide(request, capacity, exchange));
      if (response.body.kind === 'image' && response.body.length > capacity.maxBytes) {
        response.body.stream.destroy();
        response = respond({ kind: 'failed', error: tooLarge(response.body.length, capacity.maxBytes) });
      }
      const answered = clock();
      try {
        return await send(response, exchange);
      } finally {
        trace.phases = { ...trace.phases, send: clock() - answered };
      }
    } finally {
      // Requests of a page or a batch may still be in flight if its response has ended early.
      if (response?.body.kind === 'chunks') cancel();
      deadline.stop();
      transfer.stop();
      log.record(toRecord(request, trace));
    }
  };

  const acceptsBatches = ({ path }: GatewayRequest): boolean => path === '' && locateImages !== undefined;

  const decide = async (request: GatewayRequest, capacity: Capacity, exchange: Exchange): Promise<Outcome> => {
    const { method, path } = request;
    if (method === 'OPTIONS') return { kind: 'options' };
    try {
      if (method === 'POST' && path === '' && locateImages !== undefined) {
        return answerBatch(request, locateImages, exchange);
      }
      if (method !== 'GET' && method !== 'HEAD') {
        throw new EdgeError('method-not-allowed', `Use one of ${allowedMethods(acceptsBatches(request))}.`);
      }
      if (path === '' && listImages !== undefined) return await answerListing(request, capacity, listImages, exchange);
      return await answerImage(request, method, exchange);
    } catch (error) {
      return { kind: 'failed', error: toAnsweredError(error) };
    }
  };

  const answerImage = async (
    { path, conditions, range, isBrowser }: GatewayRequest,
    method: 'GET' | 'HEAD',
    { signal, trace }: Exchange,
  ): Promise<Outcome> => {
    const onResume = () => {
      trace.resumes++;
    };
    const served = await serveImage({ method, path, conditions, range, mayRedirect: !isBrowser, signal, onResume });
    trace.key = served.key;
    trace.route = served.route;
    trace.phases = served.phases;
    return served;
  };

  const answerListing = async (
    request: GatewayRequest,
    capacity: Capacity,
    list: ListImages,
    { signal, trace }: Exchange,
  ): Promise<Outcome> => {
    const measureStore = timeFirst(trace);
    const onPart = ({ listed, skipped, calls }: ListingPart) => {
      measureStore();
      trace.counts = { images: listed, skipped, calls };
    };
    try {
      return { kind: 'page', page: await createPage(request, { ...capacity, listImages: list, signal, onPart }) };
    } catch (error) {
      if (isServiceFailure(toAnsweredError(error))) measureStore();
      throw error;
    }
  };

  const answerBatch = (request: GatewayRequest, locate: LocateImages, { signal, trace }: Exchange): Outcome => {
    const batch = readBatch(request.body);
    const measureStore = timeFirst(trace);
    let images = 0;
    let failed = 0;
    const onImage = (image: LocatedImage) => {
      // The client has disconnected, so the rest of the batch was cancelled and has not failed.
      if (signal.reason instanceof ClientTimeoutError) return;
      const error = 'error' in image ? image.error : undefined;
      if (error === undefined) images++;
      else failed++;
      // The status is 200 all the same, so only the log shows that the service failed.
      if (error !== undefined && isServiceFailure(error)) trace.error ??= error;
      // The share of failures needs every batch that asked the store or failed in it.
      if (batch.describe || trace.error !== undefined) measureStore();
      trace.counts = { images, failed };
    };
    return {
      kind: 'batch',
      lines: formatBatch(locate({ ...batch, signal }), { requestId: request.requestId, onImage }),
    };
  };

  /** Returns a function whose first call ends the phase `store`. */
  const timeFirst = (trace: RequestTrace): (() => void) => {
    const started = clock();
    return () => {
      trace.phases = { store: clock() - started, ...trace.phases };
    };
  };

  const buffered = (event: unknown, context: InvocationContext): Promise<ProxyResult> =>
    serve(event, context, BUFFERED, async (response, { trace, respond }) => {
      try {
        return await toProxyResult(response, trace);
      } catch (error) {
        return toProxyResult(respond({ kind: 'failed', error: toAnsweredError(error) }), trace);
      }
    });

  const streaming = (event: unknown, context: InvocationContext, startResponse: StartResponse): Promise<void> =>
    serve(event, context, STREAMED, async (response, { trace, startTransfer, chunkEvents }) => {
      const { status, headers, body } = response;
      try {
        const output = startResponse({ statusCode: status, headers });
        const options = { signal: startTransfer(), clientIdleTimeout, transfer: trace };
        // The first write sends status and headers, so a response without a body also needs a write.
        // https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/97
        output.write(body.kind === 'text' ? body.text : '');
        if (body.kind === 'image') await sendBody(body.stream, body.length, output, options);
        else if (body.kind === 'chunks') await sendBody(toBody(body.chunks, chunkEvents), undefined, output, options);
        else {
          if (body.kind === 'text') trace.bytes = byteLength(body.text);
          output.end();
        }
      } catch (error) {
        if (body.kind === 'image') body.stream.destroy();
        trace.error = error instanceof ClientTimeoutError ? (trace.error ?? error) : toImageError(error);
        throw error;
      }
    });

  return { buffered, streaming };
};

/** Milliseconds after the deadline in which the remaining lines of a page or a batch are sent. */
const LAST_LINES = 2_000;

/** Limits of a response in one transfer mode. */
interface Capacity {
  readonly maxBytes: number;
  /** Whether text can be sent as it arrives. */
  readonly streams: boolean;
}

const BUFFERED: Capacity = { maxBytes: MAX_BUFFERED_BYTES, streams: false };
const STREAMED: Capacity = { maxBytes: MAX_STREAMED_BYTES, streams: true };

/** The state of one request that `send` needs. */
interface Exchange {
  readonly signal: AbortSignalLike;
  readonly trace: RequestTrace;
  /** Creates another response. Use it only while nothing has been sent. */
  respond(outcome: Outcome): HttpResponse;
  /**
   * Extends the deadline of a started response to the remaining time of the function. Returns a signal that aborts then.
   * A deadline that has passed cannot be extended, but a page that it has ended is still sent.
   */
  startTransfer(): AbortSignalLike;
  /** Limits the wait for each chunk of a page or a batch to the answer timeout, and stops it if the client disconnects. */
  readonly chunkEvents: ChunkEvents;
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
  /** Counts of a listing or a batch. */
  counts?: Pick<RequestRecord, 'images' | 'skipped' | 'calls' | 'failed'>;
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
  ...trace.counts,
  resumes: trace.resumes || undefined,
  phases: trace.phases,
  coldStart: trace.coldStart,
  error: trace.error,
});

/** Remaining milliseconds of the function, minus one second that is reserved for reporting a failure. */
const remainingTime = (context: InvocationContext): number => Math.max(context.getRemainingTimeInMillis() - 1_000, 0);

const deadlineExceeded = ({ path }: GatewayRequest): ImageError =>
  new ImageError(
    'store-timeout',
    path === '' ? 'Timed out while waiting for the image store.' : 'Timed out while reading the image.',
  );

const tooLarge = (bytes: number, limit: number): EdgeError =>
  new EdgeError(
    'image-too-large',
    `The response would have ${bytes} bytes, but the limit is ${limit}. Fetch the image in parts with Range.`,
  );

/** Only the answer to a batch can be too large: a page ends before. */
const answerTooLarge = (): EdgeError =>
  new EdgeError(
    'too-many-paths',
    'The answer would be larger than a buffered response can be. Send fewer paths in each batch.',
  );

const toProxyResult = async ({ status, headers, body }: HttpResponse, trace: RequestTrace): Promise<ProxyResult> => {
  const head = { statusCode: status, headers };
  if (body.kind === 'none') return { ...head, body: '', isBase64Encoded: false };
  if (body.kind === 'text') {
    trace.bytes = byteLength(body.text);
    return { ...head, body: body.text, isBase64Encoded: false };
  }
  const bytes =
    body.kind === 'image'
      ? await readImage(body.stream, body.length)
      : await readChunks(body.chunks, MAX_BUFFERED_BYTES);
  if (bytes === undefined) throw answerTooLarge();
  trace.bytes = bytes.length;
  return { ...head, body: bytes.toString('base64'), isBase64Encoded: true };
};
