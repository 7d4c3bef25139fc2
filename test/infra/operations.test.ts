import { describe, expect, it } from 'vitest';
import { synthesize, type Template } from '../support/assembly.ts';
import { renderText } from '../support/rendered-text.ts';
import { embed, propertiesOf } from './embedding.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:111111111111:alarms';
const template = embed({}, { alarmTopicArn: TOPIC });

/** A metric as text: namespace, name, dimensions, statistic and seconds. */
const describeMetric = ({ Namespace, MetricName, Dimensions = [] }: MetricProperties, stat: string, period: number) => {
  const dimensions = Dimensions.map(({ Name, Value }) => `${Name}=${renderText(Value, template)}`);
  return [Namespace, MetricName, ...dimensions, stat, `${period} s`].join(' ');
};

interface MetricProperties {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

interface Query {
  readonly Id: string;
  readonly Expression?: string;
  readonly ReturnData?: boolean;
  readonly MetricStat?: { readonly Metric: MetricProperties; readonly Stat: string; readonly Period: number };
}

/** An alarm with its metric as text: one metric, or an expression and the metrics in it. */
const readAlarm = ({ AlarmDescription: _, ...alarm }: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic, Period, Metrics, ...condition } = alarm;
  if (Metrics === undefined) {
    const metric = { Namespace, MetricName, Dimensions } as MetricProperties;
    return { ...condition, metric: describeMetric(metric, String(Statistic ?? ExtendedStatistic), Number(Period)) };
  }
  const queries = Metrics as readonly Query[];
  const describeQuery = ({ Expression, MetricStat }: Query) =>
    MetricStat === undefined ? Expression : describeMetric(MetricStat.Metric, MetricStat.Stat, MetricStat.Period);
  // CDK writes a metric with a label as a list of one.
  const [only, ...others] = queries;
  if (only !== undefined && others.length === 0) return { ...condition, metric: describeQuery(only) };
  // The alarm watches the one whose data is returned, which is the default.
  const parts = queries.map((query) => [(query.ReturnData ?? true) ? 'expression' : query.Id, describeQuery(query)]);
  return { ...condition, metric: Object.fromEntries(parts) };
};

const API = 'AWS/ApiGateway';
const STAGE = 'ApiName=their-images-api Stage=prod';
const LAMBDA = 'AWS/Lambda';
const FUNCTION = 'FunctionName=their-images-lambda';
const LOGS = 'images-api/their-images';

const SHARE = 'IF(FILL(failures, 0) >= 5, failures / requests, 0)';
const REQUESTS = `${API} Count ${STAGE} SampleCount 300 s`;
const STORE_REQUESTS = `${LOGS} StoreMilliseconds SampleCount 300 s`;

interface AlarmCase {
  readonly title: string;
  /** One metric, or an expression and the metrics in it. */
  readonly metric: string | Readonly<Record<string, string>>;
  readonly threshold: number;
  /** Periods that are evaluated. */
  readonly periods: number;
  /** Periods that must breach. Default: all of them. */
  readonly datapoints?: number;
}

const shareCase = (title: string, failures: string, requests: string): AlarmCase => ({
  title,
  metric: { expression: SHARE, failures, requests },
  threshold: 0.01,
  periods: 4,
  datapoints: 3,
});

const ALARMS: readonly AlarmCase[] = [
  shareCase('5xx-rate', `${API} 5XXError ${STAGE} Sum 300 s`, REQUESTS),
  shareCase('function-errors', `${LAMBDA} Errors ${FUNCTION} Sum 300 s`, `${LAMBDA} Invocations ${FUNCTION} Sum 300 s`),
  shareCase('broken-images', `${LOGS} BrokenImages Sum 300 s`, STORE_REQUESTS),
  shareCase('store-errors', `${LOGS} StoreErrors Sum 300 s`, STORE_REQUESTS),
  {
    title: 'p99',
    metric: {
      expression: 'IF(requests >= 100, p99, 0)',
      p99: `${LOGS} StoreMilliseconds p99 300 s`,
      requests: STORE_REQUESTS,
    },
    threshold: 2000,
    periods: 3,
  },
  {
    title: 'concurrency',
    metric: `${LAMBDA} ConcurrentExecutions ${FUNCTION} Maximum 60 s`,
    threshold: 800,
    periods: 5,
    datapoints: 3,
  },
  { title: 'throttles', metric: `${LAMBDA} Throttles ${FUNCTION} Sum 300 s`, threshold: 1, periods: 1 },
  shareCase('throttled-requests', `${LOGS} ThrottledRequests Sum 300 s`, REQUESTS),
  { title: 'quota-exceeded', metric: `${LOGS} QuotaRefusals Sum 300 s`, threshold: 1, periods: 1 },
  { title: 'role-refused', metric: `${LOGS} RefusedRoles Sum 300 s`, threshold: 1, periods: 1 },
];

const alarmsOf = (from: Template) => propertiesOf(from, 'CloudWatch::Alarm');
const alarmOf = (from: Template, title: string) =>
  alarmsOf(from).find(({ AlarmName }) => AlarmName === `their-images--${title}`);

