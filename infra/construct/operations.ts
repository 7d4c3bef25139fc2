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
  /** Begins the name of everything. */
  readonly name: string;
  readonly images: ImagesApi;
  /** Who is told of the alarms. Default: nobody. */
  readonly alarmTopicArn?: string | undefined;
}

/** What those see who run the service: a dashboard, alarms, and saved queries over its logs. */
export class Operations extends Construct {
  constructor(scope: Construct, id: string, { name, images, alarmTopicArn }: OperationsProps) {
    super(scope, id);
    const metrics = createMetrics(this, name, images);
    const queries = listQueries(images);

    const topic = alarmTopicArn === undefined ? undefined : Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn);
    for (const { title, ...condition } of listAlarms(metrics)) {
      const alarm = new Alarm(this, `Alarm-${title}`, {
        alarmName: alarmName(name, title),
        // No requests are no failures.
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
      graph('Bytes served, and time until the store answers', [metrics.bytes], [metrics.storeLatency]),
      graph('Errors of the store', [metrics.storeErrors, metrics.refusedRoles]),
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
    // Every request counts as 0 or 1, so that their average is the rate.
    serverErrorRate: stage.metricServerError({ ...PERIOD, statistic: Stats.AVERAGE }),
    throttles: lambda.metricThrottles({ ...PERIOD, label: 'throttled by Lambda' }),
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
    alarmDescription: 'One request in a hundred fails. The query errors-by-code says why.',
  },
  {
    title: 'p99',
    // Not the latency of the API: that of a stream is as long as its taker takes.
    metric: metrics.storeLatency,
    threshold: 2000,
    evaluationPeriods: 3,
    alarmDescription: 'One image in a hundred begins later than after 2 s. The query slowest-paths says which.',
  },
  {
    title: 'throttles',
    metric: metrics.throttles,
    threshold: 1,
    evaluationPeriods: 1,
    alarmDescription: 'Lambda refuses requests: the account has no more concurrent executions.',
  },
  {
    title: 'role-refused',
    metric: metrics.refusedRoles,
    threshold: 1,
    evaluationPeriods: 1,
    alarmDescription: 'The function may not assume the reader role: look at its trust policy and external id.',
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
