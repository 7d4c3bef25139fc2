import { Aws, type Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { createPathMapping } from '../../src/domain/index.ts';
import { functionLogGroup } from '../../src/settings/names.ts';
import { functionCode } from './function-code.ts';
import type { ServiceSettings } from './service-settings.ts';

export interface ImageFunctionProps extends ServiceSettings {
  readonly functionName: string;
  readonly environmentName: string;
  /** The bundle's file and its export, such as `index.streaming`. */
  readonly handler: string;
  readonly timeout: Duration;
  readonly role: IRole;
}

/** Megabytes. Lambda gives processor and network in proportion to memory, and images need both. */
export const MEMORY_SIZE = 1536;

/** The function that serves the images, and the group that it logs to. */
export class ImageFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, { functionName, handler, timeout, role, ...settings }: ImageFunctionProps) {
    // A wrong mapping would only be seen when the function starts.
    createPathMapping({ ...settings.mapping, prefix: settings.prefix });
    super(scope, id, {
      functionName,
      description: `Serves images (${settings.environmentName})`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_SIZE,
      timeout,
      code: functionCode(scope),
      handler,
      role,
      environment: variables(settings),
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

/** As `src/app/config.ts` reads them. Empty means that nothing is said. */
const variables = (settings: Omit<ImageFunctionProps, 'functionName' | 'handler' | 'timeout' | 'role'>) => {
  const { mapping, readerRoleArn, externalId, cacheControl } = settings;
  return {
    ENVIRONMENT: settings.environmentName,
    LOG_LEVEL: settings.logLevel,
    IMAGES_BUCKET: settings.bucket,
    IMAGES_PREFIX: settings.prefix,
    // Always said: the name of a bucket alone may belong to anybody.
    IMAGES_BUCKET_OWNER: settings.bucketAccount ?? Aws.ACCOUNT_ID,
    ...(mapping === undefined ? {} : { IMAGES_MAPPING: JSON.stringify(mapping) }),
    ...(readerRoleArn === undefined ? {} : { IMAGES_ROLE_ARN: readerRoleArn }),
    ...(externalId === undefined ? {} : { IMAGES_ROLE_EXTERNAL_ID: externalId }),
    ...(cacheControl === undefined ? {} : { CACHE_CONTROL: cacheControl }),
    ...(settings.corsOrigins.length === 0 ? {} : { CORS_ORIGINS: settings.corsOrigins.join(',') }),
  };
};
