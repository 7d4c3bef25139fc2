import { CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { ApiKey } from 'aws-cdk-lib/aws-apigateway';
import { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { EnvironmentSettings } from './environment-settings.ts';
import { ImagesApi } from './images-api.ts';
import { EXPORTS } from './names.ts';
import { Operations } from './operations.ts';

/** An API of an environment: its own, or that of an engineer. */
export class ApiStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    settings: EnvironmentSettings & { readonly owner?: string | undefined },
    props: StackProps,
  ) {
    super(scope, id, { description: `images-api: the API ${id}`, ...props });
    const { environment, owner, keyGenerations } = settings;
    const imported = (name: string): string => Fn.importValue(name);
    const images = new ImagesApi(this, 'Images', {
      ...settings,
      name: id,
      // Its policies are the global stack's alone; else every API stack would write its own onto it.
      role: Role.fromRoleArn(this, 'Role', imported(EXPORTS.roleArn(environment)), { mutable: false }),
      apiKeys: keyGenerations.map((generation) =>
        ApiKey.fromApiKeyId(this, `ApiKey-${generation}`, imported(EXPORTS.apiKeyId(environment, generation))),
      ),
    });
    if (settings.operations && owner === undefined) {
      new Operations(this, 'Operations', { name: id, images, alarmTopicArn: settings.alarmTopicArn });
    }

    const newest = imported(EXPORTS.apiKeyId(environment, keyGenerations.at(-1) ?? ''));
    new CfnOutput(this, 'Endpoint', { value: images.api.url });
    new CfnOutput(this, 'FetchKey', {
      value: `API_KEY=$(aws apigateway get-api-key --api-key ${newest} --include-value --query value --output text)`,
    });
    new CfnOutput(this, 'FetchImage', {
      value: `curl --fail-with-body --remote-name --header "x-api-key: $API_KEY" ${images.api.url}PATH/OF/AN/IMAGE.jpeg`,
    });
  }
}
