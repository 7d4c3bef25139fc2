import { type Conditions, type Delivery, isServed, timeInvocation, totalMs } from './invocation.ts';
import { charge, PRICES } from './prices.ts';
import { QUOTAS } from './quotas.ts';
import { GB, MB, MILLION } from './units.ts';

/** Where the bytes go after they left the region's services. */
export type Caller = 'in the region' | 'in another region' | 'on the internet';

/** How the service is deployed, and by whom it is called. */
export interface Terms extends Conditions {
  readonly memoryMb: number;
  /** Of one request. */
  readonly logBytes: { readonly function: number; readonly access: number };
  readonly caller: Caller;
}

/** US dollars for a million images. */
export interface Cost {
  readonly apiRequests: number;
  readonly lambdaRequests: number;
  readonly lambdaDuration: number;
  readonly lambdaStreaming: number;
  readonly s3Requests: number;
  readonly functionLog: number;
  readonly accessLog: number;
  readonly traces: number;
  readonly transfer: number;
}

/** Undefined for what is too large for an answer of this mode. */
export const costOf = (delivery: Delivery, terms: Terms): Cost | undefined => {
  if (!isServed(delivery)) return undefined;
  const { mode, bytes } = delivery;
  const streamed = mode === 'stream' ? bytes : 0;
  const seconds = totalMs(timeInvocation(delivery, terms)) / 1000;
  return {
    apiRequests: charge(PRICES.apiRequests, MILLION * Math.max(1, Math.ceil(streamed / QUOTAS.apiMeter.value))),
    lambdaRequests: charge(PRICES.lambdaRequests, MILLION),
    lambdaDuration: charge(PRICES.lambdaDuration, MILLION * ((terms.memoryMb * MB) / GB) * seconds),
    lambdaStreaming: charge(PRICES.lambdaStreaming, MILLION * (Math.max(0, streamed - QUOTAS.freeStream.value) / GB)),
    s3Requests: charge(PRICES.s3Requests, MILLION),
    functionLog: charge(PRICES.logIngestion, MILLION * (terms.logBytes.function / GB)),
    accessLog: charge(PRICES.logIngestion, MILLION * (terms.logBytes.access / GB)),
    traces: charge(PRICES.traces, MILLION * QUOTAS.sampledTraces.value),
    transfer: charge(TRANSFER[terms.caller], MILLION * (bytes / GB)),
  };
};

export const total = (cost: Cost): number => Object.values(cost).reduce((sum: number, part: number) => sum + part, 0);

/** The largest range that is not slowed down, and costs nothing as a stream. */
export const LARGEST_RANGE: number = Math.min(QUOTAS.fastStream.value, QUOTAS.freeStream.value);

/** A million streamed images, each fetched in ranges of one size, in as few requests as that takes. */
export const costInRanges = (delivery: Delivery, terms: Terms): number | undefined => {
  const { requests, bytes } = splitInRanges(delivery.bytes);
  const cost = costOf({ ...delivery, bytes }, terms);
  return cost && requests * total(cost);
};

export const splitInRanges = (size: number): { readonly requests: number; readonly bytes: number } => {
  const requests = Math.ceil(size / LARGEST_RANGE);
  return { requests, bytes: size / requests };
};

/** A million images that callers get from S3 themselves, with a presigned URL. */
export const costOfPresigned = (bytes: number, caller: Caller): number =>
  charge(PRICES.s3Requests, MILLION) + charge(TRANSFER[caller], MILLION * (bytes / GB));

/** A million images from CloudFront, which asks for those that it does not have: `origin` is what a million of these cost. */
export const costOfCloudFront = (bytes: number, hitRate: number, origin: number): number =>
  charge(PRICES.cloudFrontRequests, MILLION) +
  charge(PRICES.cloudFrontTransfer, MILLION * (bytes / GB)) +
  (1 - hitRate) * origin;

const TRANSFER = {
  'in the region': PRICES.transferInRegion,
  'in another region': PRICES.transferToRegion,
  'on the internet': PRICES.transferToInternet,
} as const;
