import { CfnOutput, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { ApiKey, CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { apiKeyName, EXPORTS, functionLogGroups, lambdaRoleName } from '../../src/settings/names.ts';
import { LambdaRole } from '../construct/lambda-role.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/** What the API stacks of an environment have in common: the role of their functions, and the key of their callers. */
export class GlobalStack extends Stack {
  constructor(scope: Construct, id: string, settings: EnvironmentSettings, props: StackProps) {
    super(scope, id, { description: `images-api: role and API key of ${settings.environment}`, ...props });
    const { environment } = settings;
    const role = new LambdaRole(this, 'LambdaRole', {
      roleName: lambdaRoleName(environment),
      images: settings,
      readerRoleArn: settings.readerRoleArn,
      logGroups: functionLogGroups(environment),
    });
    new CfnOutput(this, 'RoleArn', { value: role.roleArn, exportName: EXPORTS.roleArn(environment) });

    // One key for all stacks: API Gateway refuses a second one of the same value in an account and region.
    for (const generation of [...settings.keyGenerations, ...settings.retiringKeyGenerations]) {
      this.addApiKey(environment, generation);
    }
    this.addLoggingRole();
  }

  /** A generation of the key. Its value can never change, so a rotation adds a generation beside it. */
  private addApiKey(environment: string, generation: string): void {
    const name = apiKeyName(environment, generation);
    const secret = new Secret(this, `ApiKeySecret-${generation}`, {
      secretName: name,
      description: `The API key of images-api ${environment}, generation ${generation}`,
      generateSecretString: {
        secretStringTemplate: '{}',
        generateStringKey: 'api_key',
        passwordLength: 30,
        // API Gateway takes letters and digits, 20 at least.
        excludePunctuation: true,
        includeSpace: false,
      },
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason: 'A key of API Gateway cannot change its value: it is rotated by a second generation beside the first.',
    });
    const key = new ApiKey(this, `ApiKey-${generation}`, {
      apiKeyName: name,
      description: `Opens every API of images-api ${environment}`,
      // A reference that CloudFormation resolves: the value stands in no template.
      value: secret.secretValueFromJson('api_key').unsafeUnwrap(),
    });
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
   * Lets API Gateway write logs. An account and region has one such role, of the stack that was deployed last; so it has
   * no name, and stays when the stack goes: the other environments may log with it.
   */
  private addLoggingRole(): void {
    const role = new Role(this, 'ApiGatewayLoggingRole', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason: 'API Gateway makes its log groups itself, and checks for the permissions of this policy.',
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const account = new CfnAccount(this, 'ApiGatewayAccount', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
