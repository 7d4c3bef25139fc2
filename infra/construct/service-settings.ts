import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DEFAULTS, type FunctionSettings, type ResponseMode } from '../../src/settings/settings.ts';

/** The settings of one API and its function. */
export interface ServiceSettings extends Omit<FunctionSettings, 'environment'>, NetworkSettings {
  /** Customer-managed key that encrypts the bucket. Default: none. */
  readonly kmsKeyArn?: string | undefined;
  readonly responseMode: ResponseMode;
  /** Megabytes. CPU and network bandwidth grow in proportion. */
  readonly memory: number;
  readonly logRetentionDays: RetentionDays;
  /** Whether X-Ray records traces of the API and the function. */
  readonly tracing: boolean;
  /** Limits for each key: requests per second, and concurrent requests. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  /** Requests that each key may make in a period. */
  readonly quota: { readonly limit: number; readonly period: 'DAY' | 'WEEK' | 'MONTH' };
  /** Concurrent executions that are reserved for the function, and limit it. Default: none, and it shares those of the account. */
  readonly reservedConcurrency?: number | undefined;
}

/** How clients reach the API, and from where the function reaches S3. */
export interface NetworkSettings {
  /** `private` only lets clients in through VPC endpoints. */
  readonly endpoint: EndpointKind;
  /** Endpoints of the service execute-api. A private API accepts requests from them only. */
  readonly vpcEndpointIds: readonly string[];
  /** Address ranges of clients, such as 10.0.0.0/8. Default: all addresses. */
  readonly allowedCidrs: readonly string[];
  /** Web ACL that inspects the requests. Default: none. */
  readonly webAclArn?: string | undefined;
  /** Security policy of the API's own host name, such as `TLS_1_2`. Default: the one that API Gateway chooses. */
  readonly securityPolicy?: string | undefined;
  /** Custom domain of the API. Default: none. */
  readonly domainName?: string | undefined;
  /** Certificate of the custom domain, in the region of the API. */
  readonly certificateArn?: string | undefined;
  /** Public hosted zone that gets the records of the custom domain. Default: none, so you add a record yourself. */
  readonly hostedZoneId?: string | undefined;
  /** Subnets of the function. Default: none, and the function runs outside your VPCs. */
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] } | undefined;
}

export type EndpointKind = (typeof ENDPOINT_KINDS)[number];

export const ENDPOINT_KINDS = ['regional', 'private'] as const;

export type { ResponseMode };

export const SERVICE_DEFAULTS: Omit<ServiceSettings, 'bucket' | 'kmsKeyArn' | 'reservedConcurrency'> = {
  ...DEFAULTS,
  responseMode: 'stream',
  memory: 1536,
  logRetentionDays: RetentionDays.ONE_MONTH,
  tracing: true,
  throttle: { rateLimit: 200, burstLimit: 400 },
  quota: { limit: 5_000_000, period: 'DAY' },
  endpoint: 'regional',
  vpcEndpointIds: [],
  allowedCidrs: [],
};
