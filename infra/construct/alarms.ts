import type { AlarmProps, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { failureShare, type Metrics, storeP99 } from './metrics.ts';

type AlarmRow = Pick<
  AlarmProps,
  'metric' | 'threshold' | 'evaluationPeriods' | 'datapointsToAlarm' | 'alarmDescription'
> & { readonly title: string };

/** Alarms of an API. `maxConcurrency` is the number of concurrent executions of the function that raises an alarm. */
export const listAlarms = (metrics: Metrics, maxConcurrency: number): readonly AlarmRow[] => [
  {
    title: '5xx-rate',
    ...share(metrics.serverErrors, metrics.requests),
    alarmDescription: `${SHARE} fail with a 5xx status. The saved query errors-by-code counts the causes.`,
  },
  {
    title: 'function-errors',
    ...share(metrics.functionErrors, metrics.invocations),
    alarmDescription: `${SHARE} crash the function, exceed its timeout or break off. Most of them have no 5xx status. The saved query runtime-failures lists them.`,
  },
  {
    title: 'broken-images',
    ...share(metrics.brokenImages, metrics.storeRequests),
    alarmDescription: `${SHARE} break off after the status 200 or 206 was sent, or are batches with an unexpected error. The saved query errors-by-code counts the causes.`,
  },
  {
    title: 'store-errors',
    ...share(metrics.storeErrors, metrics.storeRequests),
    alarmDescription: `${SHARE} fail in S3 or STS, before or after their status was sent. The saved query errors-by-code counts the causes.`,
  },
  {
    title: 'p99',
    // The latency of the API is not useful here: it includes the time in which a client reads a stream.
    metric: storeP99(metrics),
    threshold: 2000,
    evaluationPeriods: 3,
    alarmDescription:
      'The store takes 2 s or longer to answer 1 % of requests. The saved query slowest-paths lists the slowest paths.',
  },
  {
    title: 'concurrency',
    metric: metrics.concurrency,
    threshold: maxConcurrency,
    // A peak of a minute or two passes by itself. A longer one may not: slow clients can occupy an execution for minutes.
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    alarmDescription: `The function has ${maxConcurrency} or more concurrent executions, close to its limit. Above the limit, Lambda throttles requests.`,
  },
  {
    title: 'throttles',
    metric: metrics.throttles,
    threshold: 1,
    evaluationPeriods: 1,
    alarmDescription:
      'Lambda throttles requests. Compare the concurrent executions with the reserved concurrency and with the quota of the account.',
  },
  {
    title: 'throttled-requests',
    ...share(metrics.throttledRequests, metrics.requests),
    alarmDescription: `${SHARE} exceed a rate limit and get 429. The saved query usage-per-api-key shows whose. Slow the client down, or raise the setting throttle.`,
  },
  {
    title: 'quota-exceeded',
    metric: metrics.quotaRefusals,
    threshold: 1,
    evaluationPeriods: 1,
    alarmDescription:
      'A key has used up its quota and gets 429 until the period ends. The saved query usage-per-api-key shows which. Raise the setting quota.',
  },
  {
    title: 'role-refused',
    metric: metrics.refusedRoles,
    threshold: 1,
    evaluationPeriods: 1,
    alarmDescription:
      'The function cannot assume the reader role. Check the trust policy of the role and its external ID.',
  },
];

/**
 * At least 1 % fail in three of four periods, so a failure that ends within 10 minutes raises no alarm. All of three would not
 * do: metrics may arrive late, and the expression would set the newest period to 0.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const share = (failures: Metric, requests: Metric) => ({
  metric: failureShare(failures, requests, 'share of failures'),
  threshold: 0.01,
  evaluationPeriods: 4,
  datapointsToAlarm: 3,
});

const SHARE = 'At least 1 % of requests, and at least 5 in 5 minutes,';
