/** On-demand prices of the first tier in this region, without free tiers and discounts. */
export const REGION = 'us-east-1';

/** The day on which the prices and quotas were looked up. */
export const LOOKED_UP = '2026-11-22';

/** The page that publishes a figure. */
export interface Source {
  readonly url: string;
  /** Whether the figure was seen in a copy of that page. Otherwise, other pages cite it. */
  readonly verified: boolean;
}

/** US dollars for `per` units. */
export interface Price extends Source {
  readonly name: string;
  readonly usd: number;
  readonly per: number;
  readonly unit: 'requests' | 'GB-seconds' | 'GB' | 'traces';
}

/** US dollars for an amount in the unit of the price. */
export const charge = ({ usd, per }: Price, amount: number): number => (usd / per) * amount;

const page = (path: string, verified = true): Source => ({ url: `https://aws.amazon.com/${path}/pricing/`, verified });
const cited = (path: string): Source => page(path, false);

const EC2 = 'https://aws.amazon.com/ec2/pricing/on-demand/';

const price = (name: string, usd: number, per: number, unit: Price['unit'], source: Source): Price => ({
  name,
  usd,
  per,
  unit,
  ...source,
});

export const PRICES: Readonly<Record<PriceName, Price>> = {
  apiRequests: price('API Gateway, REST API requests', 3.5, 1_000_000, 'requests', page('api-gateway')),
  lambdaRequests: price('Lambda, requests', 0.2, 1_000_000, 'requests', page('lambda')),
  lambdaDuration: price('Lambda, duration on arm64', 0.0000133334, 1, 'GB-seconds', page('lambda')),
  lambdaStreaming: price('Lambda, streamed bytes after the free part', 0.008, 1, 'GB', page('lambda')),
  s3Requests: price('S3 Standard, GET and HEAD requests', 0.0004, 1000, 'requests', cited('s3')),
  s3ListRequests: price('S3 Standard, LIST requests', 0.005, 1000, 'requests', cited('s3')),
  kmsRequests: price('KMS, requests', 0.03, 10_000, 'requests', cited('kms')),
  logIngestion: price('CloudWatch Logs, ingestion', 0.5, 1, 'GB', cited('cloudwatch')),
  traces: price('X-Ray, recorded traces', 5, 1_000_000, 'traces', page('xray')),
  cloudFrontRequests: price('CloudFront, HTTPS requests', 0.01, 10_000, 'requests', cited('cloudfront')),
  cloudFrontTransfer: price('CloudFront, data transfer out', 0.085, 1, 'GB', page('cloudfront')),
  transferToRegion: price('Data transfer to another region', 0.02, 1, 'GB', { url: EC2, verified: false }),
  transferToInternet: price('Data transfer to the internet', 0.09, 1, 'GB', page('api-gateway')),
};

export type PriceName =
  | `${'api' | 'lambda' | 's3' | 's3List' | 'kms' | 'cloudFront'}Requests`
  | 'lambdaDuration'
  | 'lambdaStreaming'
  | 'logIngestion'
  | 'traces'
  | 'cloudFrontTransfer'
  | `transferTo${'Region' | 'Internet'}`;
