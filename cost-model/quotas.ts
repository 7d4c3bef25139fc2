import type { Source } from './prices.ts';
import { MB } from './units.ts';

/** A limit or a speed that AWS publishes. Those that can be raised are what an account starts with. */
export interface Quota extends Source {
  readonly name: string;
  readonly value: number;
  readonly unit: 'bytes' | 'bytes/s' | 'bit/s' | 'requests' | 'requests/s' | 'environments' | 's' | 'ms' | 'share';
}

const STREAMING = 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html';
const TRANSFER_MODE = 'https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html';
const API_GATEWAY = 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html';
const CONCURRENCY = 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html';
const SCALING = 'https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html';
const S3 = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html';
const CLOUDFRONT = 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html';

export const QUOTAS: Readonly<Record<QuotaName, Quota>> = {
  freeStream: {
    name: 'Lambda, streamed bytes of a request that cost nothing',
    value: 6 * MB,
    unit: 'bytes',
    url: 'https://aws.amazon.com/lambda/pricing/',
    seen: 'page',
  },
  fastStream: {
    name: 'Lambda, streamed bytes at full speed',
    value: 6 * MB,
    unit: 'bytes',
    url: STREAMING,
    seen: 'page',
  },
  tailSpeed: {
    name: 'Lambda, speed of what comes after them',
    value: 2 * MB,
    unit: 'bytes/s',
    url: STREAMING,
    seen: 'page',
  },
  apiFastStream: {
    name: 'API Gateway, streamed bytes at full speed; what comes after them goes at the same speed as from Lambda',
    value: 10 * MB,
    unit: 'bytes',
    url: TRANSFER_MODE,
    seen: 'page',
  },
  apiMeter: {
    name: 'API Gateway, streamed bytes that are billed as one request, rounded up',
    value: 10 * MB,
    unit: 'bytes',
    url: 'https://aws.amazon.com/api-gateway/pricing/',
    seen: 'page',
  },
  apiRate: {
    name: 'API Gateway, requests of an account and region',
    value: 10_000,
    unit: 'requests/s',
    url: API_GATEWAY,
    seen: 'page',
  },
  apiBurst: {
    name: 'API Gateway, requests above that rate at once',
    value: 5000,
    unit: 'requests',
    url: API_GATEWAY,
    seen: 'page',
  },
  concurrency: {
    name: 'Lambda, concurrent environments of an account and region',
    value: 1000,
    unit: 'environments',
    url: CONCURRENCY,
    seen: 'page',
  },
  requestsPerEnvironment: {
    name: 'Lambda, requests for each concurrent environment that the account may have',
    value: 10,
    unit: 'requests/s',
    url: CONCURRENCY,
    seen: 'page',
  },
  scalingStep: {
    name: 'Lambda, environments that a function may gain in one interval',
    value: 1000,
    unit: 'environments',
    url: SCALING,
    seen: 'page',
  },
  scalingInterval: { name: 'Lambda, that interval', value: 10, unit: 's', url: SCALING, seen: 'page' },
  s3Rate: {
    name: 'S3, GET requests of a partitioned prefix',
    value: 5500,
    unit: 'requests/s',
    url: S3,
    seen: 'page',
  },
  s3FirstByte: {
    name: 'S3, time to the first byte: the lower of the two that are named',
    value: 100,
    unit: 'ms',
    url: S3,
    seen: 'page',
  },
  s3SlowFirstByte: { name: 'S3, the higher of them', value: 200, unit: 'ms', url: S3, seen: 'page' },
  s3Speed: {
    name: 'S3, speed of one connection: the lower of the two that are named',
    value: 85 * MB,
    unit: 'bytes/s',
    url: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-design-patterns.html',
    seen: 'page',
  },
  sampledTraces: {
    name: 'X-Ray, share of the requests that are traced, beside one a second',
    value: 0.05,
    unit: 'share',
    url: 'https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html',
    seen: 'elsewhere',
  },
  logEvent: {
    name: 'CloudWatch Logs, what counts for an event beside its text',
    value: 26,
    unit: 'bytes',
    url: 'https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html',
    seen: 'elsewhere',
  },
  cloudFrontRate: {
    name: 'CloudFront, requests of a distribution',
    value: 250_000,
    unit: 'requests/s',
    url: CLOUDFRONT,
    seen: 'page',
  },
  cloudFrontSpeed: {
    name: 'CloudFront, speed of a distribution',
    value: 150_000_000_000,
    unit: 'bit/s',
    url: CLOUDFRONT,
    seen: 'page',
  },
  largestStream: {
    name: 'Lambda, the largest streamed answer',
    value: 200 * MB,
    unit: 'bytes',
    url: STREAMING,
    seen: 'page',
  },
};

export type QuotaName =
  | 'freeStream'
  | 'fastStream'
  | 'tailSpeed'
  | 'apiFastStream'
  | 'apiMeter'
  | 'apiRate'
  | 'apiBurst'
  | 'concurrency'
  | 'requestsPerEnvironment'
  | 'scalingStep'
  | 'scalingInterval'
  | 's3Rate'
  | 's3FirstByte'
  | 's3SlowFirstByte'
  | 's3Speed'
  | 'sampledTraces'
  | 'logEvent'
  | 'cloudFrontRate'
  | 'cloudFrontSpeed'
  | 'largestStream';
