import { Duration } from 'aws-cdk-lib';
import { MathExpression, type Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type IFilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { metricNamespace } from '../../src/settings/names.ts';
import type { ImagesApi } from './images-api.ts';

/** Metrics of the API in periods of 5 minutes, except `concurrency`, whose period is one minute. */
export interface Metrics {
  readonly requests: Metric;
  readonly clientErrors: Metric;
  readonly serverErrors: Metric;
  /** p50, p90 and p99. They include the time in which clients read a stream. */
  readonly latencies: readonly Metric[];
  /** Requests above a rate limit. */
  readonly throttledRequests: Metric;
  /** Requests above the quota of their key. */
  readonly quotaRefusals: Metric;
  readonly invocations: Metric;
  /** Crashes, timeouts and streams that break off. */
  readonly functionErrors: Metric;
  readonly throttles: Metric;
  readonly concurrency: Metric;
  readonly bytes: Metric;
  /** Requests of images, listings and batches that asked the store. */
  readonly storeRequests: Metric;
  /** p99 of the time until the first answer of the store, in milliseconds. */
  readonly storeLatency: Metric;
  /** Requests that failed in S3 or STS, and batches of which at least one image did. */
  readonly storeErrors: Metric;
  readonly refusedRoles: Metric;
  /** Images and listings that break off after their headers were sent, and batches with an unexpected error. */
  readonly brokenImages: Metric;
}

/** Creates the metrics: those of AWS, and those that metric filters extract from the two logs. */
export const createMetrics = (
  scope: Construct,
  name: string,
  { api, function: lambda, functionLog, accessLog }: ImagesApi,
): Metrics => {
  const stage = api.deploymentStage;
  const logged = (logGroup: ILogGroup, metricName: string, filterPattern: IFilterPattern, metricValue = '1'): Metric =>
    new MetricFilter(scope, metricName, {
      logGroup,
      metricNamespace: metricNamespace(name),
      metricName,
      filterPattern,
      metricValue,
    }).metric({ ...PERIOD, statistic: Stats.SUM });
  /** Requests that the function logs with one of these codes; `*` stands for any text. */
  const withCode = (...codes: readonly string[]) =>
    FilterPattern.any(...codes.map((code) => FilterPattern.stringValue('$.code', '=', code)));
  /** Requests that API Gateway refuses with this type of response. */
  const refused = (metricName: string, responseType: string) =>
    logged(accessLog, metricName, FilterPattern.stringValue('$.refusal', '=', responseType));

  // Only requests that asked the store have this field.
  const storeMilliseconds = logged(
    functionLog,
    'StoreMilliseconds',
    FilterPattern.numberValue('$.ms.store', '>=', 0),
    '$.ms.store',
  );
  return {
    requests: stage.metricCount(PERIOD),
    clientErrors: stage.metricClientError({ ...PERIOD, label: '4xx' }),
    serverErrors: stage.metricServerError({ ...PERIOD, label: '5xx' }),
    latencies: [50, 90, 99].map((percent) =>
      stage.metricLatency({ ...PERIOD, statistic: Stats.percentile(percent), label: `p${percent}` }),
    ),
    throttledRequests: refused('ThrottledRequests', 'THROTTLED'),
    quotaRefusals: refused('QuotaRefusals', 'QUOTA_EXCEEDED'),
    invocations: lambda.metricInvocations(PERIOD),
    functionErrors: lambda.metricErrors({ ...PERIOD, label: 'Lambda errors' }),
    throttles: lambda.metricThrottles({ ...PERIOD, label: 'Lambda throttles' }),
    concurrency: lambda.metric('ConcurrentExecutions', { period: Duration.minutes(1), statistic: Stats.MAXIMUM }),
    bytes: logged(functionLog, 'Bytes', FilterPattern.numberValue('$.bytes', '>=', 0), '$.bytes'),
    storeRequests: storeMilliseconds.with({ statistic: Stats.SAMPLE_COUNT }),
    storeLatency: storeMilliseconds.with({ statistic: Stats.percentile(99) }),
    storeErrors: logged(functionLog, 'StoreErrors', withCode('store-*', 'role-refused')),
    refusedRoles: logged(functionLog, 'RefusedRoles', withCode('role-refused')),
    // The headers of these responses were sent, so API Gateway counts no error. A client that stops reading is not a failure
    // of the service. A batch is complete even if it reports failures; but no other metric counts unexpected ones.
    brokenImages: logged(
      functionLog,
      'BrokenImages',
      FilterPattern.all(
        FilterPattern.numberValue('$.status', '<', 400),
        FilterPattern.exists('$.code'),
        FilterPattern.stringValue('$.code', '!=', 'client-timeout'),
        FilterPattern.any(FilterPattern.notExists('$.failed'), FilterPattern.stringValue('$.code', '=', 'internal')),
      ),
    ),
  };
};

/**
 * Share of requests that fail, as a fraction. It is 0 below `MIN_FAILURES`, so one failure of two requests at night raises no
 * alarm. `FILL` sets a period without failures to 0: an alarm skips missing values, so it would treat failures of different
 * hours as consecutive.
 */
export const failureShare = (failures: Metric, requests: Metric, label: string): MathExpression =>
  new MathExpression({
    ...PERIOD,
    label,
    expression: `IF(FILL(failures, 0) >= ${MIN_FAILURES}, failures / requests, 0)`,
    usingMetrics: { failures, requests },
  });

/** The 99th percentile of the store's latency. Below 100 requests it would be the slowest one, so it is 0 there. */
export const storeP99 = ({ storeLatency, storeRequests }: Metrics): MathExpression =>
  new MathExpression({
    ...PERIOD,
    label: 'p99 of the store',
    expression: 'IF(requests >= 100, p99, 0)',
    usingMetrics: { p99: storeLatency, requests: storeRequests },
  });

const MIN_FAILURES = 5;

const PERIOD = { period: Duration.minutes(5) };
