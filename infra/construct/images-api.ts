import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  ApiKeySourceType,
  AwsIntegration,
  type CfnRestApi,
  CfnUsagePlan,
  CfnUsagePlanKey,
  type EndpointConfiguration,
  EndpointType,
  type IApiKey,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type MethodOptions,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import {
  accessLogGroup,
  executionLogGroup,
  functionLogGroup,
  functionName as functionNameOf,
  restApiName,
  usagePlanName,
} from '../../src/settings/names.ts';
import { ACCESS_LOG } from './access-log.ts';
import { CustomDomain } from './custom-domain.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { ImageFunction } from './image-function.ts';
import { LambdaRole } from './lambda-role.ts';
import { addPreflight } from './preflight.ts';
import { resourcePolicy } from './resource-policy.ts';
import { RESPONSE_MODES } from './response-modes.ts';
import { SERVICE_DEFAULTS, type ServiceSettings } from './service-settings.ts';
import { checkServiceSettings } from './settings-check.ts';

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
  /** Removal policy of the log groups. Default: `DESTROY`. */
  readonly logRemovalPolicy?: RemovalPolicy;
}

/**
 * A REST API that requires an API key and forwards every path to one function. Its stage writes execution logs, so the
 * account must have a role that API Gateway uses for logging (`AWS::ApiGateway::Account`).
 */
export class ImagesApi extends Construct {
  readonly api: RestApi;
  readonly function: ImageFunction;
  /** Log group of the function. */
  readonly functionLog: ILogGroup;
  readonly accessLog: ILogGroup;
  /** URL of the API, with a trailing slash. */
  readonly url: string;
  /** Undefined if the settings name no custom domain. */
  readonly domain: CustomDomain | undefined;

  constructor(
    scope: Construct,
    id: string,
    { name, environment, apiKeys, role, logRemovalPolicy, ...given }: ImagesApiProps,
  ) {
    super(scope, id);
    const settings = withDefaults(given);
    checkServiceSettings(settings);
    const addLogGroup = (id: string, logGroupName: string): LogGroup =>
      new LogGroup(this, id, {
        logGroupName,
        retention: settings.logRetentionDays,
        // The names are fixed, so a group that outlives its stack makes the next deployment of the stack fail.
        removalPolicy: logRemovalPolicy ?? RemovalPolicy.DESTROY,
      });
    this.functionLog = addLogGroup('FunctionLogs', functionLogGroup(name));
    this.function = this.addFunction(name, environment, role, settings);
    this.accessLog = addLogGroup('AccessLog', accessLogGroup(name));
    this.api = this.addApi(name, environment, settings);
    // API Gateway would create this group together with the stage, and CloudFormation could then no longer create it.
    this.api.deploymentStage.node.addDependency(
      addLogGroup('ExecutionLog', executionLogGroup(this.api.restApiId, environment)),
    );
    this.addMethods(environment, settings);
    addGatewayResponses(this.api, { cors: settings.corsOrigins.length > 0 });
    this.addUsagePlan(name, apiKeys, settings);
    this.associateWebAcl(settings);
    this.domain = this.addDomain(settings);
    this.url = this.domain === undefined ? this.api.url : `https://${settings.domainName}/`;
    Validations.of(this).acknowledge(...ACKNOWLEDGED);
  }

  private addFunction(
    name: string,
    environment: string,
    role: IRole | undefined,
    settings: ServiceSettings,
  ): ImageFunction {
    const { functionId, handler, timeout } = RESPONSE_MODES[settings.responseMode];
    const functionName = functionNameOf(name, settings.responseMode);
    return new ImageFunction(this, functionId, {
      ...settings,
      functionName,
      environment,
      handler,
      timeout,
      logGroup: this.functionLog,
      role:
        role ??
        new LambdaRole(this, 'Role', {
          images: settings,
          readerRoleArn: settings.readerRoleArn,
          functions: functionName,
          logGroups: functionLogGroup(name),
          tracing: settings.tracing,
          inVpc: settings.vpc !== undefined,
        }),
    });
  }

