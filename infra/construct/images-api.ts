import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  ApiKeySourceType,
  CfnUsagePlan,
  CfnUsagePlanKey,
  EndpointType,
  type IApiKey,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type MethodOptions,
  ResponseTransferMode,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import {
  accessLogGroup,
  executionLogGroup,
  functionLogGroup,
  functionName as functionNameOf,
  restApiName,
  usagePlanName,
} from '../../src/settings/names.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { ImageFunction } from './image-function.ts';
import { LambdaRole } from './lambda-role.ts';
import { addPreflight } from './preflight.ts';
import { SERVICE_DEFAULTS, type ServiceSettings } from './service-settings.ts';

/** Settings of an API. All of them except `bucket` have a default. */
export interface ImagesApiProps extends Pick<ServiceSettings, 'bucket'>, Partial<Omit<ServiceSettings, 'bucket'>> {
  /** Prefix of all resource names. It must be unique in the account and region. */
  readonly name: string;
  /** Name of the stage, such as dev or prod. It is the first segment of every URL path. */
  readonly environment: string;
  /** Keys that the API accepts. The construct IDs must differ. */
  readonly apiKeys: readonly IApiKey[];
  /** Role of the function. Default: a new role that may read the images, or assume the reader role. */
  readonly role?: IRole;
}

/**
 * A REST API that requires an API key and forwards every path to one function. Its stage writes execution logs, so the
 * account must have a role that API Gateway uses for logging (`AWS::ApiGateway::Account`).
 */
export class ImagesApi extends Construct {
  readonly api: RestApi;
  readonly function: ImageFunction;
  readonly accessLog: ILogGroup;

  constructor(scope: Construct, id: string, { name, environment, apiKeys, role, ...given }: ImagesApiProps) {
    super(scope, id);
    const settings = withDefaults(given);
    const { handler, timeout, responseTransferMode, binaryMediaTypes } = MODES[settings.responseMode];
    const functionName = functionNameOf(name);

    this.function = new ImageFunction(this, 'Function', {
      ...settings,
      functionName,
      environment,
      handler,
      timeout,
      role:
        role ??
        new LambdaRole(this, 'Role', {
          images: settings,
          readerRoleArn: settings.readerRoleArn,
          logGroups: functionLogGroup(functionName),
        }),
    });

    this.accessLog = this.logGroup('AccessLog', accessLogGroup(name), settings);
    this.api = new RestApi(this, 'Api', {
      restApiName: restApiName(name),
      description: `Serves images by path (${environment})`,
      endpointTypes: [EndpointType.REGIONAL],
      apiKeySourceType: ApiKeySourceType.HEADER,
      binaryMediaTypes: [...binaryMediaTypes],
      // An account has one such role per region, so each stack would replace the role that another stack has set.
      cloudWatchRole: false,
      deployOptions: {
        stageName: environment,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
        loggingLevel: MethodLoggingLevel.ERROR,
        // Logs of whole requests would contain API keys.
        dataTraceEnabled: false,
        metricsEnabled: true,
        tracingEnabled: true,
      },
    });
    // The default output has a hash in its name. The stack has outputs without one.
    this.api.node.tryRemoveChild('Endpoint');
    // Otherwise API Gateway creates it with the first error and keeps it forever.
    this.logGroup('ExecutionLog', executionLogGroup(this.api.restApiId, environment), settings);

    const cors = settings.corsOrigins.length > 0;
    const integration = new LambdaIntegration(this.function, {
      proxy: true,
      allowTestInvoke: false,
      responseTransferMode,
      timeout,
    });
    for (const { resource, options } of [
      // {proxy+} does not match the root. The function answers `path-missing` there.
      { resource: this.api.root, options: {} },
      { resource: this.api.root.addResource('{proxy+}'), options: WITH_PATH },
    ]) {
      resource.addMethod('ANY', integration, { ...options, apiKeyRequired: true });
      addPreflight(resource, settings.corsOrigins);
    }
    addGatewayResponses(this.api, { cors });
    this.addUsagePlan(name, apiKeys, settings);
    Validations.of(this).acknowledge(...ACKNOWLEDGED);
  }

  private addUsagePlan(name: string, apiKeys: readonly IApiKey[], { throttle, quota }: ServiceSettings): void {
    const plan = new CfnUsagePlan(this, 'UsagePlan', {
      usagePlanName: usagePlanName(name),
      apiStages: [{ apiId: this.api.restApiId, stage: this.api.deploymentStage.stageName }],
      throttle,
      quota,
    });
    for (const key of apiKeys) {
      // `usagePlan.addApiKey` derives IDs from the order: removing the first key would replace the second attachment.
      new CfnUsagePlanKey(this, `Use-${key.node.id}`, { keyId: key.keyId, keyType: 'API_KEY', usagePlanId: plan.ref });
    }
  }

  private logGroup(id: string, logGroupName: string, { logRetentionDays }: ServiceSettings): LogGroup {
    return new LogGroup(this, id, {
      logGroupName,
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }
}

/** A setting that is undefined gets its default, like a setting that is left out. */
const withDefaults = (given: Omit<ImagesApiProps, 'name' | 'environment' | 'apiKeys' | 'role'>): ServiceSettings => {
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...SERVICE_DEFAULTS, ...(Object.fromEntries(defined) as typeof given) };
};

/**
 * Handler and integration of each mode. They must match: a streaming handler behind a buffered integration answers 502.
 * The timeout of the function is also the timeout of the integration.
 */
const MODES = {
  stream: {
    handler: 'index.streaming',
    responseTransferMode: ResponseTransferMode.STREAM,
    binaryMediaTypes: [],
    // The largest response (200 MB) takes 100 s at 2 MB/s, the rate to which Lambda and API Gateway throttle a stream.
    // 5 minutes give slow clients three times that. AWS allows 15 minutes, but a very slow client would then keep one
    // execution environment busy that long.
    timeout: Duration.minutes(5),
  },
  buffered: {
    handler: 'index.buffered',
    responseTransferMode: ResponseTransferMode.BUFFERED,
    // API Gateway decodes a body if the first type in the request's Accept header is listed here; the image's type is
    // irrelevant.
    binaryMediaTypes: ['*/*'],
    // The longest time that API Gateway waits, unless its quota was raised.
    timeout: Duration.seconds(29),
  },
} as const;

const WITH_PATH: MethodOptions = { requestParameters: { 'method.request.path.proxy': true } };

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html */
export const ACCESS_LOG = {
  time: '$context.requestTime',
  requestId: '$context.requestId',
  apiKeyId: '$context.identity.apiKeyId',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  latency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  integrationStatus: '$context.integration.status',
  refusal: '$context.error.responseType',
};

const ACKNOWLEDGED = [
  { rule: 'APIG2', reason: 'The function validates requests itself, and its responses say what is wrong.' },
  {
    rule: 'APIG3',
    reason: 'The callers are internal and have a key. A web ACL can be associated with the stage if one is needed.',
  },
  { rule: 'APIG4', reason: 'The API key identifies callers. Browsers send no key with preflight requests.' },
  { rule: 'COG4', reason: 'The callers are programs with an API key, not users of a Cognito user pool.' },
].map(({ rule, reason }) => ({ id: `AwsSolutions::AwsSolutions-${rule}`, reason }));
