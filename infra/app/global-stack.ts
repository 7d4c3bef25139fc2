import { CfnOutput, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { ApiKey, CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { apiKeyName, EXPORTS, functionLogGroups, functionNames, lambdaRoleName } from '../../src/settings/names.ts';
import { LambdaRole } from '../construct/lambda-role.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/** The resources that the API stacks of an environment share: the role of the functions and the API keys. */
export class GlobalStack extends Stack {
  constructor(scope: Construct, id: string, settings: EnvironmentSettings, props: StackProps) {
    super(scope, id, { description: `images-api: function role and API keys of ${settings.environment}`, ...props });
    const { environment } = settings;
    const role = new LambdaRole(this, 'LambdaRole', {
      roleName: lambdaRoleName(environment),
      images: settings,
      readerRoleArn: settings.readerRoleArn,
      functions: functionNames(environment),
      logGroups: functionLogGroups(environment),
      tracing: settings.tracing,
      inVpc: settings.vpc !== undefined,
    });
    new CfnOutput(this, 'RoleArn', { value: role.roleArn, exportName: EXPORTS.roleArn(environment) });

    // The stacks share the keys, because API Gateway rejects a second key with the same value in an account and region.
    const retained = settings.protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    for (const generation of settings.keyGenerations) {
      this.addApiKey(environment, generation, 'accepted by every API', retained);
    }
    for (const generation of settings.retiringKeyGenerations) {
      this.addApiKey(environment, generation, 'retiring, accepted by no API', RemovalPolicy.DESTROY);
    }
    if (settings.cloudWatchRole) this.addLoggingRole();
  }

  /**
   * Adds one generation of the key. The value of a key cannot change, so a rotation adds another generation.
   *
   * @param state part of the descriptions. CloudFormation ignores a new removal policy unless a property changes as well:
   *   https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
   */
  private addApiKey(environment: string, generation: string, state: string, removalPolicy: RemovalPolicy): void {
    const name = apiKeyName(environment, generation);
    const secret = new Secret(this, `ApiKeySecret-${generation}`, {
      secretName: name,
      description: `API key of images-api ${environment}, generation ${generation}: ${state}`,
      removalPolicy,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'api_key',
        passwordLength: 30,
        // API Gateway accepts 20 to 128 letters and digits.
        excludePunctuation: true,
        includeSpace: false,
      },
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason:
        'API Gateway cannot change the value of a key. A rotation adds a second generation and deletes the first one later.',
    });
    const key = new ApiKey(this, `ApiKey-${generation}`, {
      apiKeyName: name,
      description: `API key of images-api ${environment}: ${state}`,
      // CloudFormation resolves this reference when it deploys, so the template does not contain the value.
      value: secret.secretValueFromJson('api_key').unsafeUnwrap(),
    });
    key.applyRemovalPolicy(removalPolicy);
    new CfnOutput(this, `ApiKeySecretArn-${generation}`, {
      value: secret.secretArn,
      exportName: EXPORTS.secretArn(environment, generation),
    });
    new CfnOutput(this, `ApiKeyId-${generation}`, {
      value: key.keyId,
      exportName: EXPORTS.apiKeyId(environment, generation),
    });
  }

  /**
   * Allows API Gateway to write logs. An account has one such role per region, set by the stack that was deployed last.
   * Other environments may depend on it, so it has no fixed name and is kept when the stack is deleted.
   */
  private addLoggingRole(): void {
    const role = new Role(this, 'ApiGatewayLoggingRole', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'API Gateway creates log groups itself and requires the permissions of this policy.',
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const account = new CfnAccount(this, 'ApiGatewayAccount', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