  private addApi(name: string, environment: string, settings: ServiceSettings): RestApi {
    const policy = resourcePolicy(settings);
    const api = new RestApi(this, 'Api', {
      restApiName: restApiName(name),
      description: `Serves images by path (${environment})`,
      endpointConfiguration: this.endpointConfiguration(settings),
      ...(policy === undefined ? {} : { policy }),
      apiKeySourceType: ApiKeySourceType.HEADER,
      binaryMediaTypes: RESPONSE_MODES[settings.responseMode].binaryMediaTypes,
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
        tracingEnabled: settings.tracing,
        // A usage plan limits only requests with a key.
        methodOptions: settings.corsOrigins.length > 0 ? THROTTLED_PREFLIGHTS : {},
      },
    });
    // The default output has a hash in its name. The stack has outputs without one.
    api.node.tryRemoveChild('Endpoint');
    if (settings.securityPolicy !== undefined) setSecurityPolicy(api, settings.securityPolicy);
    return api;
  }

  /** Forwards every path to the function. */
  private addMethods(environment: string, { responseMode, corsOrigins, signedLocations }: ServiceSettings): void {
    const { invocationPath, responseTransferMode, timeout } = RESPONSE_MODES[responseMode];
    // LambdaIntegration would create permissions that depend on the stage. After a switch of the response mode, requests
    // would reach the new function before API Gateway may invoke it.
    const integration = new AwsIntegration({
      service: 'lambda',
      proxy: true,
      path: invocationPath(this.function.functionArn),
      options: { responseTransferMode, timeout },
    });
    const permission = new CfnPermission(this.function, 'Invoke', {
      functionName: this.function.functionArn,
      action: 'lambda:InvokeFunction',
      principal: 'apigateway.amazonaws.com',
      sourceArn: this.api.arnForExecuteApi('*', '/*', environment),
    });
    this.api.latestDeployment?.node.addDependency(permission);
    for (const { resource, options, acceptsBatches } of [
      // {proxy+} does not match the root, where the function lists images and signs batches.
      { resource: this.api.root, options: {}, acceptsBatches: signedLocations === 'on' },
      { resource: this.api.root.addResource('{proxy+}'), options: WITH_PATH, acceptsBatches: false },
    ]) {
      resource.addMethod('ANY', integration, { ...options, apiKeyRequired: true });
      addPreflight(resource, corsOrigins, { acceptsBatches });
    }
  }

  /** API Gateway gives a private API one more host name per VPC endpoint, which works without private DNS. */
  private endpointConfiguration({ endpoint, vpcEndpointIds }: ServiceSettings): EndpointConfiguration {
    if (endpoint === 'regional') return { types: [EndpointType.REGIONAL] };
    return {
      types: [EndpointType.PRIVATE],
      vpcEndpoints: vpcEndpointIds.map((vpcEndpointId) =>
        InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, vpcEndpointId, { vpcEndpointId, port: 443 }),
      ),
    };
  }

  private associateWebAcl({ webAclArn }: ServiceSettings): void {
    if (webAclArn === undefined) return;
    new CfnWebACLAssociation(this, 'WebAcl', { resourceArn: this.api.deploymentStage.stageArn, webAclArn });
  }

  private addDomain({ domainName, certificateArn, hostedZoneId }: ServiceSettings): CustomDomain | undefined {
    if (domainName === undefined || certificateArn === undefined) return undefined;
    return new CustomDomain(this, 'Domain', { api: this.api, domainName, certificateArn, hostedZoneId });
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
}

/** A setting that is undefined gets its default, like a setting that is left out. */
const withDefaults = (
  given: Omit<ImagesApiProps, 'name' | 'environment' | 'apiKeys' | 'role' | 'logRemovalPolicy'>,
): ServiceSettings => {
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...SERVICE_DEFAULTS, ...(Object.fromEntries(defined) as typeof given) };
};

/**
 * Sets the security policy of the API's own host name; the RestApi of CDK has no property for it. API Gateway requires an
 * endpoint access mode for the policies whose name starts with `SecurityPolicy_`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
 */
const setSecurityPolicy = (api: RestApi, securityPolicy: string): void => {
  const resource = api.node.defaultChild as CfnRestApi;
  resource.securityPolicy = securityPolicy;
  if (securityPolicy.startsWith('SecurityPolicy_')) resource.endpointAccessMode = 'BASIC';
};

/** Limits for the preflights of all callers together. Browsers cache each for a day. */
const PREFLIGHT_THROTTLE = { throttlingRateLimit: 50, throttlingBurstLimit: 100 };
const THROTTLED_PREFLIGHTS = { '//OPTIONS': PREFLIGHT_THROTTLE, '/{proxy+}/OPTIONS': PREFLIGHT_THROTTLE };

const WITH_PATH: MethodOptions = { requestParameters: { 'method.request.path.proxy': true } };

const ACKNOWLEDGED = [
  { rule: 'APIG2', reason: 'The function validates requests itself, and its responses say what is wrong.' },
  {
    rule: 'APIG3',
    reason: 'The callers are internal and have a key. The setting webAclArn associates a web ACL.',
  },
  { rule: 'APIG4', reason: 'The API key identifies callers. Browsers send no key with preflight requests.' },
  { rule: 'COG4', reason: 'The callers are programs with an API key, not users of a Cognito user pool.' },
].map(({ rule, reason }) => ({ id: `AwsSolutions::AwsSolutions-${rule}`, reason }));
