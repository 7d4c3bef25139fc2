import { type Conditions, fits, type Transfer, timeInvocation, totalMs } from './invocation.ts';
import type { LogBytes } from './log-lines.ts';
import { charge, PRICES } from './prices.ts';
import { QUOTAS } from './quotas.ts';
import { AWS_GB, AWS_MB, MILLION } from './units.ts';

/** How the service is deployed and used. */
export interface Deployment extends Conditions {
  /** The setting `memory`. */
  readonly memoryMb: number;
  readonly logBytes: LogBytes;
}

/** US dollars for a million images. Clients are in the region, so data transfer is free. */
export interface Cost {
  readonly apiRequests: number;
  readonly lambdaRequests: number;
  readonly lambdaDuration: number;
  readonly lambdaStreaming: number;
  readonly s3Requests: number;
  readonly functionLog: number;
  readonly accessLog: number;
  readonly traces: number;
}

/** Undefined if a response of this mode cannot hold the image. */
export const costOf = (transfer: Transfer, deployment: Deployment): Cost | undefined => {
  if (!fits(transfer)) return undefined;
  const { memoryMb, logBytes } = deployment;
  const streamed = transfer.mode === 'stream' ? transfer.bytes : 0;
  const seconds = totalMs(timeInvocation(transfer, deployment)) / 1000;
  const apiRequests = Math.max(1, Math.ceil(streamed / QUOTAS.apiMeter.value));
  const billedStream = Math.max(0, streamed - QUOTAS.freeStream.value);
  return {
    apiRequests: charge(PRICES.apiRequests, MILLION * apiRequests),
    lambdaRequests: charge(PRICES.lambdaRequests, MILLION),
    lambdaDuration: charge(PRICES.lambdaDuration, MILLION * ((memoryMb * AWS_MB) / AWS_GB) * seconds),
    lambdaStreaming: charge(PRICES.lambdaStreaming, MILLION * (billedStream / AWS_GB)),
    s3Requests: charge(PRICES.s3Requests, MILLION),
    functionLog: charge(PRICES.logIngestion, MILLION * (logBytes.function / AWS_GB)),
    accessLog: charge(PRICES.logIngestion, MILLION * (logBytes.access / AWS_GB)),
    traces: charge(PRICES.traces, MILLION * QUOTAS.sampledTraces.value),
  };
};

export const total = (cost: Cost): number => Object.values(cost).reduce((sum: number, part: number) => sum + part, 0);

/** The largest range that is streamed at full speed and without a fee for its bytes. */
export const LARGEST_RANGE: number = Math.min(QUOTAS.fastStream.value, QUOTAS.freeStream.value);

/** US dollars for a million images, each fetched as equal ranges in as few requests as possible. */
export const costInRanges = (transfer: Transfer, deployment: Deployment): number | undefined => {
  const { requests, bytes } = splitInRanges(transfer.bytes);
  const cost = costOf({ ...transfer, bytes }, deployment);
  return cost && requests * total(cost);
};

/**
 * US dollars for the requests of a million images whose clients leave at the start. Lambda does not notice that a client
 * left, so such a request costs as much as any other.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 *
 * @param abandonedShare Share of the images whose clients leave.
 */
export const costOfAbandoned = (
  transfer: Transfer,
  deployment: Deployment,
  abandonedShare: number,
): number | undefined => {
  const cost = costOf(transfer, deployment);
  return cost && abandonedShare * total(cost);
};

export const splitInRanges = (size: number): { readonly requests: number; readonly bytes: number } => {
  const requests = Math.ceil(size / LARGEST_RANGE);
  return { requests, bytes: size / requests };
};

/** US dollars for a million images that clients in the region read from S3, of any size. */
export const costOfPresigned = (): number => charge(PRICES.s3Requests, MILLION);

/**
 * US dollars for a million images from CloudFront.
 *
 * @param originCost US dollars for a million images from the origin, which CloudFront asks on a miss.
 */
export const costOfCloudFront = (bytes: number, hitRate: number, originCost: number): number =>
  charge(PRICES.cloudFrontRequests, MILLION) +
  charge(PRICES.cloudFrontTransfer, MILLION * (bytes / AWS_GB)) +
  (1 - hitRate) * originCost;
