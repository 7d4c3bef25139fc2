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
  /** File and export in the bundle, such as `index.streaming`. */
  readonly handler: string;
  readonly timeout: Duration;
  readonly role: IRole;
}

/** The function that serves the images, and its log group. */
export class ImageFunction extends LambdaFunction {
  readonly reservedConcurrency: number | undefined;

  constructor(scope: Construct, id: string, { functionName, handler, timeout, role, ...settings }: ImageFunctionProps) {
    checkServiceSettings(settings);
    const { reservedConcurrency } = settings;
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
        // The name is fixed, so a group that outlives its stack would make the next deployment of the stack fail.
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
    });
    this.reservedConcurrency = reservedConcurrency;
  }
}

/**
 * Environment variables of the function.
 *
 * @param ownAccount Account that must own the bucket if the settings name no other account.
 */
export const functionVariables = (
  settings: ServiceSettings & Pick<FunctionSettings, 'environment'>,
  ownAccount: string,
): Record<string, string> => ({
  // Engineers look for these two in the console, so they are set even if they have their defaults.
  [SETTINGS.prefix.variable]: settings.prefix,
  [SETTINGS.logLevel.variable]: settings.logLevel,
  // Without an expected owner, the function would also read a bucket of this name in a stranger's account.
  ...toVariables({ ...settings, bucketAccount: settings.bucketAccount ?? ownAccount }),
});
