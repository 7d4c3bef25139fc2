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
const PLACE = {
  'dev.bucket': 'partner-images',
  'dev.prefix': 'a/b/',
  'dev.kmsKeyArn': KEY,
  'dev.account': '111111111111',
};

/** Everything that settings can change about what is allowed. */
const VARIANTS = {
  'cdk.json as it is': synthesize({ owner: 'alice' }),
  'a folder of an encrypted bucket': synthesize({ environment: 'dev', ...PLACE }),
  'a bucket of another account, by its policy': synthesize({
    environment: 'dev',
    ...PLACE,
    'dev.bucketAccount': '222222222222',
  }),
  'a role of another account': synthesize({
    environment: 'dev',
    ...PLACE,
    'dev.bucketAccount': '222222222222',
    'dev.readerRoleArn': READER,
    'dev.externalId': 'partner-images',
    'dev.corsOrigins': '["*"]',
  }),
};

const stack = (variant: keyof typeof VARIANTS, name: string): Template => {
  const template = VARIANTS[variant].get(name);
  if (template === undefined) throw new Error(`there is no stack ${name}`);
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

  it('policies stand in roles alone', () => {
    for (const template of templates.values()) {
      const types = Object.values(template.Resources).map(({ Type }) => Type);
      expect(types).not.toContain('AWS::IAM::Policy');
      expect(types).not.toContain('AWS::IAM::ManagedPolicy');
    }
    expect(statements.length).toBeGreaterThan(0);
  });

  it('no action is a wildcard', () => {
    expect(statements.flatMap(({ Action }) => list(Action)).filter((action) => action.includes('*'))).toEqual([]);
  });

  it('every resource of s3, sts, kms and secretsmanager is one, or what is below one prefix', () => {
    const touching = statements.filter(({ Action }) =>
      list(Action).some((action) => /^(s3|sts|kms|secretsmanager):/.test(action)),
    );
    const resources = touching.flatMap(({ Resource }) => list(Resource)).map((resource) => JSON.stringify(resource));
    expect(resources.filter((resource) => /"\*"|:\*|:::\*/.test(resource))).toEqual([]);
    expect(resources.length).toBeGreaterThan(0);
  });

  it('API Gateway may call a function from its own API and stage alone', () => {
    for (const template of templates.values()) {
      const [api, stage] = ['RestApi', 'Stage'].map((type) => resourcesOf(template, `AWS::ApiGateway::${type}`)[0]?.id);
      for (const { Properties } of resourcesOf(template, 'AWS::Lambda::Permission')) {
        const sourceArn = JSON.stringify(Properties['SourceArn']);
        expect(sourceArn).toContain(`{"Ref":"${api}"},"/",{"Ref":"${stage}"},"/`);
      }
    }
  });
});

describe('the role of the functions', () => {
  it('reads all of its bucket where no prefix is said, and nothing else', () => {
    const images = imagesOf('images-api-dev', '*');
    expect(statementsOf(roleOf('cdk.json as it is', 'images-api-global-dev')).slice(2)).toEqual([
      { Sid: 'S3AccessImagesAccount', Effect: 'Allow', Action: 's3:GetObject', Resource: images.objects },
      { Sid: 'S3ListImagesAccount', Effect: 'Allow', Action: 's3:ListBucket', Resource: images.bucket },
    ]);
  });

  it('reads and lists a prefix, and decrypts with one key', () => {
    const images = imagesOf('partner-images', 'a/b/*');
    expect(statementsOf(roleOf('a folder of an encrypted bucket', 'images-api-global-dev')).slice(2)).toEqual([
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

  it('assumes the reader role where there is one, and reads nothing itself', () => {
    expect(statementsOf(roleOf('a role of another account', 'images-api-global-dev')).slice(2)).toEqual([
      { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: READER },
    ]);
  });

  it('writes to the log groups of its environment', () => {
    const [logs] = statementsOf(roleOf('cdk.json as it is', 'images-api-global-dev'));
    expect(JSON.stringify(logs?.Resource)).toContain(':log-group:/aws/lambda/images-api-dev-*:*');
  });
});

describe('the reader role', () => {
  const role = roleOf('a role of another account', 'images-api-reader-dev');

  it('is the one that the settings name', () => {
    expect([role?.Properties['Path'], role?.Properties['RoleName']]).toEqual(['/partners/', 'images-reader']);
  });

  it('trusts the role of the functions alone, if it says the external id', () => {
    expect(role?.Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { AWS: 'arn:aws:iam::111111111111:role/images-api-global-dev--lambda-role' },
          Condition: { StringEquals: { 'sts:ExternalId': 'partner-images' } },
        },
      ],
    });
  });

  it('reads what the role of the functions would read', () => {
    const own = statementsOf(roleOf('a folder of an encrypted bucket', 'images-api-global-dev')).slice(2);
    expect(statementsOf(role)).toEqual(own);
  });
});

describe('bucketPolicy', () => {
  const settingsOf = (options: Readonly<Record<string, unknown>>) => {
    const [dev] = readSettings({ ...CDK_CONTEXT, environment: 'dev', ...options }).environments;
    if (dev === undefined) throw new Error('there is no dev');
    return dev;
  };

  it('lets the role of the functions read and list the prefix, in statements of a bucket policy', () => {
    const principal = { AWS: 'arn:aws:iam::111111111111:role/images-api-global-dev--lambda-role' };
    expect(bucketPolicy(settingsOf(PLACE))).toEqual([
      {
        Sid: 'S3AccessImagesAccount',
        Effect: 'Allow',
        Principal: principal,
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::partner-images/a/b/*',
      },
      {
        Sid: 'S3ListImagesAccount',
        Effect: 'Allow',
        Principal: principal,
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::partner-images',
        Condition: { StringLike: { 's3:prefix': 'a/b/*' } },
      },
    ]);
  });

  it('speaks of the partition of its region', () => {
    const [read] = bucketPolicy(settingsOf({ ...PLACE, 'dev.region': 'cn-north-1' })) as Statement[];
    expect(read?.Resource).toBe('arn:aws-cn:s3:::partner-images/a/b/*');
  });

  it('needs to know whose role it is', () => {
    expect(() => bucketPolicy(settingsOf({}))).toThrow('dev.account: missing');
  });

  it('is refused where a role of that account reads the images', () => {
    const options = {
      'dev.bucketAccount': '222222222222',
      'dev.readerRoleArn': READER,
      'dev.externalId': 'partner-images',
    };
    expect(() => bucketPolicy(settingsOf({ ...PLACE, ...options }))).toThrow('dev: needs no bucket policy');
  });
});
