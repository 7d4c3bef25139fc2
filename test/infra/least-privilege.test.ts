import { describe, expect, it } from 'vitest';
import { bucketPolicy } from '../../infra/app/bucket-policy.ts';
import { readSettings } from '../../infra/app/settings.ts';
import { CDK_CONTEXT, type Resource, resourcesOf, synthesize, type Template } from '../support/assembly.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
  readonly Principal?: unknown;
}

const KEY = 'arn:aws:kms:eu-central-1:222222222222:key/11111111-2222-3333-4444-555555555555';
const READER = 'arn:aws:iam::222222222222:role/partners/images-reader';
const LOCATION = {
  'dev.bucket': 'partner-images',
  'dev.prefix': 'a/b/',
  'dev.kmsKeyArn': KEY,
  'dev.account': '111111111111',
};

/** Templates for each way in which settings change permissions, by stack name. */
const VARIANTS = {
  'cdk.json unchanged': synthesize({ owner: 'alice' }),
  'a prefix of an encrypted bucket': synthesize({ environment: 'dev', ...LOCATION }),
  'a bucket of another account with a bucket policy': synthesize({
    environment: 'dev',
    ...LOCATION,
    'dev.bucketAccount': '222222222222',
  }),
  'a reader role in another account': synthesize({
    environment: 'dev',
    ...LOCATION,
    'dev.bucketAccount': '222222222222',
    'dev.readerRoleArn': READER,
    'dev.externalId': 'partner-images',
    'dev.corsOrigins': '["*"]',
  }),
};

const stack = (variant: keyof typeof VARIANTS, name: string): Template => {
  const template = VARIANTS[variant].get(name);
  if (template === undefined) throw new Error(`The variant has no stack ${name}.`);
  return template;
};

const list = <Value>(values: Value | readonly Value[]): readonly Value[] =>
  Array.isArray(values) ? values : [values as Value];

const statementsOf = (role: Pick<Resource, 'Properties'> | undefined): Statement[] => {
  const policies = (role?.Properties['Policies'] ?? []) as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
};

const roleOf = (variant: keyof typeof VARIANTS, name: string) => resourcesOf(stack(variant, name), 'AWS::IAM::Role')[0];

const allStatements = (templates: ReadonlyMap<string, Template>): Statement[] =>
  [...templates.values()].flatMap((template) => resourcesOf(template, 'AWS::IAM::Role')).flatMap(statementsOf);

const imagesOf = (bucket: string, keys: string) => ({
  objects: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::${bucket}/${keys}`]] },
  bucket: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::${bucket}`]] },
});

describe.each(Object.entries(VARIANTS))('with %s', (_variant, templates) => {
  const statements = allStatements(templates);

  it('declares policies only inside roles', () => {
    for (const template of templates.values()) {
      const types = Object.values(template.Resources).map(({ Type }) => Type);
      expect(types).not.toContain('AWS::IAM::Policy');
      expect(types).not.toContain('AWS::IAM::ManagedPolicy');
    }
    expect(statements.length).toBeGreaterThan(0);
  });

  it('allows no action with a wildcard', () => {
    expect(statements.flatMap(({ Action }) => list(Action)).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('limits s3, sts, kms and secretsmanager to one resource or one prefix', () => {
    const touching = statements.filter(({ Action }) =>
      list(Action).some((action) => /^(s3|sts|kms|secretsmanager):/.test(action)),
    );
    const resources = touching.flatMap(({ Resource }) => list(Resource)).map((resource) => JSON.stringify(resource));
    expect(resources.filter((resource) => /"\*"|:\*|:::\*/.test(resource))).toEqual([]);
    expect(resources.length).toBeGreaterThan(0);
  });

  it('allows API Gateway to invoke a function only from its own API and stage', () => {
    for (const template of templates.values()) {
      const [api] = resourcesOf(template, 'AWS::ApiGateway::RestApi');
      const [stage] = resourcesOf(template, 'AWS::ApiGateway::Stage');
      const permissions = resourcesOf(template, 'AWS::Lambda::Permission');
      expect(permissions).toHaveLength(api === undefined ? 0 : 1);
      for (const { Properties } of permissions) {
        const sourceArn = JSON.stringify(Properties['SourceArn']);
        expect(sourceArn).toContain(`{"Ref":"${api?.id}"},"/${stage?.Properties['StageName']}/`);
      }
    }
  });
});

describe('the role of the functions', () => {
  it('may read and list the whole bucket without a prefix, and nothing else', () => {
    const images = imagesOf('images-api-dev', '*');
    expect(statementsOf(roleOf('cdk.json unchanged', 'images-api-global-dev')).slice(2)).toEqual([
      { Sid: 'S3AccessImagesAccount', Effect: 'Allow', Action: 's3:GetObject', Resource: images.objects },
      { Sid: 'S3ListImagesAccount', Effect: 'Allow', Action: 's3:ListBucket', Resource: images.bucket },
    ]);
  });

  it('may read and list only the prefix, and decrypt with one key', () => {
    const images = imagesOf('partner-images', 'a/b/*');
    expect(statementsOf(roleOf('a prefix of an encrypted bucket', 'images-api-global-dev')).slice(2)).toEqual([
      { Sid: 'S3AccessImagesAccount', Effect: 'Allow', Action: 's3:GetObject', Resource: images.objects },
      {
        Sid: 'S3ListImagesAccount',
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: images.bucket,
        Condition: { StringLike: { 's3:prefix': 'a/b/*' } },
      },
      { Sid: 'DecryptImages', Effect: 'Allow', Action: 'kms:Decrypt', Resource: KEY },
    ]);
  });

  it('may only assume the reader role if there is one', () => {
    expect(statementsOf(roleOf('a reader role in another account', 'images-api-global-dev')).slice(2)).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: READER },
    ]);
  });

  it('may write to the log groups of its environment', () => {
    const [logs] = statementsOf(roleOf('cdk.json unchanged', 'images-api-global-dev'));
    expect(JSON.stringify(logs?.Resource)).toContain(':log-group:/aws/lambda/images-api-dev-*:*');
  });
});

