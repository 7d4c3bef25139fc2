import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesize, type Template } from '../support/assembly.ts';

const GLOBAL = 'images-api-global-dev';
const API = 'images-api-dev';
const READER = 'arn:aws:iam::222222222222:role/images-reader';

const SAME_ACCOUNT = synthesize({ environment: 'dev', 'dev.responseMode': 'buffered' });
const CROSS_ACCOUNT = synthesize({
  environment: 'dev',
  'dev.account': '111111111111',
  'dev.bucketAccount': '222222222222',
  'dev.readerRoleArn': READER,
  'dev.externalId': 'partner-images',
});

const ROLE = 'IAM::Role.0.Properties';
const SECRET = 'SecretsManager::Secret.0.Properties';
const FUNCTION = 'Lambda::Function.0.Properties';
const REST_API = 'ApiGateway::RestApi.0.Properties';
const RESOURCE = 'ApiGateway::Resource.0.Properties';
const ROOT_METHOD = 'ApiGateway::Method.1.Properties';
const METHOD = 'ApiGateway::Method.0.Properties';
const STAGE = 'ApiGateway::Stage.0.Properties';
const KEY = 'ApiGateway::ApiKey.0.Properties';
const PLAN = 'ApiGateway::UsagePlan.0.Properties';
const PLAN_KEY = 'ApiGateway::UsagePlanKey.0.Properties';
const PERMISSION = 'Lambda::Permission.0.Properties';

