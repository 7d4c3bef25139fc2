import type { Source } from './prices.ts';
import { AWS_MB } from './units.ts';

/** A limit or a speed that AWS publishes. Adjustable quotas have the value of a new account. */
export interface Quota extends Source {
  readonly name: string;
  readonly value: number;
  readonly unit: 'bytes' | 'bytes/s' | 'requests' | 'requests/s' | 'environments' | 's' | 'ms' | 'share';
}

const page = (path: string, verified = true): Source => ({ url: `https://docs.aws.amazon.com/${path}.html`, verified });

const STREAMING = page('lambda/latest/dg/configuration-response-streaming');
const CONCURRENCY = page('lambda/latest/dg/lambda-concurrency');
const SCALING = page('lambda/latest/dg/scaling-behavior');
const API_STREAMING = page('apigateway/latest/developerguide/response-transfer-mode');
const API_LIMITS = page('apigateway/latest/developerguide/limits');
const API_PRICES: Source = { url: 'https://aws.amazon.com/api-gateway/pricing/', verified: true };
const LAMBDA_PRICES: Source = { url: 'https://aws.amazon.com/lambda/pricing/', verified: true };
const S3 = page('AmazonS3/latest/userguide/optimizing-performance');
const S3_SPEED = page('AmazonS3/latest/userguide/optimizing-performance-design-patterns');
const XRAY = page('xray/latest/devguide/xray-console-sampling', false);
const LOGS = page('AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents', false);

const quota = (name: string, value: number, unit: Quota['unit'], source: Source): Quota => ({
  name,
  value,
  unit,
  ...source,
});

export const QUOTAS: Readonly<Record<QuotaName, Quota>> = {
  freeStream: quota('Lambda, streamed bytes per request that are free', 6 * AWS_MB, 'bytes', LAMBDA_PRICES),
  fastStream: quota('Lambda, streamed bytes at full speed', 6 * AWS_MB, 'bytes', STREAMING),
  slowSpeed: quota('Lambda, speed of a stream after them', 2 * AWS_MB, 'bytes/s', STREAMING),
  largestStream: quota('Lambda, largest streamed response', 200 * AWS_MB, 'bytes', STREAMING),
  concurrency: quota('Lambda, concurrent environments per account', 1000, 'environments', CONCURRENCY),
  requestsPerEnvironment: quota('Lambda, requests per environment of that quota', 10, 'requests/s', CONCURRENCY),
  scalingStep: quota('Lambda, environments that a function gains at once', 1000, 'environments', SCALING),
  scalingInterval: quota('Lambda, time between two such gains', 10, 's', SCALING),
  apiFastStream: quota('API Gateway, streamed bytes at full speed', 10 * AWS_MB, 'bytes', API_STREAMING),
  apiMeter: quota('API Gateway, streamed bytes billed as one request', 10 * AWS_MB, 'bytes', API_PRICES),
  apiRate: quota('API Gateway, requests per account and region', 10_000, 'requests/s', API_LIMITS),
  s3Rate: quota('S3, GET and HEAD requests per partitioned prefix', 5500, 'requests/s', S3),
  s3FirstByte: quota('S3, time to first byte (AWS gives 100 to 200 ms)', 100, 'ms', S3),
  s3Speed: quota('S3, speed of one connection (the lower figure of AWS)', 85 * AWS_MB, 'bytes/s', S3_SPEED),
  sampledTraces: quota('X-Ray, share of requests traced, after one per second', 0.05, 'share', XRAY),
  logEvent: quota('CloudWatch Logs, bytes billed per event in addition to its text', 26, 'bytes', LOGS),
};

export type QuotaName =
  | `${'free' | 'fast' | 'largest' | 'apiFast'}Stream`
  | `${'slow' | 's3'}Speed`
  | `${'api' | 's3'}Rate`
  | `scaling${'Step' | 'Interval'}`
  | 'concurrency'
  | 'requestsPerEnvironment'
  | 'apiMeter'
  | 's3FirstByte'
  | 'sampledTraces'
  | 'logEvent';
