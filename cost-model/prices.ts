/** Prices are on demand, without free tiers and discounts, of the first tier, in this region. */
export const REGION = 'us-east-1';

/** When the prices and quotas were looked up. */
export const READ = '2026-11-22';

/** A page that publishes a figure. */
export interface Source {
  readonly url: string;
  /**
   * Where the figure itself was seen: in a copy of the page, or only in what others say of it, because AWS has most
   * prices drawn by a script; `nowhere` is an assumption.
   */
  readonly seen: 'page' | 'elsewhere' | 'nowhere';
}

/** US dollars for so many of something. */
export interface Price extends Source {
  readonly name: string;
  readonly usd: number;
  readonly per: number;
  readonly of: 'requests' | 'GB-seconds' | 'GB' | 'traces';
}

/** US dollars for an amount of what the price is of. */
export const charge = ({ usd, per }: Price, amount: number): number => (usd / per) * amount;

const API_GATEWAY = 'https://aws.amazon.com/api-gateway/pricing/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const CLOUDFRONT = 'https://aws.amazon.com/cloudfront/pricing/';
const TRANSFER = 'https://aws.amazon.com/ec2/pricing/on-demand/';

export const PRICES: Readonly<Record<PriceName, Price>> = {
  apiRequests: {
    name: 'API Gateway, requests of a REST API',
    usd: 3.5,
    per: 1_000_000,
    of: 'requests',
    url: API_GATEWAY,
    seen: 'page',
  },
  lambdaRequests: { name: 'Lambda, requests', usd: 0.2, per: 1_000_000, of: 'requests', url: LAMBDA, seen: 'page' },
  lambdaDuration: {
    name: 'Lambda, duration on arm64',
    usd: 0.0000133334,
    per: 1,
    of: 'GB-seconds',
    url: LAMBDA,
    seen: 'page',
  },
  lambdaStreaming: {
    name: 'Lambda, streamed bytes beyond the first of each request',
    usd: 0.008,
    per: 1,
    of: 'GB',
    url: LAMBDA,
    seen: 'page',
  },
  provisionedConcurrency: {
    name: 'Lambda, provisioned concurrency kept on arm64',
    usd: 0.0000033334,
    per: 1,
    of: 'GB-seconds',
    url: LAMBDA,
    seen: 'elsewhere',
  },
  provisionedDuration: {
    name: 'Lambda, duration on arm64 with provisioned concurrency',
    usd: 0.0000077778,
    per: 1,
    of: 'GB-seconds',
    url: LAMBDA,
    seen: 'elsewhere',
  },
  s3Requests: {
    name: 'S3 Standard, GET requests',
    usd: 0.0004,
    per: 1000,
    of: 'requests',
    url: 'https://aws.amazon.com/s3/pricing/',
    seen: 'elsewhere',
  },
  kmsRequests: {
    name: 'KMS, requests',
    usd: 0.03,
    per: 10_000,
    of: 'requests',
    url: 'https://aws.amazon.com/kms/pricing/',
    seen: 'elsewhere',
  },
  logIngestion: {
    name: 'CloudWatch Logs, ingestion',
    usd: 0.5,
    per: 1,
    of: 'GB',
    url: 'https://aws.amazon.com/cloudwatch/pricing/',
    seen: 'elsewhere',
  },
  traces: {
    name: 'X-Ray, traces recorded',
    usd: 5,
    per: 1_000_000,
    of: 'traces',
    url: 'https://aws.amazon.com/xray/pricing/',
    seen: 'page',
  },
  transferInRegion: {
    name: 'Data transfer, from API Gateway or S3 to callers in the region',
    usd: 0,
    per: 1,
    of: 'GB',
    url: TRANSFER,
    seen: 'nowhere',
  },
  transferToRegion: {
    name: 'Data transfer, to another region',
    usd: 0.02,
    per: 1,
    of: 'GB',
    url: TRANSFER,
    seen: 'elsewhere',
  },
  transferToInternet: {
    name: 'Data transfer, to the internet',
    usd: 0.09,
    per: 1,
    of: 'GB',
    url: API_GATEWAY,
    seen: 'page',
  },
  cloudFrontRequests: {
    name: 'CloudFront, HTTPS requests from North America',
    usd: 0.01,
    per: 10_000,
    of: 'requests',
    url: CLOUDFRONT,
    seen: 'elsewhere',
  },
  cloudFrontTransfer: {
    name: 'CloudFront, data to callers in North America or Europe, wherever they are',
    usd: 0.085,
    per: 1,
    of: 'GB',
    url: CLOUDFRONT,
    seen: 'page',
  },
};

export type PriceName =
  | 'apiRequests'
  | 'lambdaRequests'
  | 'lambdaDuration'
  | 'lambdaStreaming'
  | 'provisionedConcurrency'
  | 'provisionedDuration'
  | 's3Requests'
  | 'kmsRequests'
  | 'logIngestion'
  | 'traces'
  | 'transferInRegion'
  | 'transferToRegion'
  | 'transferToInternet'
  | 'cloudFrontRequests'
  | 'cloudFrontTransfer';
