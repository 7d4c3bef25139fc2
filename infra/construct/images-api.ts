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
import { SERVICE_DEFAULTS, type ServiceSettings } from './service-settings.ts';

/** Everything but the bucket and the names has a default. */
export interface ImagesApiProps extends Pick<ServiceSettings, 'bucket'>, Partial<Omit<ServiceSettings, 'bucket'>> {
  /** Begins the name of everything, so it has to be the only one in its account and region. */
  readonly name: string;
  /** Such as dev or prod; names the stage, so that it begins every path. */
  readonly environment: string;
  /** Who may call. The ids of their constructs tell them apart. */
  readonly apiKeys: readonly IApiKey[];
  /** What the function runs as. Default: a role that may read the images, or assume the role that does. */
  readonly role?: IRole;
}

/**
 * The service: a REST API that asks for a key, and hands every path to one function. Its stage writes execution logs, so
 * the account needs a role for API Gateway to log with (`AWS::ApiGateway::Account`).
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
      description: `Images by path (${environment})`,
      endpointTypes: [EndpointType.REGIONAL],
      apiKeySourceType: ApiKeySourceType.HEADER,
      binaryMediaTypes: [...binaryMediaTypes],
      // There is one in an account and region; every stack would put its own in the place of the last one's.
      cloudWatchRole: false,
      deployOptions: {
        stageName: environment,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
        loggingLevel: MethodLoggingLevel.ERROR,
        // Whole requests hold keys.
        dataTraceEnabled: false,
        metricsEnabled: true,
        tracingEnabled: true,
      },
    });
    // Its name has a hash; the stack's own outputs do not.
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
      // {proxy+} does not match the root, where the function says that there is no path.
      { resource: this.api.root, options: {} },
      { resource: this.api.root.addResource('{proxy+}'), options: WITH_PATH },
    ]) {
      resource.addMethod('ANY', integration, { ...options, apiKeyRequired: true });
      // Browsers send no key with a preflight request.
      if (cors) resource.addMethod('OPTIONS', integration, { ...options, apiKeyRequired: false });
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
      // `usagePlan.addApiKey` names them by their order: when the first went, the second would be replaced by itself.
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

/** A setting that is undefined has its default, too. */
const withDefaults = (given: Omit<ImagesApiProps, 'name' | 'environment' | 'apiKeys' | 'role'>): ServiceSettings => {
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...SERVICE_DEFAULTS, ...(Object.fromEntries(defined) as typeof given) };
};

/**
 * Handler and integration of each mode, which must match: a streaming handler behind a buffered integration answers 502.
 * The function's timeout is the time that API Gateway waits for it.
 */
const MODES = {
  stream: {
    handler: 'index.streaming',
    responseTransferMode: ResponseTransferMode.STREAM,
    binaryMediaTypes: [],
    // The largest answer has 200 MB, which take 100 s at 2 MB/s, where both Lambda and API Gateway hold a stream; a slow
    // taker gets three times that. 15 minutes would be allowed, and let who reads nothing keep a function that long.
    timeout: Duration.minutes(5),
  },
  buffered: {
    handler: 'index.buffered',
    responseTransferMode: ResponseTransferMode.BUFFERED,
    // Bytes are decoded if they match the first type that the request accepts, whatever the type of the image.
    binaryMediaTypes: ['*/*'],
    // The longest that API Gateway waits, unless its quota was raised.
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
  { rule: 'APIG2', reason: 'The function checks its requests itself, and answers with the reason.' },
  {
    rule: 'APIG3',
    reason: 'The callers are internal and have a key; who wants a web ACL associates it with the stage.',
  },
  { rule: 'APIG4', reason: 'Callers are known by their API key; preflight requests of browsers carry none.' },
  { rule: 'COG4', reason: 'The callers are programs with an API key, and no users of a user pool.' },
].map(({ rule, reason }) => ({ id: `AwsSolutions::AwsSolutions-${rule}`, reason }));
