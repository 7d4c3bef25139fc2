import { App, Stack } from 'aws-cdk-lib';
import { ApiKey } from 'aws-cdk-lib/aws-apigateway';
import { ImagesApi, type ImagesApiProps, Operations, type OperationsProps } from '../../infra/index.ts';
import { CHEAP, type Resource, resourcesOf, type Template } from '../support/assembly.ts';

export type Options = Partial<Omit<ImagesApiProps, 'apiKeys' | 'role'>>;

/** Template of another CDK app that uses the constructs, without `cdk.json`. */
export const embed = (options: Options = {}, operations: Partial<OperationsProps> = {}): Template => {
  const app = new App(CHEAP);
  const stack = new Stack(app, 'Theirs');
  const images = new ImagesApi(stack, 'Images', {
    name: 'their-images',
    environment: 'prod',
    bucket: 'their-bucket',
    apiKeys: [new ApiKey(stack, 'TheirKey')],
    ...options,
  });
  new Operations(stack, 'Operations', { name: 'their-images', images, ...operations });
  return app.synth().getStackByName('Theirs').template;
};

export const propertiesOf = (template: Template, type: string): readonly Resource['Properties'][] =>
  resourcesOf(template, `AWS::${type}`).map(({ Properties }) => Properties);
