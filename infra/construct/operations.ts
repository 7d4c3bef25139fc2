import { Alarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmName, queryName } from '../../src/settings/names.ts';
import { listAlarms } from './alarms.ts';
import { addDashboard } from './dashboard.ts';
import type { ImagesApi } from './images-api.ts';
import { createMetrics } from './metrics.ts';
import { listQueries } from './saved-queries.ts';

export interface OperationsProps {
  /** Prefix of all resource names. */
  readonly name: string;
  readonly images: ImagesApi;
  /** SNS topic that receives the alarms. Default: none. */
  readonly alarmTopicArn?: string | undefined;
  /**
   * Concurrent executions that raise an alarm, if the function reserves no concurrency. Default: 800, which is 80 % of the
   * usual quota of an account.
   */
  readonly concurrencyAlarm?: number | undefined;
}

export const CONCURRENCY_ALARM = 800;

/**
 * Monitoring of the service: a dashboard, alarms, and saved queries over its logs. Metrics are derived from log lines, so the
 * API must not have the log level `silent`.
 */
export class Operations extends Construct {
  constructor(scope: Construct, id: string, { name, images, alarmTopicArn, concurrencyAlarm }: OperationsProps) {
    super(scope, id);
    const metrics = createMetrics(this, name, images);
    const queries = listQueries(images);
    const { reservedConcurrency } = images.function;
    const maxConcurrency =
      reservedConcurrency === undefined
        ? (concurrencyAlarm ?? CONCURRENCY_ALARM)
        : Math.ceil(reservedConcurrency * 0.8);

    const topic = alarmTopicArn === undefined ? undefined : Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn);
    for (const { title, ...condition } of listAlarms(metrics, maxConcurrency)) {
      const alarm = new Alarm(this, `Alarm-${title}`, {
        alarmName: alarmName(name, title),
        // A period without requests has no data, and is not a failure.
        treatMissingData: TreatMissingData.NOT_BREACHING,
        ...condition,
      });
      if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic));
    }

    for (const { title, logGroups, lines } of queries) {
      new CfnQueryDefinition(this, `Query-${title}`, {
        name: queryName(name, title),
        logGroupNames: logGroups.map(({ logGroupName }) => logGroupName),
        queryString: lines.join('\n| '),
      });
    }

    addDashboard(this, name, metrics, queries);
  }
}