describe('Operations', () => {
  it.each(ALARMS)('raises the alarm $title', ({ title, metric, threshold, periods, datapoints }) => {
    expect(readAlarm(alarmOf(template, title) ?? {})).toEqual({
      AlarmName: `their-images--${title}`,
      AlarmActions: [TOPIC],
      metric,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: periods,
      ...(datapoints === undefined ? {} : { DatapointsToAlarm: datapoints }),
      TreatMissingData: 'notBreaching',
    });
  });

  it('raises no other alarm, and tells in each what to do', () => {
    expect(alarmsOf(template)).toHaveLength(ALARMS.length);
    for (const { AlarmDescription } of alarmsOf(template)) expect(AlarmDescription).toMatch(/^.{40,}\.$/);
  });

  it('creates alarms without actions if no topic is given', () => {
    for (const { AlarmActions } of alarmsOf(embed())) expect(AlarmActions).toBeUndefined();
  });

  it.each([
    [{}, {}, 800],
    [{}, { concurrencyAlarm: 80 }, 80],
    [{ reservedConcurrency: 100 }, { concurrencyAlarm: 800 }, 80],
    [{ reservedConcurrency: 1 }, {}, 1],
  ])('with %j and %j, raises the alarm about concurrency at %i executions', (service, operations, threshold) => {
    expect(alarmOf(embed(service, operations), 'concurrency')).toMatchObject({ Threshold: threshold });
  });

  it('draws the metrics of API Gateway, of Lambda and of the logs', () => {
    const [dashboard] = propertiesOf(template, 'CloudWatch::Dashboard');
    const { widgets } = JSON.parse(renderText(dashboard?.['DashboardBody'], template)) as {
      widgets: readonly { type: string; properties: { metrics: readonly (readonly unknown[])[] } }[];
    };
    const drawn = widgets.flatMap(({ type, properties }) =>
      type === 'metric'
        ? properties.metrics.map((metric) => {
            const { stat = '', period = '' } = metric.at(-1) as { stat?: string; period?: number };
            return [...metric.slice(0, -1), stat, period].join(' ');
          })
        : [],
    );
    const stage = 'ApiName their-images-api Stage prod';
    const lambda = 'FunctionName their-images-lambda';
    expect(drawn.map((metric) => metric.trim())).toEqual([
      `${API} Count ${stage} SampleCount`,
      `${API} 4XXError ${stage} Sum`,
      `${API} 5XXError ${stage} Sum`,
      `${LAMBDA} Errors ${lambda} Sum`,
      `${API} Latency ${stage} p50`,
      `${API} Latency ${stage} p90`,
      `${API} Latency ${stage} p99`,
      `${LOGS} Bytes Sum`,
      `${LOGS} StoreMilliseconds p99`,
      `${LOGS} StoreErrors Sum`,
      `${LOGS} RefusedRoles Sum`,
      `${LOGS} BrokenImages Sum`,
      `${LAMBDA} ConcurrentExecutions ${lambda} Maximum 60`,
      `${LAMBDA} Throttles ${lambda} Sum`,
      `${LOGS} ThrottledRequests Sum`,
      `${LOGS} QuotaRefusals Sum`,
    ]);
  });

  it('draws and evaluates no metric of the logs without a metric filter that publishes it', () => {
    const published = propertiesOf(template, 'Logs::MetricFilter').map(({ MetricTransformations }) => {
      const [{ MetricName } = { MetricName: '' }] = MetricTransformations as { MetricName: string }[];
      return MetricName;
    });
    const used = JSON.stringify([alarmsOf(template), propertiesOf(template, 'CloudWatch::Dashboard')]);
    for (const name of published) expect(used).toContain(name);
    const metrics = ALARMS.flatMap(({ metric }) => (typeof metric === 'string' ? [metric] : Object.values(metric)));
    const named = metrics.flatMap((metric) => (metric.startsWith(LOGS) ? [metric.split(' ')[1]] : []));
    expect(published).toEqual(expect.arrayContaining(named));
  });

  it('exists in the stack of an environment, but not in stacks of engineers', () => {
    const templates = synthesize({ environment: 'dev', owner: 'alice', 'dev.concurrencyAlarm': '7' });
    const alarmsIn = (stack: string) => alarmsOf(templates.get(stack) as Template);
    expect([alarmsIn('images-api-dev').length, alarmsIn('images-api-dev-alice').length]).toEqual([ALARMS.length, 0]);
    expect(alarmsIn('images-api-dev')).toContainEqual(
      expect.objectContaining({ AlarmName: 'images-api-dev--concurrency', Threshold: 7 }),
    );
  });
});

it('reserves concurrency only if the setting says so', () => {
  const lambdas = (options: object) => propertiesOf(embed(options), 'Lambda::Function');
  expect(lambdas({ reservedConcurrency: 20 })[0]).toMatchObject({ ReservedConcurrentExecutions: 20 });
  expect(lambdas({})[0]).not.toHaveProperty('ReservedConcurrentExecutions');
  const templates = synthesize({ environment: 'dev', owner: 'alice', 'dev.reservedConcurrency': '20' });
  const reserved = [...templates.values()].flatMap((template) => propertiesOf(template, 'Lambda::Function'));
  // The stack of an engineer would reserve them again.
  expect(reserved.map(({ ReservedConcurrentExecutions }) => ReservedConcurrentExecutions)).toEqual([20, undefined]);
});
