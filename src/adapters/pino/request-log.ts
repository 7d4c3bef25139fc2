import { type DestinationStream, type Level, pino } from 'pino';
import type { RequestLog, RequestRecord } from '../request-log.ts';
import { traceSources } from './stack-trace.ts';

export interface PinoRequestLogOptions {
  readonly level: Level | 'silent';
  /** Stands on every line. */
  readonly environment: string;
  /** Default: standard output, written at once, because a Lambda environment may freeze after its answer. */
  readonly destination?: DestinationStream;
}

/** Writes one JSON line for each request: failures of the service at `error`, everything else at `info`. */
export const createPinoRequestLog = ({
  level,
  environment,
  destination = pino.destination({ sync: true }),
}: PinoRequestLogOptions): RequestLog => {
  const log = pino(
    {
      level,
      base: { environment },
      timestamp: pino.stdTimeFunctions.isoTime,
      // pino's own would copy what an error holds, and run the messages of its causes together.
      serializers: { err: ({ error, traced }: Failure) => describeError(error, traced) },
    },
    destination,
  );
  return {
    record: ({ error, phases, ...record }: RequestRecord) => {
      const failed = record.status >= 500 || (error !== undefined && record.status < 400);
      const failure: Failure | undefined = error === undefined ? undefined : { error, traced: failed };
      const line = { ...record, ms: phases, err: failure };
      if (failed) log.error(line, 'request failed');
      else log.info(line, 'request');
    },
  };
};

interface Failure {
  readonly error: unknown;
  /** With its stack: what a caller did wrong has its place in no source. */
  readonly traced: boolean;
}

interface ErrorLine {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly awsRequestId?: unknown;
  /** How often the SDK asked. */
  readonly attempts?: unknown;
  readonly stack?: string | undefined;
  readonly cause?: ErrorLine;
}

/**
 * Names what is logged of an error instead of copying its properties: those of the SDK's errors hold the request that was
 * signed and the answer as it came.
 */
const describeError = (error: unknown, traced: boolean, depth = 0): ErrorLine => {
  // An object may have no text, or throw when it is asked for it.
  if (!(error instanceof Error)) return { name: typeof error, message: typeof error === 'object' ? '' : String(error) };
  const { code, $metadata } = error as {
    code?: unknown;
    $metadata?: { httpStatusCode?: unknown; requestId?: unknown; attempts?: unknown };
  };
  return {
    name: error.name,
    message: error.message,
    code,
    status: $metadata?.httpStatusCode,
    awsRequestId: $metadata?.requestId,
    attempts: $metadata?.attempts,
    stack: traced ? traceSources(error) : undefined,
    ...(error.cause === undefined || depth >= MAX_CAUSES
      ? {}
      : { cause: describeError(error.cause, traced, depth + 1) }),
  };
};

/** A chain of causes may be a circle. */
const MAX_CAUSES = 4;
