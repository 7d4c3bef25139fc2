import type { ServiceSettings } from '../construct/service-settings.ts';

/** The settings of one environment, from `cdk.json` or from `-c <environment>.<setting>=`. */
export interface EnvironmentSettings extends ServiceSettings {
  readonly environment: string;
  /** Whether deletion is prevented: of the stacks, and of the logs, the key and its secret. */
  readonly protect: boolean;
  /** AWS account of the stacks. Default: the account of the credentials. */
  readonly account?: string | undefined;
  /** Region of the stacks. Default: the region of the credentials. */
  readonly region?: string | undefined;
  /** ARNs of further roles that may read a bucket in another account: by the reader role, or by the bucket policy. */
  readonly readers: readonly string[];
  /** Generations of the key that every API of the environment accepts. New clients get the last one. */
  readonly keyGenerations: readonly string[];
  /** Generations of the key that still exist but that no API accepts. The next step of a rotation deletes them. */
  readonly retiringKeyGenerations: readonly string[];
  /** Whether `-c owner=` may add stacks for engineers. */
  readonly owners: boolean;
  /** Whether the stack of the environment has a dashboard, alarms and saved queries. Stacks of engineers have none. */
  readonly operations: boolean;
  /** SNS topic that receives the alarms. Default: none. */
  readonly alarmTopicArn?: string | undefined;
  /** Concurrent executions that raise an alarm, if `reservedConcurrency` is not set. */
  readonly concurrencyAlarm: number;
  /** Whether the global stack sets the role with which API Gateway writes logs. The AWS account has one per region. */
  readonly cloudWatchRole: boolean;
}