describe('the reader role', () => {
  const role = roleOf('a reader role in another account', 'images-api-reader-dev');

  it('has the path and the name of readerRoleArn', () => {
    expect([role?.Properties['Path'], role?.Properties['RoleName']]).toEqual(['/partners/', 'images-reader']);
  });

  it('has the read permissions that the role of the functions has in a single account', () => {
    const own = statementsOf(roleOf('a prefix of an encrypted bucket', 'images-api-global-dev')).slice(2);
    expect(statementsOf(role)).toEqual(own);
  });
});

describe('bucketPolicy', () => {
  const settingsOf = (options: Readonly<Record<string, unknown>>) => {
    const [dev] = readSettings({ ...CDK_CONTEXT, environment: 'dev', ...options }).environments;
    if (dev === undefined) throw new Error('cdk.json has no environment dev.');
    return dev;
  };

  const THEIRS = { ...LOCATION, 'dev.bucketAccount': '222222222222' };

  it('allows the role of the functions and the readers to read and list the prefix', () => {
    const roles = [
      'arn:aws:iam::111111111111:role/images-api-global-dev--lambda-role',
      'arn:aws:iam::111111111111:role/bulk-job',
      'arn:aws:iam::333333333333:role/bulk-job',
    ];
    const Principal = { AWS: ['arn:aws:iam::111111111111:root', 'arn:aws:iam::333333333333:root'] };
    const ArnEquals = { 'aws:PrincipalArn': roles };
    expect(bucketPolicy(settingsOf({ ...THEIRS, 'dev.readers': roles.slice(1) }))).toEqual([
      {
        Sid: 'S3AccessImagesAccount',
        Effect: 'Allow',
        Principal,
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::partner-images/a/b/*',
        Condition: { ArnEquals },
      },
      {
        Sid: 'S3ListImagesAccount',
        Effect: 'Allow',
        Principal,
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::partner-images',
        Condition: { StringLike: { 's3:prefix': 'a/b/*' }, ArnEquals },
      },
    ]);
  });

  it('uses the partition of the region in its ARNs', () => {
    const [read] = bucketPolicy(settingsOf({ ...THEIRS, 'dev.region': 'cn-north-1' })) as Statement[];
    expect(read?.Resource).toBe('arn:aws-cn:s3:::partner-images/a/b/*');
    expect(read?.Principal).toEqual({ AWS: 'arn:aws-cn:iam::111111111111:root' });
  });

  it.each([
    ['the account is missing', { ...THEIRS, 'dev.account': undefined }, 'dev.account: missing, but the policy names'],
    ['bucketAccount is missing', LOCATION, 'dev.bucketAccount: missing, so the function expects the bucket in its own'],
    [
      'the bucket is in the account of the stacks',
      { ...LOCATION, 'dev.bucketAccount': '111111111111' },
      'dev.bucketAccount: the bucket is in the account of the stacks, where the role of the function is enough; leave',
    ],
  ])('throws if %s', (_, options, message) => {
    expect(() => bucketPolicy(settingsOf(options))).toThrow(message);
  });

  it('throws if the environment has a reader role', () => {
    const options = {
      'dev.bucketAccount': '222222222222',
      'dev.readerRoleArn': READER,
      'dev.externalId': 'partner-images',
    };
    expect(() => bucketPolicy(settingsOf({ ...LOCATION, ...options }))).toThrow(
      'dev.readerRoleArn: the function reads the images with this role',
    );
  });
});
