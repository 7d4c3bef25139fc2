import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Fn, Stack } from 'aws-cdk-lib';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { describe, expect, it } from 'vitest';
import { BUNDLE_FILE, LICENCES_FILE } from '../../infra/construct/bundling.ts';
import { ImagesApi } from '../../infra/index.ts';
import { readSettings } from '../../src/settings/variables.ts';
import { CHEAP, resourcesOf, type Template } from '../support/assembly.ts';
import { embed, type Options, propertiesOf } from './embedding.ts';

const methodsOf = (template: Template) =>
  propertiesOf(template, 'ApiGateway::Method').map(({ HttpMethod, ApiKeyRequired, Integration }) => ({
    method: HttpMethod,
    key: ApiKeyRequired,
    integration: Integration as Readonly<Record<string, unknown>>,
  }));

/** Variables of the function in account 111111111111. */
const variablesOf = (template: Template): Record<string, string> => {
  const [environment] = propertiesOf(template, 'Lambda::Function').map(({ Environment }) => Environment);
  const { Variables } = environment as { Variables: Record<string, string | { Ref: 'AWS::AccountId' }> };
  return Object.fromEntries(
    Object.entries(Variables).map(([name, value]) => [name, typeof value === 'string' ? value : '111111111111']),
  );
};

describe('ImagesApi', () => {
  it('creates the function and its role from a name, an environment, a bucket and a key', () => {
    const template = embed();
    expect(propertiesOf(template, 'Lambda::Function')[0]).toMatchObject({
      FunctionName: 'their-images-lambda',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.streaming',
      Role: { 'Fn::GetAtt': [resourcesOf(template, 'AWS::IAM::Role')[0]?.id, 'Arn'] },
    });
  });

  it('streams by default: the integration streams, with a timeout of 180 s like the function', () => {
    const template = embed();
    for (const { integration } of methodsOf(template)) {
      expect(integration).toMatchObject({ ResponseTransferMode: 'STREAM', TimeoutInMillis: 180_000 });
      expect(JSON.stringify(integration['Uri'])).toContain('/response-streaming-invocations');
    }
    expect(propertiesOf(template, 'Lambda::Function')[0]).toMatchObject({ Timeout: 180 });
    expect(propertiesOf(template, 'ApiGateway::RestApi')[0]?.['BinaryMediaTypes'] ?? []).toEqual([]);
  });

  it('buffers if responseMode is buffered: the integration buffers, with a timeout of 29 s like the function', () => {
    const template = embed({ responseMode: 'buffered' });
    for (const { integration } of methodsOf(template)) {
      expect(integration).toMatchObject({ ResponseTransferMode: 'BUFFERED', TimeoutInMillis: 29_000 });
      expect(JSON.stringify(integration['Uri'])).toContain('/invocations');
    }
    expect(propertiesOf(template, 'Lambda::Function')[0]).toMatchObject({ Handler: 'index.buffered', Timeout: 29 });
    expect(propertiesOf(template, 'ApiGateway::RestApi')[0]?.['BinaryMediaTypes']).toEqual(['*/*']);
  });

  it('has a function per response mode, and one log group for both', () => {
    const [streaming, buffered] = [embed(), embed({ responseMode: 'buffered' })];
    const nameOf = (template: Template) => propertiesOf(template, 'Lambda::Function')[0]?.['FunctionName'];
    const idOf = (template: Template) => resourcesOf(template, 'AWS::Lambda::Function')[0]?.id;
    const logsOf = (template: Template) => resourcesOf(template, 'AWS::Logs::LogGroup');
    expect([nameOf(streaming), nameOf(buffered)]).toEqual(['their-images-lambda', 'their-images-lambda-buf']);
    expect(idOf(streaming)).not.toBe(idOf(buffered));
    expect(logsOf(streaming)).toEqual(logsOf(buffered));
    for (const template of [streaming, buffered]) {
      const [logs] = logsOf(template);
      expect(logs?.Properties['LogGroupName']).toBe('/aws/lambda/their-images-lambda');
      expect(propertiesOf(template, 'Lambda::Function')[0]).toMatchObject({
        LoggingConfig: { LogGroup: { Ref: logs?.id } },
      });
    }
  });

  it('lets API Gateway invoke a new function before the deployment that uses it', () => {
    const template = embed();
    const [permission] = resourcesOf(template, 'AWS::Lambda::Permission');
    const [deployment] = resourcesOf(template, 'AWS::ApiGateway::Deployment');
    expect(deployment?.DependsOn).toContain(permission?.id);
    // A permission that refers to the stage could only be created after the deployment.
    expect(JSON.stringify(permission)).not.toContain(resourcesOf(template, 'AWS::ApiGateway::Stage')[0]?.id);
  });

  it('creates the log group of API Gateway before the stage', () => {
    const template = embed();
    const group = resourcesOf(template, 'AWS::Logs::LogGroup').find(({ Properties }) =>
      JSON.stringify(Properties['LogGroupName']).includes('API-Gateway-Execution-Logs'),
    );
    expect(resourcesOf(template, 'AWS::ApiGateway::Stage')[0]?.DependsOn).toContain(group?.id);
  });

  it('throttles every method that needs no key', () => {
    const throttled = (options: Options) =>
      propertiesOf(embed(options), 'ApiGateway::Stage')
        .flatMap(({ MethodSettings }) => MethodSettings as Record<string, unknown>[])
        .filter(({ ThrottlingRateLimit }) => ThrottlingRateLimit !== undefined)
        .map((setting) => [setting['HttpMethod'], setting['ResourcePath'], limitsOf(setting)]);
    const limitsOf = (setting: Record<string, unknown>) =>
      `${setting['ThrottlingRateLimit']} per second, ${setting['ThrottlingBurstLimit']} concurrent`;
    expect(throttled({})).toEqual([]);
    expect(throttled({ corsOrigins: ['*'] })).toEqual([
      ['OPTIONS', '/', '50 per second, 100 concurrent'],
      ['OPTIONS', '/~1{proxy+}', '50 per second, 100 concurrent'],
    ]);
  });

  it('requires the key in every method', () => {
    expect(methodsOf(embed()).map(({ method, key }) => [method, key])).toEqual([
      ['ANY', true],
      ['ANY', true],
    ]);
  });

  it('requires the key in every method except OPTIONS if CORS origins are configured', () => {
    const methods = methodsOf(embed({ corsOrigins: ['https://app.example.com'] }));
    expect(methods.map(({ method, key, integration }) => [method, key, integration['Type']])).toEqual([
      ['ANY', true, 'AWS_PROXY'],
      ['OPTIONS', false, 'MOCK'],
      ['ANY', true, 'AWS_PROXY'],
      ['OPTIONS', false, 'MOCK'],
    ]);
  });

  it('sets variables from which the function reads the same settings', () => {
    const mapping = { routes: [{ path: 'partnerimages/{id:digits}.{ext:image}', key: 'p/{id}.{ext}' }] };
    const settings = readSettings(
      variablesOf(
        embed({
          prefix: 'partners/',
          bucketAccount: '222222222222',
          bucketRegion: 'eu-west-1',
          requesterPays: true,
          readerRoleArn: 'arn:aws:iam::222222222222:role/images-reader',
          externalId: 'partner-images',
          mapping,
          cacheControl: 'no-cache',
          corsOrigins: ['https://a.example.com', 'https://b.example.com'],
          listing: 'on',
          signedLocations: 'on',
          redirectAbove: 6_000_000,
          logLevel: 'debug',
          storeConnectTimeoutMs: 1,
          storeFirstByteTimeoutMs: 2,
          storeIdleTimeoutMs: 3,
          storeResumeBudgetMs: 4,
          clientIdleTimeoutMs: 5,
          answerTimeoutMs: 6,
        }),
      ),
    );
    expect(settings).toEqual({
      environment: 'prod',
      logLevel: 'debug',
      cacheControl: 'no-cache',
      corsOrigins: ['https://a.example.com', 'https://b.example.com'],
      listing: 'on',
      signedLocations: 'on',
      redirectAbove: 6_000_000,
      bucket: 'their-bucket',
      bucketAccount: '222222222222',
      bucketRegion: 'eu-west-1',
      requesterPays: true,
      readerRoleArn: 'arn:aws:iam::222222222222:role/images-reader',
      externalId: 'partner-images',
      prefix: 'partners/',
      mapping,
      storeConnectTimeoutMs: 1,
      storeFirstByteTimeoutMs: 2,
      storeIdleTimeoutMs: 3,
      storeResumeBudgetMs: 4,
      clientIdleTimeoutMs: 5,
      answerTimeoutMs: 6,
    });
  });

  it('requires by default that the own account owns the bucket', () => {
    expect(readSettings(variablesOf(embed()))).toMatchObject({ bucketAccount: '111111111111' });
  });

  it('sets only the variables of the original template and the bucket owner by default', () => {
    expect(variablesOf(embed())).toEqual({
      ENVIRONMENT: 'prod',
      IMAGES_BUCKET: 'their-bucket',
      IMAGES_PREFIX: '',
      IMAGES_BUCKET_OWNER: '111111111111',
      LOG_LEVEL: 'info',
    });
  });

  it('gives the function the memory of the setting, or 1536 MB by default', () => {
    expect(propertiesOf(embed({ memory: 3008 }), 'Lambda::Function')[0]).toMatchObject({ MemorySize: 3008 });
    expect(propertiesOf(embed(), 'Lambda::Function')[0]).toMatchObject({ MemorySize: 1536 });
  });

  it('treats an undefined setting like one that is left out', () => {
    const options: object = { cacheControl: undefined, storeIdleTimeoutMs: undefined };
    expect(embed(options)).toEqual(embed());
  });

  it('lists every setting that the function would reject', () => {
    const options = { storeIdleTimeoutMs: 0, cacheControl: '', prefix: '//', readerRoleArn: 'reader' };
    expect(() => embed(options)).toThrow(
      [
        'The configuration cannot be used:',
        '- readerRoleArn: expected the ARN of a role: arn:aws:iam::123456789012:role/name',
        '- cacheControl: expected the value of a Cache-Control header',
        '- storeIdleTimeoutMs: expected milliseconds: a whole number from 1 to 999999',
        '- prefix: prefix "//": ',
      ].join('\n'),
    );
  });

  it('accepts a role whose ARN only CloudFormation knows', () => {
    const options = { readerRoleArn: Fn.importValue('reader'), externalId: 'partner-images' };
    const [lambda] = propertiesOf(embed(options), 'Lambda::Function');
    expect(lambda).toMatchObject({ Environment: { Variables: { IMAGES_ROLE_ARN: { 'Fn::ImportValue': 'reader' } } } });
  });

  it.each([
    [
      'a reader role without an external ID',
      { readerRoleArn: 'arn:aws:iam::222222222222:role/images-reader', bucketAccount: '222222222222' },
      'externalId: missing, but the trust policy of the reader role requires one',
    ],
    [
      'a reader role that only CloudFormation knows, without an external ID',
      { readerRoleArn: Fn.importValue('reader') },
      'externalId: missing, but the trust policy of the reader role requires one',
    ],
    [
      'a reader role of another account than that of the bucket',
      {
        readerRoleArn: 'arn:aws:iam::222222222222:role/images-reader',
        bucketAccount: '333333333333',
        externalId: 'partner-images',
      },
      'readerRoleArn: the role is not in 333333333333',
    ],
    ['a prefix with a wildcard', { prefix: '*' }, 'prefix: expected a folder without *, ? and $'],
    ['every KMS key', { kmsKeyArn: '*' }, 'kmsKeyArn: expected the ARN of a KMS key'],
    [
      'an ARN of a KMS key with wildcards',
      { kmsKeyArn: 'arn:aws:kms:*:*:key/*' },
      'kmsKeyArn: expected the ARN of a KMS key',
    ],
    [
      'every VPC endpoint',
      { endpoint: 'private', vpcEndpointIds: ['*'] },
      'vpcEndpointIds: expected the ID of a VPC endpoint',
    ],
    ['an unknown endpoint', { endpoint: 'PRIVATE' as 'private' }, 'endpoint: expected regional or private'],
    ['a private API without VPC endpoints', { endpoint: 'private' }, 'vpcEndpointIds: missing'],
    ['an address range that does not parse', { allowedCidrs: ['all'] }, 'allowedCidrs: expected address ranges'],
    ['a domain without a certificate', { domainName: 'images.example.com' }, 'certificateArn: missing'],
  ] as const)('rejects %s', (_, options, fault) => {
    expect(() => embed(options)).toThrow(fault);
  });

  it('accepts a bucket and address ranges that only CloudFormation knows', () => {
    const template = embed({ bucket: Fn.importValue('bucket'), allowedCidrs: Fn.split(',', Fn.importValue('ranges')) });
    expect(JSON.stringify(propertiesOf(template, 'IAM::Role'))).toContain('"Fn::ImportValue":"bucket"');
    expect(JSON.stringify(propertiesOf(template, 'ApiGateway::RestApi'))).toContain('"Fn::ImportValue":"ranges"');
  });

  it('rejects a mapping that the function would reject', () => {
    const mapping = { routes: [{ path: '{id}.jpg', key: 'all.jpg' }] };
    expect(() => embed({ mapping })).toThrow('route 1, key, column 1: it drops {id}');
  });

  it('writes access log lines in JSON, without the API key', () => {
    const { AccessLogSetting } = propertiesOf(embed(), 'ApiGateway::Stage')[0] as {
      AccessLogSetting: { Format: string };
    };
    const format = JSON.parse(AccessLogSetting.Format);
    expect(Object.keys(format)).toEqual(
      expect.arrayContaining(['requestId', 'apiKeyId', 'status', 'latency', 'integrationLatency', 'bytes']),
    );
    expect(AccessLogSetting.Format).not.toContain('identity.apiKey"');
  });

  it('enables traces and metrics, and sets the retention of every log group', () => {
    const template = embed({ logRetentionDays: 7 });
    expect(propertiesOf(template, 'ApiGateway::Stage')[0]).toMatchObject({
      TracingEnabled: true,
      MethodSettings: [{ MetricsEnabled: true, DataTraceEnabled: false, LoggingLevel: 'ERROR' }],
    });
    expect(propertiesOf(template, 'Lambda::Function')[0]).toMatchObject({ TracingConfig: { Mode: 'Active' } });
    expect(propertiesOf(template, 'Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays)).toEqual([7, 7, 7]);
  });

  it('copies the throttle and quota settings into the usage plan', () => {
    const template = embed({ throttle: { rateLimit: 5, burstLimit: 9 }, quota: { limit: 100, period: 'WEEK' } });
    expect(propertiesOf(template, 'ApiGateway::UsagePlan')[0]).toMatchObject({
      Throttle: { RateLimit: 5, BurstLimit: 9 },
      Quota: { Limit: 100, Period: 'WEEK' },
    });
  });
});

describe('functionCode', () => {
  it('bundles the handlers of both modes, with the licences of the bundled packages', () => {
    const app = new App({ ...CHEAP, context: { ...CHEAP.context, 'aws:cdk:bundling-stacks': ['**'] } });
    const stack = new Stack(app, 'Theirs');
    const props = { name: 'their', environment: 'prod', bucket: 'their-bucket', apiKeys: [] };
    const images = new ImagesApi(stack, 'Images', props);
    const { assetPath } = images.function.node.findChild('Code') as Asset;
    expect(readFileSync(join(assetPath, LICENCES_FILE), 'utf8')).toMatch(
      /^@aws-sdk\/client-s3 [\d.]+ \(Apache-2\.0\)$/m,
    );
    const bundle = join(assetPath, BUNDLE_FILE);
    expect(typesOfExports(bundle, 'globalThis.awslambda = { streamifyResponse: (handler) => handler };')).toEqual({
      buffered: 'function',
      streaming: 'function',
    });
    // Some Lambda emulators do not define `awslambda`.
    expect(typesOfExports(bundle)).toEqual({ buffered: 'function', streaming: 'undefined' });
  }, 30_000);
});

/** Types of a bundle's exports. A process with the function's variables runs `preparation` and loads the bundle. */
const typesOfExports = (bundle: string, preparation = ''): unknown => {
  const script = `${preparation}
    const types = Object.entries(require(process.argv[1])).map(([name, value]) => [name, typeof value]);
    console.log(JSON.stringify(Object.fromEntries(types)));`;
  const env = { ENVIRONMENT: 'prod', IMAGES_BUCKET: 'their-bucket', AWS_REGION: 'eu-west-1' };
  return JSON.parse(execFileSync(process.execPath, ['-e', script, bundle], { env, encoding: 'utf8' }));
};