const idOf = (type: string): string => resourcesOf(stack(SAME_ACCOUNT, API), `AWS::${type}`)[0]?.id ?? '';
const ref = (type: string) => ({ Ref: idOf(type) });
const importOf = (name: string) => ({ 'Fn::ImportValue': name });
const arn = (resource: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:${resource}`]] });

/** Lines of the template that the service used originally. Each row names our stack and path, and the value there. */
const LINES: readonly (readonly [line: string, stack: string, path: string, value: unknown])[] = [
  [
    'a role that Lambda assumes',
    GLOBAL,
    `${ROLE}.AssumeRolePolicyDocument.Statement.0.Principal.Service`,
    'lambda.amazonaws.com',
  ],
  ['… may log: basic execution', GLOBAL, `${ROLE}.Policies.0.PolicyDocument.Statement.0.Action.1`, 'logs:PutLogEvents'],
  ['… may read the images', GLOBAL, `${ROLE}.Policies.1.PolicyDocument.Statement.0.Action`, 's3:GetObject'],
  ['… in bucket/*', GLOBAL, `${ROLE}.Policies.1.PolicyDocument.Statement.0.Resource`, arn('s3:::images-api-dev/*')],
  ['… may list a bucket', GLOBAL, `${ROLE}.Policies.1.PolicyDocument.Statement.1.Action`, 's3:ListBucket'],
  [
    '… which is the same bucket',
    GLOBAL,
    `${ROLE}.Policies.1.PolicyDocument.Statement.1.Resource`,
    arn('s3:::images-api-dev'),
  ],
  ['a secret with a generated key', GLOBAL, `${SECRET}.GenerateSecretString.GenerateStringKey`, 'api_key'],
  ['… of 30 characters', GLOBAL, `${SECRET}.GenerateSecretString.PasswordLength`, 30],
  ['… that are letters and digits', GLOBAL, `${SECRET}.GenerateSecretString.ExcludePunctuation`, true],
  ['… with a template', GLOBAL, `${SECRET}.GenerateSecretString.SecretStringTemplate`, '{}'],
  ['the ARN of the role is exported', GLOBAL, 'Outputs.RoleArn.Export.Name', 'global--api-role--dev'],
  ['the ARN of the secret is exported', GLOBAL, 'Outputs.ApiKeySecretArna.Export.Name', 'global--api-key--dev'],
  ['a function with a name', API, `${FUNCTION}.FunctionName`, 'images-api-dev-lambda-buf'],
  ['… the exported role', API, `${FUNCTION}.Role`, importOf('global--api-role--dev')],
  ['… 1536 MB', API, `${FUNCTION}.MemorySize`, 1536],
  ['… a variable with the environment', API, `${FUNCTION}.Environment.Variables.ENVIRONMENT`, 'dev'],
  ['… with the bucket', API, `${FUNCTION}.Environment.Variables.IMAGES_BUCKET`, 'images-api-dev'],
  ['… with the prefix', API, `${FUNCTION}.Environment.Variables.IMAGES_PREFIX`, ''],
  ['… with the log level', API, `${FUNCTION}.Environment.Variables.LOG_LEVEL`, 'info'],
  ['a REST API with a name', API, `${REST_API}.Name`, 'images-api-dev-api'],
  ['… that treats every media type as binary', API, `${REST_API}.BinaryMediaTypes`, ['*/*']],
  ['… which is regional', API, `${REST_API}.EndpointConfiguration.Types`, ['REGIONAL']],
  ['… and reads the key from a header', API, `${REST_API}.ApiKeySourceType`, 'HEADER'],
  ['a resource {proxy+}', API, `${RESOURCE}.PathPart`, '{proxy+}'],
  ['… under the root', API, `${RESOURCE}.ParentId.Fn::GetAtt`, [idOf('ApiGateway::RestApi'), 'RootResourceId']],
  ['a method ANY', API, `${METHOD}.HttpMethod`, 'ANY'],
  ['… of that resource', API, `${METHOD}.ResourceId`, ref('ApiGateway::Resource')],
  ['… without authorization', API, `${METHOD}.AuthorizationType`, 'NONE'],
  ['… with a required key', API, `${METHOD}.ApiKeyRequired`, true],
  ['… with a required path', API, `${METHOD}.RequestParameters`, { 'method.request.path.proxy': true }],
  ['… that is a proxy', API, `${METHOD}.Integration.Type`, 'AWS_PROXY'],
  ['… and sends POST', API, `${METHOD}.Integration.IntegrationHttpMethod`, 'POST'],
  ['… to the function', API, `${METHOD}.Integration.Uri.Fn::Join.1.5.Fn::GetAtt.0`, idOf('Lambda::Function')],
  ['another method, of the root, with a required key', API, `${ROOT_METHOD}.ApiKeyRequired`, true],
  [
    'a deployment that depends on the method',
    API,
    'ApiGateway::Deployment.0.DependsOn',
    expect.arrayContaining([idOf('ApiGateway::Method')]),
  ],
  ['a stage named after the environment', API, `${STAGE}.StageName`, 'dev'],
  ['… with that deployment', API, `${STAGE}.DeploymentId`, ref('ApiGateway::Deployment')],
  ['a key', GLOBAL, `${KEY}.Enabled`, true],
  ['… with the value of the secret', GLOBAL, `${KEY}.Value.Fn::Join.1.2`, ':SecretString:api_key::}}'],
  [
    '… that the API stack imports and the plan attaches to the stage',
    API,
    `${PLAN_KEY}.KeyId`,
    importOf('global--api-key-id--dev'),
  ],
  ['a usage plan with a name', API, `${PLAN}.UsagePlanName`, 'images-api-dev-usage-plan'],
  ['… on the API', API, `${PLAN}.ApiStages.0.ApiId`, ref('ApiGateway::RestApi')],
  ['… and its stage', API, `${PLAN}.ApiStages.0.Stage`, ref('ApiGateway::Stage')],
  ['the key in the plan', API, `${PLAN_KEY}.UsagePlanId`, ref('ApiGateway::UsagePlan')],
  ['… as a key', API, `${PLAN_KEY}.KeyType`, 'API_KEY'],
  ['a permission for API Gateway', API, `${PERMISSION}.Principal`, 'apigateway.amazonaws.com'],
  ['… to invoke the function', API, `${PERMISSION}.Action`, 'lambda:InvokeFunction'],
  ['… from this API', API, `${PERMISSION}.SourceArn.Fn::Join.1.7`, ref('ApiGateway::RestApi')],
  ['… and this stage', API, `${PERMISSION}.SourceArn.Fn::Join.1.8`, '/dev/*/*'],
];

describe('the stacks have a counterpart of each line of the original template', () => {
  it.each(LINES)('%s', (_line, name, path, value) => {
    expect(valueAt(stack(SAME_ACCOUNT, name), path)).toEqual(value);
  });

  it('a role that may assume the reader role of another account', () => {
    const statement = `${ROLE}.Policies.1.PolicyDocument.Statement`;
    expect(valueAt(stack(CROSS_ACCOUNT, GLOBAL), statement)).toEqual([
      { Action: 'sts:AssumeRole', Effect: 'Allow', Resource: READER },
    ]);
  });
});

function stack(templates: ReadonlyMap<string, Template>, name: string): Template {
  const template = templates.get(name);
  if (template === undefined) throw new Error(`The templates include no stack ${name}.`);
  return template;
}

/** Value at a path, which starts with `Outputs`, or with a resource type and an index among resources of this type. */
function valueAt(template: Template, path: string): unknown {
  const [type = '', ...rest] = path.split('.');
  const start: unknown = type === 'Outputs' ? template.Outputs : resourcesOf(template, `AWS::${type}`);
  return rest.reduce((value, name) => (value as Record<string, unknown> | undefined)?.[name], start);
}
