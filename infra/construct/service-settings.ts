import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DEFAULTS, type FunctionSettings, type ResponseMode } from '../../src/settings/settings.ts';

/** The settings of one API and its function. */
export interface ServiceSettings extends Omit<FunctionSettings, 'environment'> {
  /** The customer-managed key of a bucket that is encrypted with one. */
  readonly kmsKeyArn?: string | undefined;
  readonly responseMode: ResponseMode;
  /** Megabytes. Lambda gives CPU and network in proportion. */
  readonly memory: number;
  readonly logRetentionDays: RetentionDays;
  /** Requests per second and requests at once, for each key. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  /** Requests in a period, for each key. */
  readonly quota: { readonly limit: number; readonly period: 'DAY' | 'WEEK' | 'MONTH' };
}

export type { ResponseMode };

export const SERVICE_DEFAULTS: Omit<ServiceSettings, 'bucket' | 'kmsKeyArn'> = {
  ...DEFAULTS,
  responseMode: 'stream',
  memory: 1536,
  logRetentionDays: RetentionDays.ONE_MONTH,
  throttle: { rateLimit: 200, burstLimit: 400 },
  quota: { limit: 5_000_000, period: 'DAY' },
};
