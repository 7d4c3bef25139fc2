import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  Dashboard,
  GraphWidget,
  LogQueryWidget,
  type Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import {
  CfnQueryDefinition,
  FilterPattern,
  type IFilterPattern,
  type ILogGroup,
  MetricFilter,
} from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmName, dashboardName, metricNamespace, queryName } from '../../src/settings/names.ts';
import type { ImagesApi } from './images-api.ts';

export interface OperationsProps {
  /** Prefix of all resource names. */
  readonly name: string;
  readonly images: ImagesApi;
  /** SNS topic that receives the alarms. Default: none. */
  readonly alarmTopicArn?: string | undefined;
}

/** Monitoring of the service: a dashboard, alarms, and saved queries over its logs. */
export class Operations extends Construct {
  constructor(scope: Construct, id: string, { name, images, alarmTopicArn }: OperationsProps) {
    super(scope, id);
    const metrics = createMetrics(this, name, images);
    const queries = listQueries(images);

    const topic = alarmTopicArn === undefined ? undefined : Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn);
    for (const { title, ...condition } of listAlarms(metrics)) {
      const alarm = new Alarm(this, `Alarm-${title}`, {
        alarmName: alarmName(name, title),
        // A period without requests has no data, and is not a failure.
        treatMissingData: TreatMissingData.NOT_BREACHING,
        ...condition,
      });
      if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic));
    }

    for (const { title, logGroup, lines } of queries) {
      new CfnQueryDefinition(this, `Query-${title}`, {
        name: queryName(name, title),
        logGroupNames: [logGroup.logGroupName],
        queryString: lines.join('\n| '),
      });
    }

    const graph = (title: string, left: Metric[], right: Metric[] = []) =>
      new GraphWidget({ title, left, right, width: 12 });
    const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: dashboardName(name) });
    dashboard.addWidgets(
      graph('Requests', [metrics.requests]),
      graph('Errors and throttles', [metrics.clientErrors, metrics.serverErrors, metrics.throttles]),
      graph('Latency', metrics.latencies),
      graph('Bytes sent, and p99 of the store latency', [metrics.bytes], [metrics.storeLatency]),
      graph('Store errors and refused roles', [metrics.storeErrors, metrics.refusedRoles]),
      ...queries.map(
        ({ title, logGroup, lines }) =>
          new LogQueryWidget({ title, logGroupNames: [logGroup.logGroupName], queryLines: [...lines], width: 12 }),
      ),
    );
  }
}

const createMetrics = (scope: Construct, name: string, { api, function: lambda }: ImagesApi) => {
  const stage = api.deploymentStage;
  const logged = (metricName: string, filterPattern: IFilterPattern, metricValue: string) =>
    new MetricFilter(scope, metricName, {
      logGroup: lambda.logGroup,
      metricNamespace: metricNamespace(name),
      metricName,
      filterPattern,
      metricValue,
    });
  const served = FilterPattern.numberValue('$.ms.store', '>=', 0);
  return {
    requests: stage.metricCount(PERIOD),
    clientErrors: stage.metricClientError({ ...PERIOD, label: '4xx' }),
    serverErrors: stage.metricServerError({ ...PERIOD, label: '5xx' }),
    // Each request counts as 0 or 1, so the average is the error rate.
    serverErrorRate: stage.metricServerError({ ...PERIOD, statistic: Stats.AVERAGE }),
    throttles: lambda.metricThrottles({ ...PERIOD, label: 'Lambda throttles' }),
    latencies: [50, 90, 99].map((percent) =>
      stage.metricLatency({ ...PERIOD, statistic: Stats.percentile(percent), label: `p${percent}` }),
    ),
    bytes: logged('Bytes', served, '$.bytes').metric({ ...PERIOD, statistic: Stats.SUM }),
    storeLatency: logged('StoreMilliseconds', served, '$.ms.store').metric({
      ...PERIOD,
      statistic: Stats.percentile(99),
    }),
    storeErrors: logged('StoreErrors', FilterPattern.stringValue('$.code', '=', 'store-*'), '1').metric({
      ...PERIOD,
      statistic: Stats.SUM,
    }),
    refusedRoles: logged('RefusedRoles', FilterPattern.stringValue('$.code', '=', 'role-refused'), '1').metric({
      ...PERIOD,
      statistic: Stats.SUM,
    }),
  };
};

const PERIOD = { period: Duration.minutes(5) };

type AlarmRow = Pick<AlarmProps, 'metric' | 'threshold' | 'evaluationPeriods' | 'alarmDescription'> & {
  readonly title: string;
};

const listAlarms = (metrics: ReturnType<typeof createMetrics>): readonly AlarmRow[] => [
  {
    title: '5xx-rate',
    metric: metrics.serverErrorRate,
    threshold: 0.01,
    evaluationPeriods: 3,
    alarmDescription:
      'At least 1 % of requests fail with a 5xx status. The saved query errors-by-code counts the causes.',
  },
  {
    title: 'p99',
    // The latency of the API is not useful here: it includes the time in which a client reads a stream.
    metric: metrics.storeLatency,
    threshold: 2000,
    evaluationPeriods: 3,
    alarmDescription:
      'The store takes 2 s or longer to answer 1 % of requests. The saved query slowest-paths lists the slowest paths.',
  },
  {
    title: 'throttles',
    metric: metrics.throttles,
    threshold: 1,
    evaluationPeriods: 1,
    alarmDescription: 'Lambda throttles requests. Compare the concurrent executions of the account with its quota.',
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

interface Query {
  readonly title: string;
  readonly logGroup: ILogGroup;
  readonly lines: readonly string[];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
const listQueries = ({ accessLog, function: lambda }: ImagesApi): readonly Query[] => [
  {
    title: 'usage-per-api-key',
    logGroup: accessLog,
    lines: ['stats count(*) as requests, sum(bytes) as bytesSent by apiKeyId, status', 'sort requests desc'],
  },
  {
    title: 'slowest-paths',
    logGroup: lambda.logGroup,
    lines: [
      'filter ispresent(ms.store)',
      'stats count(*) as requests, max(ms.store) as slowest, pct(ms.store, 50) as median, max(bytes) as largest by path',
      'sort slowest desc',
      'limit 25',
    ],
  },
  {
    title: 'errors-by-code',
    logGroup: lambda.logGroup,
    lines: [
      'filter ispresent(code)',
      'stats count(*) as errors, latest(path) as example by code, status',
      'sort errors desc',
    ],
  },
];
