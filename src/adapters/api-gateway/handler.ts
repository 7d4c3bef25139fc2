import type { Writable } from 'node:stream';
import { ImageError, toImageError } from '../../domain/errors.ts';
import { tooLate } from '../../domain/serving/deadline.ts';
import type { Alarm, Clock, ImageBody, RequestLog } from '../../domain/serving/ports.ts';
import type { ServeImage } from '../../domain/serving/serve-image.ts';
import { collect, send, type Transfer } from './body.ts';
import { type GatewayRequest, readEvent } from './request.ts';
import {
  corsHeaders,
  type GatewayResponse,
  respondToOtherMethod,
  respondWith,
  respondWithProblem,
} from './response.ts';

/** What a buffered function returns: an answer of the proxy integration. */
export interface ProxyResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** Status and headers of a streamed answer. */
export interface Prelude {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The part of Lambda's context that is used. */
export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** The two ways in which API Gateway can run the service. Neither rejects before an answer has begun. */
export interface ApiGatewayHandlers {
  buffered(event: unknown, context: InvocationContext): Promise<ProxyResult>;
  /**
   * Rejects when the image breaks off after its headers were sent: the runtime then ends the transfer as failed, so that
   * no short image looks whole.
   *
   * @param begin is called once, with what has to precede the body, and gives where the body goes.
   */
  streaming(event: unknown, context: InvocationContext, begin: (prelude: Prelude) => Writable): Promise<void>;
}

export interface ApiGatewayDependencies {
  readonly serveImage: ServeImage;
  readonly log: RequestLog;
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** Milliseconds until an answer has to begin, and in the buffered mode to be complete. Never beyond the function's own time. */
  readonly answerTimeout: number;
  /** Whose scripts may read the answers; `*` for everybody's. */
  readonly corsOrigins: readonly string[];
}

/**
 * The largest body of a buffered answer, in bytes. Lambda takes 6 MiB and 100 bytes of JSON, API Gateway 10,240 bytes of
 * headers, and base64 makes 4 characters of 3 bytes.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_BUFFERED_BYTES: number = Math.floor((6 * 1024 * 1024 + 100 - 10_240) / 4) * 3;

export const createApiGatewayHandlers = (dependencies: ApiGatewayDependencies): ApiGatewayHandlers => {
  const { serveImage, log, clock, alarm, answerTimeout, corsOrigins } = dependencies;
  let coldStart = true;

  /** Decides status and headers. `finish` writes the log line, once the body has gone its way. */
  const answer = async (event: unknown, context: InvocationContext) => {
    const request = readEvent(event, context.awsRequestId);
    const record = { ...pick(request), coldStart };
    coldStart = false;
    const timeout = Math.min(answerTimeout, remainingTime(context));
    const deadline = clock() + timeout;
    const { method } = request;
    const served = isServed(method) ? await serveImage({ ...request, method, timeout }) : undefined;
    const response = served === undefined ? respondToOtherMethod(request) : respondWith(served.outcome, request);
    const answered = clock();
    const headers = {
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': request.requestId,
      'Server-Timing': formatTiming(served?.phases ?? { map: 0, store: 0 }),
      ...corsHeaders(corsOrigins, request),
    };
    const finish = (status: number, bytes: number, error: ImageError | undefined) => {
      const phases = { ...served?.phases, send: clock() - answered };
      log.record({
        ...record,
        key: served?.key,
        route: served?.route,
        status,
        code: error?.code,
        bytes,
        resumes: (typeof response.body === 'object' && response.body.resumes) || undefined,
        phases,
        error,
      });
    };
    return { request, response, headers, deadline, finish };
  };

  /** Destroys a body that is not read in time; `read` then rejects with the reason. */
  const limit = async <Result>(milliseconds: number, body: ImageBody, read: Promise<Result>): Promise<Result> => {
    const callOff = alarm(milliseconds, () => body.destroy(tooLate()));
    return read.finally(callOff);
  };

  const buffered = async (event: unknown, context: InvocationContext): Promise<ProxyResult> => {
    const { request, response, headers, deadline, finish } = await answer(event, context);
    const read = (body: ImageBody, length: number) => limit(deadline - clock(), body, collect(body, length));
    const { status, headers: own, body, isBase64Encoded, length, error } = await buffer(response, request, read);
    finish(status, length, error);
    return { statusCode: status, headers: { ...own, ...headers }, body, isBase64Encoded };
  };

  const streaming = async (
    event: unknown,
    context: InvocationContext,
    begin: (prelude: Prelude) => Writable,
  ): Promise<void> => {
    const { response, headers, finish } = await answer(event, context);
    const { status, body, length, error } = response;
    const transfer: Transfer = { sent: 0 };
    try {
      const output = begin({ statusCode: status, headers: { ...response.headers, ...headers } });
      // Status and headers go out with the first write only: an answer without a body needs one as well.
      // https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/97
      output.write(typeof body === 'string' ? body : '');
      if (typeof body === 'string') transfer.sent = length;
      else if (body !== undefined) {
        await limit(remainingTime(context), body, send(body, length, output, transfer));
      }
      output.end();
      finish(status, transfer.sent, error);
    } catch (failure) {
      if (typeof body === 'object') body.destroy();
      finish(status, transfer.sent, toImageError(failure));
      throw failure;
    }
  };

  return { buffered, streaming };
};

/** Milliseconds that the function has, less those that it takes to say that it failed. */
const remainingTime = (context: InvocationContext): number => context.getRemainingTimeInMillis() - 1_000;

const isServed = (method: string): method is 'GET' | 'HEAD' => method === 'GET' || method === 'HEAD';

const pick = ({ requestId, apiKeyId, method, path }: GatewayRequest) => ({ requestId, apiKeyId, method, path });

/** https://www.w3.org/TR/server-timing/ */
const formatTiming = (phases: Readonly<Record<string, number>>): string =>
  Object.entries(phases)
    .map(([phase, milliseconds]) => `${phase};dur=${milliseconds.toFixed(1)}`)
    .join(', ');

type BufferedResponse = Omit<GatewayResponse, 'body'> & Pick<ProxyResult, 'body' | 'isBase64Encoded'>;

const buffer = async (
  response: GatewayResponse,
  request: GatewayRequest,
  read: (body: ImageBody, length: number) => Promise<Buffer>,
): Promise<BufferedResponse> => {
  const { body, length } = response;
  if (typeof body !== 'object') return { ...response, body: body ?? '', isBase64Encoded: false };
  try {
    if (length > MAX_BUFFERED_BYTES) {
      body.destroy();
      const message = `The answer would have ${length} bytes, and can have ${MAX_BUFFERED_BYTES}; fetch the image in parts with Range.`;
      throw new ImageError('image-too-large', message, { size: length });
    }
    return { ...response, body: (await read(body, length)).toString('base64'), isBase64Encoded: true };
  } catch (error) {
    const problem = respondWithProblem(toImageError(error), request);
    return { ...problem, body: problem.body as string, isBase64Encoded: false };
  }
};
