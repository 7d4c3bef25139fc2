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

/** Resources of one request to the service. */
export interface Usage {
  /** Milliseconds for which an environment is busy. */
  readonly busyMs: number;
  /** Bytes of the response; 0 if it is buffered. */
  readonly streamedBytes: number;
  /** GET and HEAD requests of the service to S3. */
  readonly s3Requests: number;
}

/** US dollars. Clients are in the region, so data transfer is free. */
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

/** US dollars for a million images. Undefined if a response of this mode cannot hold the image. */
export const costOf = (transfer: Transfer, deployment: Deployment): Cost | undefined => {
  if (!fits(transfer)) return undefined;
  const usage: Usage = {
    busyMs: totalMs(timeInvocation(transfer, deployment)),
    streamedBytes: transfer.mode === 'stream' ? transfer.bytes : 0,
    s3Requests: 1,
  };
  return costOfRequests(MILLION, usage, deployment);
};

/** US dollars for requests to the service that all use the same. */
export const costOfRequests = (requests: number, usage: Usage, { memoryMb, logBytes }: Deployment): Cost => {
  const { busyMs, streamedBytes, s3Requests } = usage;
  const apiRequests = Math.max(1, Math.ceil(streamedBytes / QUOTAS.apiMeter.value));
  const billedStream = Math.max(0, streamedBytes - QUOTAS.freeStream.value);
  return {
    apiRequests: charge(PRICES.apiRequests, requests * apiRequests),
    lambdaRequests: charge(PRICES.lambdaRequests, requests),
    lambdaDuration: charge(PRICES.lambdaDuration, requests * ((memoryMb * AWS_MB) / AWS_GB) * (busyMs / 1000)),
    lambdaStreaming: charge(PRICES.lambdaStreaming, requests * (billedStream / AWS_GB)),
    s3Requests: charge(PRICES.s3Requests, requests * s3Requests),
    functionLog: charge(PRICES.logIngestion, requests * (logBytes.function / AWS_GB)),
    accessLog: charge(PRICES.logIngestion, requests * (logBytes.access / AWS_GB)),
    traces: charge(PRICES.traces, requests * QUOTAS.sampledTraces.value),
  };
};

export const total = (cost: Cost): number => Object.values(cost).reduce((sum: number, part: number) => sum + part, 0);

/** The largest range that is streamed at full speed and without a fee for its bytes. */
export const LARGEST_RANGE: number = Math.min(QUOTAS.fastStream.value, QUOTAS.freeStream.value);

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

/** Requests for the equal parts of an image, and the bytes of each part. */
export interface Parts {
  readonly requests: number;
  readonly bytes: number;
}

export const splitInRanges = (size: number): Parts => {
  const requests = Math.ceil(size / LARGEST_RANGE);
  return { requests, bytes: size / requests };
};

/** US dollars for a million images that clients in the region read from S3 themselves, of any size. */
export const costOfS3 = (): number => charge(PRICES.s3Requests, MILLION);

/**
 * US dollars for a million images from CloudFront.
 *
 * @param originCost US dollars for a million images from the origin, which CloudFront asks on a miss.
 */
export const costOfCloudFront = (bytes: number, hitRate: number, originCost: number): number =>
  charge(PRICES.cloudFrontRequests, MILLION) +
  charge(PRICES.cloudFrontTransfer, MILLION * (bytes / AWS_GB)) +
  (1 - hitRate) * originCost;
