import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DEFAULTS, type FunctionSettings, type ResponseMode } from '../../src/settings/settings.ts';

/** The settings of one API and its function. */
export interface ServiceSettings extends Omit<FunctionSettings, 'environment'> {
  /** Customer-managed key that encrypts the bucket. Default: none. */
  readonly kmsKeyArn?: string | undefined;
  readonly responseMode: ResponseMode;
  /** Megabytes. CPU and network bandwidth grow in proportion. */
  readonly memory: number;
  readonly logRetentionDays: RetentionDays;
  /** Limits for each key: requests per second, and concurrent requests. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  /** Requests that each key may make in a period. */
  readonly quota: { readonly limit: number; readonly period: 'DAY' | 'WEEK' | 'MONTH' };
  /** Concurrent executions that are reserved for the function, and limit it. Default: none, and it shares those of the account. */
  readonly reservedConcurrency?: number | undefined;
}

export type { ResponseMode };

export const SERVICE_DEFAULTS: Omit<ServiceSettings, 'bucket' | 'kmsKeyArn' | 'reservedConcurrency'> = {
  ...DEFAULTS,
  responseMode: 'stream',
  memory: 1536,
  logRetentionDays: RetentionDays.ONE_MONTH,
  throttle: { rateLimit: 200, burstLimit: 400 },
  quota: { limit: 5_000_000, period: 'DAY' },
};
