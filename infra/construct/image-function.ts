import { Aws, type Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { functionLogGroup } from '../../src/settings/names.ts';
import { type FunctionSettings, SETTINGS } from '../../src/settings/settings.ts';
import { toVariables } from '../../src/settings/variables.ts';
import { functionCode } from './function-code.ts';
import type { ServiceSettings } from './service-settings.ts';
import { checkServiceSettings } from './settings-check.ts';

export interface ImageFunctionProps extends ServiceSettings {
  readonly functionName: string;
  readonly environment: string;
  /** The bundle's file and its export, such as `index.streaming`. */
  readonly handler: string;
  readonly timeout: Duration;
  readonly role: IRole;
}

/** The function that serves the images, and the group that it logs to. */
export class ImageFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, { functionName, handler, timeout, role, ...settings }: ImageFunctionProps) {
    checkServiceSettings(settings);
    super(scope, id, {
      functionName,
      description: `Serves images (${settings.environment})`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: settings.memory,
      timeout,
      code: functionCode(scope),
      handler,
      role,
      environment: functionVariables(settings, Aws.ACCOUNT_ID),
      tracing: Tracing.ACTIVE,
      logGroup: new LogGroup(scope, `${id}Logs`, {
        logGroupName: functionLogGroup(functionName),
        retention: settings.logRetentionDays,
        // Its name is fixed: were it kept, the stack could not be deployed again.
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    });
  }
}

/**
 * The variables of the function.
 *
 * @param ownAccount owns the bucket if the settings name no other account.
 */
export const functionVariables = (
  settings: ServiceSettings & Pick<FunctionSettings, 'environment'>,
  ownAccount: string,
): Record<string, string> => ({
  // Engineers look for these two in the console, so the function has them even if they are the defaults.
  [SETTINGS.prefix.variable]: settings.prefix,
  [SETTINGS.logLevel.variable]: settings.logLevel,
  // Without an owner, a stranger's bucket of this name would be read.
  ...toVariables({ ...settings, bucketAccount: settings.bucketAccount ?? ownAccount }),
});
