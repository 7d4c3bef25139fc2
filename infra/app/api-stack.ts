import { CfnOutput, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { ApiKey } from 'aws-cdk-lib/aws-apigateway';
import { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { apiKeyName, EXPORTS } from '../../src/settings/names.ts';
import { ImagesApi } from '../construct/images-api.ts';
import { Operations } from '../construct/operations.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/** A domain name belongs to one API, and each stack would reserve the concurrency again. */
const NOT_FOR_ENGINEERS = {
  domainName: undefined,
  certificateArn: undefined,
  hostedZoneId: undefined,
  reservedConcurrency: undefined,
};

/** The stack of one API: the environment's own, or an engineer's. */
export class ApiStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    settings: EnvironmentSettings & { readonly engineer?: string | undefined },
    props: StackProps,
  ) {
    super(scope, id, { description: `images-api: REST API and function of ${id}`, ...props });
    const { environment, engineer, keyGenerations } = settings;
    const isForEngineer = engineer !== undefined;
    const images = new ImagesApi(this, 'Images', {
      ...settings,
      ...(isForEngineer ? NOT_FOR_ENGINEERS : {}),
      logRemovalPolicy: settings.protect ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      name: id,
      // Only the global stack sets the policies of this role. If it were mutable here, each API stack would add its own.
      role: Role.fromRoleArn(this, 'Role', Fn.importValue(EXPORTS.roleArn(environment)), { mutable: false }),
      apiKeys: keyGenerations.map((generation) =>
        ApiKey.fromApiKeyId(this, `ApiKey-${generation}`, Fn.importValue(EXPORTS.apiKeyId(environment, generation))),
      ),
    });
    if (settings.operations && !isForEngineer) {
      const { alarmTopicArn, concurrencyAlarm } = settings;
      new Operations(this, 'Operations', { name: id, images, alarmTopicArn, concurrencyAlarm });
    }

    const secret = apiKeyName(environment, keyGenerations.at(-1) ?? '');
    const readSecret = `aws secretsmanager get-secret-value --secret-id ${secret} --query SecretString --output text`;
    new CfnOutput(this, 'Endpoint', { value: images.url });
    if (images.domain !== undefined) new CfnOutput(this, 'DomainTarget', { value: images.domain.target });
    // The secret is {"api_key":"…"}; `cut` extracts the value.
    new CfnOutput(this, 'FetchKey', { value: `API_KEY=$(${readSecret} | cut -d '"' -f 4)` });
    new CfnOutput(this, 'FetchImage', {
      value: `curl --fail-with-body --remote-name --header "x-api-key: $API_KEY" ${images.url}PATH/OF/AN/IMAGE.jpeg`,
    });
  }
}
