import { MAX_BUFFERED_BYTES } from '../src/adapters/api-gateway/handler.ts';
import { QUOTAS } from './quotas.ts';
import type { Measured, Mode, Work } from './results.ts';

/** One image, or a range of one, on its way through the function. */
export interface Delivery {
  readonly mode: Mode;
  readonly bytes: number;
  readonly measured: Measured;
}

/** What nobody can measure in advance. */
export interface Conditions {
  /** Milliseconds until S3 sends. */
  readonly firstByteMs: number;
  /** The share of the requests that find no environment. */
  readonly coldShare: number;
}

/** The milliseconds that an environment is busy with one image, and billed for. */
export interface Invocation {
  readonly firstByteMs: number;
  readonly readMs: number;
  readonly workMs: number;
  /** What Lambda streams slowly. */
  readonly tailMs: number;
  /** The initialisation, shared among all. */
  readonly coldMs: number;
}

/** Whether an answer can hold it at all. */
export const isServed = ({ mode, bytes }: Pick<Delivery, 'mode' | 'bytes'>): boolean =>
  bytes <= (mode === 'stream' ? QUOTAS.largestStream.value : MAX_BUFFERED_BYTES);

/**
 * The bytes are read as fast as one connection to S3 is, and sent while they are read. A stream goes on at Lambda's slow
 * speed after the first megabytes; API Gateway never holds it up, which slows down later, and to the same speed.
 */
export const timeInvocation = (delivery: Delivery, { firstByteMs, coldShare }: Conditions): Invocation => {
  const { mode, bytes, measured } = delivery;
  const slow = mode === 'stream' ? Math.max(0, bytes - QUOTAS.fastStream.value) : 0;
  return {
    firstByteMs,
    readMs: ((bytes - slow) / QUOTAS.s3Speed.value) * 1000,
    workMs: workOf(measured.work, bytes),
    tailMs: (slow / QUOTAS.tailSpeed.value) * 1000,
    coldMs: coldShare * measured.coldMs,
  };
};

export const totalMs = ({ firstByteMs, readMs, workMs, tailMs, coldMs }: Invocation): number =>
  firstByteMs + readMs + workMs + tailMs + coldMs;

/** Between two sizes that were measured it grows evenly; beyond them it is that of the nearest. */
const workOf = (work: readonly Work[], bytes: number): number => {
  const above = work.find((size) => size.bytes >= bytes);
  const below = work.findLast((size) => size.bytes <= bytes);
  if (above === undefined || below === undefined || above === below) return (above ?? below)?.ms ?? 0;
  return below.ms + ((bytes - below.bytes) / (above.bytes - below.bytes)) * (above.ms - below.ms);
};
