import type { ServiceSettings } from '../construct/service-settings.ts';

/** The settings of one environment, as they stand in `cdk.json` or after `-c <environment>.<setting>=`. */
export interface EnvironmentSettings extends ServiceSettings {
  readonly environment: string;
  /** The account and region that the stacks are tied to. Default: those of the credentials. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** The generations of the key that every API of the environment accepts; the last one is the one to hand out. */
  readonly keyGenerations: readonly string[];
  /** Generations that exist and that no API accepts: the step between accepting a key and deleting it. */
  readonly retiringKeyGenerations: readonly string[];
  /** Whether engineers may have stacks of their own. */
  readonly owners: boolean;
  /** Whether the stack of the environment has a dashboard, alarms and saved queries. Engineers' stacks have none. */
  readonly operations: boolean;
  /** Who is told of the alarms. Default: nobody. */
  readonly alarmTopicArn?: string | undefined;
}
