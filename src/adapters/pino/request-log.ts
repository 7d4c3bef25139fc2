import { type DestinationStream, type Level, pino } from 'pino';
import type { RequestLog, RequestRecord } from '../request-log.ts';
import { sourceStack } from './stack-trace.ts';

export interface PinoRequestLogOptions {
  /** The lowest level of complete lines. `silent` writes nothing at all. */
  readonly level: Level | 'silent';
  /** Added to every line. */
  readonly environment: string;
  /** Default: standard output, written synchronously, because Lambda can freeze the process after the response. */
  readonly destination?: DestinationStream;
  /**
   * Whether a request below the level has a short line, with the fields from which metrics are derived: status, code,
   * bytes, the failures of a batch and the time of the store. Default: true, so that metrics and alarms see every request at every level.
   */
  readonly shortLines?: boolean;
}

/**
 * Writes one JSON line per request. Failures of the service and interrupted transfers have the level `error`, all other
 * requests `info`. Only unexpected failures have a stack: the first one reads the source map, which takes longer than many
 * requests, and the causes of a store failure say enough.
 */
export const createPinoRequestLog = ({
  level,
  environment,
  destination = pino.destination({ sync: true }),
  shortLines = true,
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
  const shortLog = log.child({}, { level: level === 'silent' || !shortLines ? 'silent' : 'info' });
  return {
    record: ({ error, phases, ...record }: RequestRecord) => {
      const { status, code, bytes, failed } = record;
      const ms = roundDurations(phases);
      const severity = status >= 500 || (error !== undefined && status < 400) ? 'error' : 'info';
      if (log.isLevelEnabled(severity)) {
        const failure: Failure | undefined =
          error === undefined ? undefined : { error, withStack: code === 'internal' };
        log[severity]({ ...record, ms, err: failure }, severity === 'error' ? 'request failed' : 'request');
      } else {
        shortLog[severity]({ status, code, bytes, failed, ms: { store: ms['store'] } });
      }
    },
  };
};

/** Rounded to hundredths of a millisecond. */
const roundDurations = (phases: RequestRecord['phases']): RequestRecord['phases'] =>
  Object.fromEntries(Object.entries(phases).map(([phase, duration]) => [phase, Math.round(duration * 100) / 100]));

interface Failure {
  readonly error: unknown;
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
