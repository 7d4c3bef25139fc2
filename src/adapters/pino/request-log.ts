import { type DestinationStream, type Level, pino } from 'pino';
import type { RequestLog, RequestRecord } from '../request-log.ts';
import { sourceStack } from './stack-trace.ts';

export interface PinoRequestLogOptions {
  readonly level: Level | 'silent';
  /** Added to every line. */
  readonly environment: string;
  /** Default: standard output, written synchronously, because Lambda can freeze the process after the response. */
  readonly destination?: DestinationStream;
}

/**
 * Writes one JSON line per request. Failures of the service and interrupted transfers have the level `error`, all other
 * requests `info`.
 */
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
      // The serializer of pino copies every property of an error and joins the messages of its causes.
      serializers: { err: ({ error, withStack }: Failure) => describeError(error, withStack) },
    },
    destination,
  );
  return {
    record: ({ error, phases, ...record }: RequestRecord) => {
      const failed = record.status >= 500 || (error !== undefined && record.status < 400);
      const failure: Failure | undefined = error === undefined ? undefined : { error, withStack: failed };
      const line = { ...record, ms: roundDurations(phases), err: failure };
      if (failed) log.error(line, 'request failed');
      else log.info(line, 'request');
    },
  };
};

/** Rounded to hundredths of a millisecond. */
const roundDurations = (phases: RequestRecord['phases']): RequestRecord['phases'] =>
  Object.fromEntries(Object.entries(phases).map(([phase, duration]) => [phase, Math.round(duration * 100) / 100]));

interface Failure {
  readonly error: unknown;
  /** False for mistakes of the caller: their stack says nothing about the request. */
  readonly withStack: boolean;
}

interface ErrorLine {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly awsRequestId?: unknown;
  /** Attempts of the AWS SDK. */
  readonly attempts?: unknown;
  readonly stack?: string | undefined;
  readonly cause?: ErrorLine;
}

/**
 * Picks the fields that are logged. Copying all properties would leak secrets: errors of the AWS SDK hold the signed
 * request and the raw response.
 */
const describeError = (error: unknown, withStack: boolean, depth = 0): ErrorLine => {
  // `String(object)` can throw.
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
    stack: withStack ? sourceStack(error) : undefined,
    ...(error.cause === undefined || depth >= MAX_CAUSES
      ? {}
      : { cause: describeError(error.cause, withStack, depth + 1) }),
  };
};

/** Causes that are logged: a chain of causes can be circular. */
const MAX_CAUSES = 4;
