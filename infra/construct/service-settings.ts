import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Route } from '../../src/domain/index.ts';

/** What can be said of one API and its function. */
export interface ServiceSettings {
  readonly bucket: string;
  /** The folder of the bucket that is served, with or without its trailing slash. Empty: all of the bucket. */
  readonly prefix: string;
  /** The account that owns the bucket. Default: the one that the service is deployed to. */
  readonly bucketAccount?: string | undefined;
  /** The role of the bucket's account that reads the images. Default: the function's own role reads them. */
  readonly readerRoleArn?: string | undefined;
  readonly externalId?: string | undefined;
  /** The customer-managed key of a bucket that is encrypted with one. */
  readonly kmsKeyArn?: string | undefined;
  /** Default: the key is the path. */
  readonly mapping?: { readonly routes: readonly Route[] } | undefined;
  readonly responseMode: ResponseMode;
  /** For images whose object has none. Default: the function's. */
  readonly cacheControl?: string | undefined;
  /** Whose scripts may read the answers. */
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly logRetentionDays: RetentionDays;
  /** Requests per second, and how many may come at once; of each key. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  /** Requests in a period, of each key. */
  readonly quota: { readonly limit: number; readonly period: 'DAY' | 'WEEK' | 'MONTH' };
}

/** How the bytes of an image get from the function to the caller: as they arrive, or all at once. */
export type ResponseMode = 'stream' | 'buffered';

/** https://getpino.io/#/docs/api?id=logger-level */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export const SERVICE_DEFAULTS: Pick<
  ServiceSettings,
  'prefix' | 'responseMode' | 'corsOrigins' | 'logLevel' | 'logRetentionDays' | 'throttle' | 'quota'
> = {
  prefix: '',
  responseMode: 'stream',
  corsOrigins: [],
  logLevel: 'info',
  logRetentionDays: RetentionDays.ONE_MONTH,
  throttle: { rateLimit: 200, burstLimit: 400 },
  quota: { limit: 5_000_000, period: 'DAY' },
};
