import { MAX_BUFFERED_BYTES, MAX_STREAMED_BYTES } from '../src/adapters/api-gateway/handler.ts';
import type { Measured, Mode, Work } from './measured.ts';
import { QUOTAS } from './quotas.ts';

/** An image, or a range of one, that the function sends. */
export interface Transfer {
  readonly mode: Mode;
  readonly bytes: number;
  readonly measured: Measured;
}

/** Conditions that cannot be known in advance. */
export interface Conditions {
  /** Milliseconds until S3 sends its first byte. */
  readonly firstByteMs: number;
  /** Share of the requests that start an environment. */
  readonly coldShare: number;
}

/** Milliseconds for which an environment is busy with one request. Lambda bills all of them. */
export interface Invocation {
  readonly firstByteMs: number;
  /** Reading from S3 and sending at full speed. */
  readonly readMs: number;
  readonly workMs: number;
  /** Sending at the slow speed of a long stream. */
  readonly slowMs: number;
  /** The cold start, averaged over all requests. */
  readonly coldMs: number;
}

/** Whether a response of this mode can hold the image. */
export const fits = ({ mode, bytes }: Pick<Transfer, 'mode' | 'bytes'>): boolean =>
  bytes <= (mode === 'stream' ? MAX_STREAMED_BYTES : MAX_BUFFERED_BYTES);

/**
 * Computes the duration of an invocation. The function reads as fast as one S3 connection and sends at the same time.
 * Lambda slows down a stream after its first bytes. API Gateway does so later and to the same speed, so it adds nothing.
 */
export const timeInvocation = (transfer: Transfer, { firstByteMs, coldShare }: Conditions): Invocation => {
  const { mode, bytes, measured } = transfer;
  const slowBytes = mode === 'stream' ? Math.max(0, bytes - QUOTAS.fastStream.value) : 0;
  return {
    firstByteMs,
    readMs: ((bytes - slowBytes) / QUOTAS.s3Speed.value) * 1000,
    workMs: workOf(measured.work, bytes),
    slowMs: (slowBytes / QUOTAS.slowSpeed.value) * 1000,
    coldMs: coldShare * measured.coldMs,
  };
};

export const totalMs = ({ firstByteMs, readMs, workMs, slowMs, coldMs }: Invocation): number =>
  firstByteMs + readMs + workMs + slowMs + coldMs;

/** Interpolates between two measured sizes. Outside of them, it is the work of the nearest size. */
const workOf = (work: readonly Work[], bytes: number): number => {
  const above = work.find((size) => size.bytes >= bytes);
  const below = work.findLast((size) => size.bytes <= bytes);
  if (above === undefined || below === undefined || above === below) return (above ?? below)?.ms ?? 0;
  return below.ms + ((bytes - below.bytes) / (above.bytes - below.bytes)) * (above.ms - below.ms);
};
