import { Aws, type Duration } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { functionCode } from './function-code.ts';
import { functionVariables } from './function-variables.ts';
import type { ServiceSettings } from './service-settings.ts';

export interface ImageFunctionProps extends ServiceSettings {
  readonly functionName: string;
  readonly environment: string;
  /** File and export in the bundle, such as `index.streaming`. */
  readonly handler: string;
  readonly timeout: Duration;
  readonly role: IRole;
  readonly logGroup: ILogGroup;
}

/** The function that serves the images. */
export class ImageFunction extends LambdaFunction {
  readonly reservedConcurrency: number | undefined;

  constructor(scope: Construct, id: string, props: ImageFunctionProps) {
    const { functionName, handler, timeout, role, logGroup, ...settings } = props;
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
      tracing: settings.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      logGroup,
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
    });
    this.reservedConcurrency = reservedConcurrency;
    // The property `vpc` of CDK needs the availability zones of the subnets, and would change the shared role.
    if (settings.vpc === undefined) return;
    const { subnetIds, securityGroupIds } = settings.vpc;
    (this.node.defaultChild as CfnFunction).vpcConfig = {
      subnetIds: [...subnetIds],
      securityGroupIds: [...securityGroupIds],
    };
  }
}
